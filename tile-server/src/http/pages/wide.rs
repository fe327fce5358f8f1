//! Tables that may be wider than the window.

use maud::{Markup, html};

/// Puts a table where it is scrolled sideways, by keys too; `name` says what it holds.
pub(super) fn wide(name: &str, rows: &Markup) -> Markup {
    html! { div.wide tabindex="0" role="group" aria-label=(name) { table { (rows) } } }
}
