//! The page of one feature's history, and how differences look on pages.

use layers::{ChangeKind, Language, LayerView};
use maud::{Markup, html};

use crate::city::{City, title};
use crate::history::{Differences, GeometryDifference, Moved, Step};
use crate::http::answer::Answer;
use crate::http::history::Found;

use super::account::moment;
use super::tables::{heading, shown};
use super::wide::wide;
use super::{page, say};

/// All versions of one feature.
pub(crate) fn history(city: &City, found: &Found, language: Language) -> Answer {
    let view = &found.view;
    let lang = language.code();
    let layer = format!("/collections/{}", view.layer().id);
    let feature = format!("{layer}/items/{}", found.id);
    let last = found.history.shown.as_ref();
    let name = last.map_or_else(|| found.id.to_string(), |last| title(view, last, language));
    let stands = found.history.steps.first();
    let stands = stands.is_none_or(|step| step.kind != ChangeKind::Delete);
    let body = html! {
        p.lead { (lead(language)) }
        p {
            @if stands { a href={ (feature) "?f=html&lang=" (lang) } { (say(language, "Prvek, jak je teď", "The feature as it is now")) } " · " }
            a href={ (feature) "/history?f=json" } { "JSON" }
        }
        ol.entries { @for step in &found.history.steps { li { (version(view, step, language)) } } }
        @if let Some(next) = &found.next {
            p { a.button rel="next" href={ (feature) "/history?" (next) } { (say(language, "Starší verze", "Older versions")) } }
        } @else if let Some(start) = &found.history.start {
            p { (say(language, "Starší verze se neuchovávají. Historie této vrstvy začíná ", "Older versions are not kept. The history of this layer begins ")) (moment(start.at, language)) "." }
        }
    };
    let trail = [
        (say(language, "Vrstvy", "Layers"), "/collections"),
        (view.layer().title.in_language(language), &layer),
    ];
    let heading = format!("{}: {name}", say(language, "Historie", "History"));
    page(city, language, &heading, &trail, &body)
}

fn lead(language: Language) -> &'static str {
    say(
        language,
        "Co se s prvkem dělo, od nejnovějšího. Kdo změnu udělal a proč, vidí jen ti, kdo smějí prvky té obce měnit.",
        "What became of the feature, the newest first. Who made a change, and why, see only those who may change \
         features of its municipality.",
    )
}

fn version(view: &LayerView, step: &Step, language: Language) -> Markup {
    html! {
        h2 { (moment(step.at, language)) " · " (act(step.kind, language)) }
        @if let Some(signature) = &step.signature {
            p { strong { (signature.author) } ": " (signature.reason) }
        }
        (differences(view, &step.differences, language))
    }
}

/// Names what was done to a feature.
pub(super) fn act(kind: ChangeKind, language: Language) -> &'static str {
    match kind {
        ChangeKind::Insert => say(language, "přidán", "added"),
        ChangeKind::Update => say(language, "změněn", "changed"),
        ChangeKind::Delete => say(language, "odebrán", "removed"),
    }
}

/// Writes differences as a table.
pub(super) fn differences(view: &LayerView, found: &Differences, language: Language) -> Markup {
    let fields: Vec<_> = view.fields().collect();
    let is_empty = found.values.is_empty() && found.geometry.is_none();
    html! { @if !is_empty {
        (wide(say(language, "Co se změnilo", "What changed"), &html! {
            thead { tr {
                th { (say(language, "Údaj", "Field")) }
                th { (say(language, "Předtím", "Before")) }
                th { (say(language, "Potom", "After")) }
            } }
            tbody {
                @for one in &found.values { tr {
                    td { (heading(fields[one.place], language)) }
                    td { (shown(fields[one.place], &one.old, language)) }
                    td { (shown(fields[one.place], &one.new, language)) }
                } }
                @if let Some(geometry) = &found.geometry { tr {
                    td { (say(language, "Poloha a tvar", "Position and shape")) }
                    td colspan="2" { (geometry_in_words(geometry, language)) }
                } }
            }
        }))
    } }
}

fn geometry_in_words(geometry: &GeometryDifference, language: Language) -> String {
    match geometry {
        GeometryDifference::Came => say(language, "zakreslen", "drawn").to_owned(),
        GeometryDifference::Went => say(language, "už není zakreslen", "drawn no more").to_owned(),
        GeometryDifference::Changed(moved) => moved_in_words(moved, language),
    }
}

fn moved_in_words(moved: &Moved, language: Language) -> String {
    let metres = moved.metres.map(|metres| {
        let number = format!("{metres:.2}");
        match language {
            Language::Czech => format!("posun až o {} m", number.replace('.', ",")),
            Language::English => format!("moved by up to {number} m"),
        }
    });
    let vertices = (moved.before, moved.after) != (1, 1);
    let vertices = vertices.then(|| {
        let Moved {
            before, after, new, ..
        } = moved;
        match language {
            Language::Czech => {
                format!("vrcholů předtím {before}, potom {after}, z toho nových {new}")
            }
            Language::English => {
                format!("{before} vertices before, {after} after, {new} of them new")
            }
        }
    });
    let words: Vec<_> = metres.into_iter().chain(vertices).collect();
    words.join("; ")
}
