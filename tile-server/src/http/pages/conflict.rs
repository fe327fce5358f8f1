//! One conflict: what there was, what stands and what waits, side by side, and the ways to decide it.

use layers::merge::{Choice, Decision, Part, Signature};
use layers::{Feature, Field, Language, Text, Value};
use maud::{Markup, html};

use crate::city::City;
use crate::conflicts::{Case, Side};
use crate::http::answer::Answer;
use crate::municipality_names::MunicipalityNames;

use super::account::moment;
use super::conflict_inputs::{row_in_words, typed_input};
use super::conflicts::{conflict_path, feature_title, heading, part_title, whose};
use super::login::notice;
use super::sketch::sketch;
use super::tables::heading as field_heading;
use super::tables::symbol;
use super::{page, say};

/// What the page shows.
pub(crate) struct ConflictPage<'a> {
    pub(crate) case: &'a Case,
    pub(crate) municipalities: MunicipalityNames,
    /// What must be mended, or has happened.
    pub(crate) notices: Vec<Text>,
}

/// One conflict.
pub(crate) fn conflict(city: &City, language: Language, page_of: &ConflictPage<'_>) -> Answer {
    let case = page_of.case;
    let conflict = &case.kept.conflict;
    let body = html! {
        @for text in &page_of.notices { (notice(text, language)) }
        p.lead {
            (case.layer().title.in_language(language)) " · "
            (whose(conflict.municipality, &page_of.municipalities, language))
        }
        (columns(case, language))
        @if conflict.part == Part::Geometry { (sketch(case, language)) }
        @match &case.kept.decision {
            None => (choices(case, language)),
            Some(decision) => (decided(case, decision, language)),
        }
        (context(case, language))
    };
    let title = format!(
        "{}: {}",
        feature_title(case, language),
        part_title(case, language)
    );
    let trail = [(heading(language), "/conflicts")];
    page(city, language, &title, &trail, &body)
}

fn columns(case: &Case, language: Language) -> Markup {
    let conflict = &case.kept.conflict;
    let (base, stands, mine) = (case.base(), case.stands(), case.mine());
    let mine_by = html! {
        strong { (conflict.author) } ", " (moment(conflict.at, language)) br; span.soft { (conflict.device) }
    };
    html! {
        div.sides {
            section {
                h2 { (say(language, "Původně", "Before")) }
                (side(case, &base, [&stands, &mine], language))
            }
            section.standing {
                h2 { (say(language, "Platí", "Stands")) }
                p { (signature(case.now_by.as_ref(), language)) }
                (side(case, &stands, [&base, &mine], language))
            }
            section.waiting {
                h2 { (say(language, "Čeká", "Waits")) }
                p { (mine_by) }
                (side(case, &mine, [&base, &stands], language))
            }
        }
    }
}

fn signature(by: Option<&Signature>, language: Language) -> Markup {
    html! {
        @match by {
            Some(by) => {
                strong { (by.author) } ", " (moment(by.at, language))
                @if let Some(revision) = by.revision {
                    br; span.soft { (say(language, "revize", "revision")) " " (revision.0) }
                }
            }
            None => (say(language, "neví se, kdo", "nobody knows who")),
        }
    }
}

/// One side; of whole features only what differs from the first of the others that is there.
fn side(case: &Case, side: &Side, others: [&Side; 2], language: Language) -> Markup {
    let nothing = html! { p.soft { (say(language, "nic", "nothing")) } };
    match (side, case.field()) {
        (Side::Value(value), Some(field)) if !value.is_null() => html! {
            div.value { (written(field, value, language)) @if let Some(unit) = &field.unit { " " (symbol(unit)) } }
        },
        (Side::Geometry(Some(_)), _) => html! {
            p { (say(language, "viz obrázek", "see the picture")) }
        },
        (Side::Feature(None), _) => html! {
            p.value { (say(language, "prvek odebrán", "the feature removed")) }
        },
        (Side::Feature(Some(feature)), _) => {
            let other = others.into_iter().find_map(|other| match other {
                Side::Feature(Some(other)) => Some(other),
                _ => None,
            });
            differences(case, feature, other, language)
        }
        _ => nothing,
    }
}

fn differences(
    case: &Case,
    feature: &Feature,
    other: Option<&Feature>,
    language: Language,
) -> Markup {
    let same = |place: usize| other.is_some_and(|it| it.values[place] == feature.values[place]);
    let fields = case.view.fields().zip(&feature.values).enumerate();
    let differing: Vec<_> = fields.filter(|(place, _)| !same(*place)).collect();
    let has_moved = other.is_some_and(|other| other.geometry != feature.geometry);
    let nothing = say(language, "nic", "nothing");
    html! {
        dl {
            @for (_, (field, value)) in &differing {
                dt { (field_heading(field, language)) }
                dd { @if value.is_null() { (nothing) } @else { (written(field, value, language)) } }
            }
            @if has_moved {
                dt { (say(language, "Poloha", "Position")) } dd { (say(language, "jiná", "another")) }
            }
        }
        p.soft { @if other.is_none() {} @else if differing.is_empty() && !has_moved {
            (say(language, "beze změny", "unchanged"))
        } @else { (say(language, "ostatní je stejné", "the rest is the same")) } }
    }
}

