//! A picture on a page: what is drawn, its scale and its key.

use layers::Language;
use maud::{Markup, html};

use super::drawing::{Frame, HEIGHT, WIDTH};

/// Puts a picture together; the key names the classes of what is drawn.
pub(super) fn picture(
    frame: &Frame,
    drawn: &Markup,
    name: &str,
    key: &[(&str, &str)],
    language: Language,
) -> Markup {
    html! {
        figure.picture {
            svg role="img" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } aria-label=(name) {
                (drawn)
                (frame.bar(language))
            }
            figcaption { @for (class, title) in key { span class={ "key " (class) } { (title) } " " } }
        }
    }
}
