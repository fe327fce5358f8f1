//! The pages of change sets: the list, and what one of them changed.

use layers::{Language, RevisionInfo};
use maud::{Markup, html};

use crate::city::{City, title};
use crate::history::{Differences, kind};
use crate::http::answer::Answer;
use crate::http::parameters::Parameters;
use crate::http::revisions::Touched;
use crate::revisions::{COUNTED, Field, Listed};

use super::account::moment;
use super::history::{act, differences};
use super::portal::grouped;
use super::{page, say};

/// The list of change sets.
pub(crate) fn revisions(
    city: &City,
    fields: &[Field],
    found: &[Listed<'_>],
    parameters: &Parameters,
    next: Option<String>,
    language: Language,
) -> Answer {
    let lead = say(
        language,
        "Kdo, kdy a proč měnil prvky, které smíte měnit i vy, od nejnovějšího. Celou sadu změn lze vrátit na její stránce.",
        "Who changed features that you may change too, when and why, the newest first. A whole change set can be undone \
         on its page.",
    );
    let body = html! {
        p.lead { (lead) }
        (filters(fields, parameters, language))
        @if found.is_empty() { p { (say(language, "Nic takového se nestalo.", "Nothing of the kind happened.")) } }
        ol.entries { @for one in found { li {
            h2 { a href={ "/revisions/" (one.info.revision.0) "?f=html&lang=" (language.code()) } {
                (moment(one.info.at, language)) " · " (one.info.author)
            } }
            p { (one.info.reason) }
            (touched(one, language))
        } } }
        @if let Some(next) = next {
            p { a.button rel="next" href={ "/revisions?" (next) } { (say(language, "Starší", "Older")) } }
        }
    };
    let title = say(language, "Sady změn", "Change sets");
    page(city, language, title, &[], &body)
}

fn filters(fields: &[Field], parameters: &Parameters, language: Language) -> Markup {
    let given = |name: &str| parameters.text(name).unwrap_or_default();
    html! {
        form method="get" action="/revisions" { div.fields {
            input type="hidden" name="lang" value=(language.code());
            input type="hidden" name="f" value="html";
            label { (say(language, "Vrstva", "Layer"))
                select name="layer" {
                    option value="" { (say(language, "všechny", "all")) }
                    @for field in fields {
                        @let layer = field.view.layer();
                        option value=(layer.id) selected[given("layer") == layer.id.as_str()] {
                            (layer.title.in_language(language))
                        }
                    }
                }
            }
            label { (say(language, "Kdo", "Who")) input name="author" value=(given("author")); }
            label { (say(language, "Den", "Day")) input type="date" name="datetime" value=(given("datetime")); }
            button { (say(language, "Vybrat", "Show")) }
        } }
    }
}

/// Counts what was touched by layer.
fn touched(listed: &Listed<'_>, language: Language) -> Markup {
    html! { p.soft {
        @for (place, (field, count)) in listed.touched.iter().enumerate() {
            @if place > 0 { ", " }
            (field.view.layer().title.in_language(language)) ": "
            @if *count > COUNTED { (say(language, "přes ", "over ")) (grouped(COUNTED)) }
            @else { (grouped(*count)) }
        }
    } }
}

/// What one change set changed.
pub(crate) fn revision(
    city: &City,
    listed: &Listed<'_>,
    changes: &[Touched<'_>],
    next: Option<String>,
    language: Language,
) -> Answer {
    let RevisionInfo {
        revision,
        at,
        author,
        reason,
    } = &listed.info;
    let here = format!("/revisions/{}", revision.0);
    let body = html! {
        p.lead { (moment(*at, language)) " · " strong { (author) } ": " (reason) }
        (touched(listed, language))
        ol.entries { @for one in changes { li { (change(one, language)) } } }
        @if let Some(next) = next {
            p { a.button rel="next" href={ (here) "?" (next) } { (say(language, "Další prvky", "More features")) } }
        }
        h2 { (say(language, "Vrátit celou sadu", "Undo the whole set")) }
        p { (say(
            language,
            "Prvky budou zase jako před touto sadou; co na nich mezitím změnili jiní, zůstane. I vrácení je sada změn.",
            "The features become what they were before this set; what others changed since stays. An undo is a change \
             set too.",
        )) }
        form method="post" action={ (here) "/undo?lang=" (language.code()) } {
            button { (say(language, "Vrátit celou sadu", "Undo the whole set")) }
        }
    };
    let trail = [(say(language, "Sady změn", "Change sets"), "/revisions")];
    let heading = format!(
        "{} {}",
        say(language, "Sada změn", "Change set"),
        revision.0
    );
    page(city, language, &heading, &trail, &body)
}

fn change(one: &Touched<'_>, language: Language) -> Markup {
    let (view, feature) = (&one.field.view, one.feature());
    let layer = view.layer();
    let history = format!("/collections/{}/items/{}/history", layer.id, feature.id);
    let (before, after) = (one.before.as_ref(), one.after.as_ref());
    html! {
        h2 {
            a href={ (history) "?f=html&lang=" (language.code()) } { (title(view, feature, language)) }
            " · " (act(kind(before, after), language))
        }
        p.soft { (layer.title.in_language(language)) }
        (differences(view, &Differences::between(before, after), language))
    }
}