/// A value as people write it; of a list a line for each row.
fn written(field: &Field, value: &Value, language: Language) -> Markup {
    match value {
        Value::List(rows) => html! {
            ul { @for row in rows { li { (row_in_words(field, row, language)) } } }
        },
        value => html! { (field.display(value, language)) },
    }
}

/// The ways to decide, each a form of its own that says what its reader saw.
fn choices(case: &Case, language: Language) -> Markup {
    let [keep, take] = words_of_choices(case, language);
    html! {
        h2 { (say(language, "Jak to má být?", "How shall it be?")) }
        div.choices {
            (choice(case, "theirs", &keep, &html! {}, language))
            @if case.can_take_mine() { (choice(case, "mine", &take, &html! {}, language)) }
            @if case.can_take_typed() {
                @if let Some(input) = typed_input(case, language) {
                    (choice(case, "typed", say(language, "Zapsat jinou hodnotu", "Write another value"), &input, language))
                }
            }
        }
        @if !case.can_take_mine() {
            p.soft { (say(
                language,
                "Co čeká, už vzít nejde: prvek tu není, nebo se údaj už nepoužívá. Zůstane v historii.",
                "What waits cannot be taken any more: the feature is gone, or the field is not used any more. It stays in the history.",
            )) }
        }
    }
}

/// Says what the two buttons do, in the words of the case.
fn words_of_choices(case: &Case, language: Language) -> [String; 2] {
    let words = match (case.stands(), case.mine()) {
        (Side::Feature(None), Side::Feature(Some(_))) => [
            say(language, "Nechat odebraný", "Keep it removed"),
            say(
                language,
                "Vrátit prvek, jak byl upraven",
                "Bring it back as it was edited",
            ),
        ],
        (Side::Feature(Some(_)), Side::Feature(None)) => [
            say(
                language,
                "Nechat prvek upravený",
                "Keep the feature as edited",
            ),
            say(language, "Odebrat prvek", "Remove the feature"),
        ],
        _ => [
            say(language, "Nechat, co platí", "Keep what stands"),
            say(language, "Vzít, co čeká", "Take what waits"),
        ],
    };
    words.map(str::to_owned)
}

fn choice(case: &Case, word: &str, title: &str, input: &Markup, language: Language) -> Markup {
    html! {
        form method="post" action={ (conflict_path(&case.kept)) "/decision?lang=" (language.code()) } {
            input type="hidden" name="seen" value=(case.mark()) hidden;
            input type="hidden" name="choice" value=(word) hidden;
            (input)
            button { (title) }
        }
    }
}

fn decided(case: &Case, decision: &Decision, language: Language) -> Markup {
    let word = match decision.choice {
        Choice::Mine => say(language, "vzato, co čekalo", "what waited was taken"),
        Choice::Theirs => say(language, "zůstalo, co platilo", "what stood was kept"),
        Choice::Typed => say(
            language,
            "zapsána jiná hodnota",
            "another value was written",
        ),
    };
    html! {
        h2 { (say(language, "Rozhodnuto", "Decided")) }
        p { strong { (decision.by) } ", " (moment(decision.at, language)) ": " (word) "." }
        form method="post" action={ (conflict_path(&case.kept)) "/reopen?lang=" (language.code()) } {
            input type="hidden" name="seen" value=(case.mark()) hidden;
            button.plain { (say(language, "Vzít rozhodnutí zpět", "Take the decision back")) }
        }
        p.soft { (say(
            language,
            "Vrátí se, co platilo před rozhodnutím, pokud to od té doby nikdo nezměnil. Konflikt bude znovu čekat.",
            "What stood before the decision comes back, unless somebody has changed it since. The conflict will wait again.",
        )) }
    }
}

/// The feature as it stands, for context.
fn context(case: &Case, language: Language) -> Markup {
    let Some(now) = &case.now else {
        return html! { p { (say(language, "Prvek teď v datech není.", "The feature is not in the data now.")) } };
    };
    let known = case.view.fields().zip(&now.values);
    let here = format!("/collections/{}/items/{}", case.layer().id, now.id);
    html! {
        details {
            summary { (say(language, "Celý prvek, jak teď platí", "The whole feature as it stands")) }
            dl.card { @for (field, value) in known.filter(|(_, value)| !value.is_null()) {
                dt { (field_heading(field, language)) } dd { (written(field, value, language)) }
            } }
            p { a href={ (here) "?f=html&lang=" (language.code()) } { (say(language, "Karta prvku", "The feature's card")) } }
        }
    }
}
