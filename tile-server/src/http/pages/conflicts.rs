//! The list of conflicts at the desk: which feature, which value, whose stands and whose waits, and how many there are.

use chrono::{DateTime, Utc};
use layers::merge::{KeptConflict, Part};
use layers::{GeometryType, Language, LayerView};
use maud::{Markup, html};

use crate::city::{City, title};
use crate::conflicts::{Case, Listing, OpenCounts, id_of};
use crate::http::answer::Answer;
use crate::municipality_names::MunicipalityNames;

use super::account::moment;
use super::{page, say};

/// What the page shows.
pub(crate) struct ConflictsPage {
    pub(crate) listing: Listing,
    pub(crate) counts: OpenCounts,
    pub(crate) municipalities: MunicipalityNames,
    /// Whether open ones are listed, or decided ones; none are both.
    pub(crate) is_open: Option<bool>,
    /// Where the next page is.
    pub(crate) next: Option<String>,
    pub(crate) now: DateTime<Utc>,
}

/// One page of conflicts.
pub(crate) fn conflicts(city: &City, language: Language, shown: &ConflictsPage) -> Answer {
    let body = html! {
        p { (say(
            language,
            "Když dva lidé změní totéž, neztratí se nic. Tady je, co se nedalo spojit samo: jedna hodnota platí, druhá čeká, až \
             někdo rozhodne.",
            "When two people change the same thing, nothing is lost. Here is what could not be merged by itself: one value \
             stands, the other waits until somebody decides.",
        )) }
        (states(shown.is_open, language))
        (counts(city, shown, language))
        @if shown.listing.cases.is_empty() {
            p.notice { (say(language, "Nic tu nečeká.", "Nothing waits here.")) }
        } @else {
            ul.entries { @for case in &shown.listing.cases { (entry(case, shown, language)) } }
        }
        @if let Some(next) = &shown.next {
            p { a.button rel="next" href=(next) { (say(language, "Další stránka", "Next page")) } }
        }
    };
    page(city, language, heading(language), &[], &body)
}

/// Returns the title of the desk.
pub(super) fn heading(language: Language) -> &'static str {
    say(language, "Konflikty", "Conflicts")
}

/// Returns the path of a conflict's page.
pub(crate) fn conflict_path(kept: &KeptConflict) -> String {
    format!("/conflicts/{}", id_of(kept))
}

/// Names the feature of a conflict as its reader may.
pub(super) fn feature_title(case: &Case, language: Language) -> String {
    let titled = case
        .named_by()
        .map(|feature| title(&case.view, &feature, language));
    titled.unwrap_or_else(|| case.kept.conflict.feature.to_string())
}

/// Names the part that a conflict is about.
pub(super) fn part_title(case: &Case, language: Language) -> String {
    match &case.kept.conflict.part {
        Part::Field(name) => {
            let field = case.field();
            field.map_or(name.as_str(), |field| field.title.in_language(language))
        }
        Part::Geometry if case.layer().geometry == Some(GeometryType::Point) => {
            say(language, "Poloha", "Position")
        }
        Part::Geometry => say(language, "Poloha a tvar", "Position and shape"),
        Part::Feature => say(language, "Celý prvek", "The whole feature"),
    }
    .to_owned()
}

fn states(is_open: Option<bool>, language: Language) -> Markup {
    let lang = language.code();
    let choices = [
        (
            "open",
            Some(true),
            say(language, "k rozhodnutí", "to be decided"),
        ),
        (
            "decided",
            Some(false),
            say(language, "rozhodnuté", "decided"),
        ),
        ("all", None, say(language, "všechny", "all")),
    ];
    html! {
        p { @for (place, (state, value, title)) in choices.into_iter().enumerate() {
            @if place > 0 { " · " }
            @if value == is_open { strong { (title) } }
            @else { a href={ "/conflicts?state=" (state) "&lang=" (lang) } { (title) } }
        } }
    }
}

/// How many are open in each layer of each municipality.
fn counts(city: &City, shown: &ConflictsPage, language: Language) -> Markup {
    html! {
        @if !shown.counts.is_empty() {
            details.counts {
                summary {
                    (say(language, "Čeká na rozhodnutí", "Waiting to be decided")) ": "
                    strong.number { (shown.counts.values().sum::<u64>()) }
                }
                ul { @for ((layer, municipality), count) in &shown.counts { li {
                    a href={ "/conflicts?layer=" (layer)
                        @if let Some(code) = municipality { "&municipality=" (code) }
                        "&lang=" (language.code()) } {
                        @if let Some(found) = city.layers().get(layer) { (found.title.in_language(language)) }
                        @else { (layer) }
                    }
                    ", " (whose(*municipality, &shown.municipalities, language)) ": " span.number { (count) }
                } } }
            }
        }
    }
}

/// Names a municipality.
pub(super) fn whose(
    municipality: Option<i64>,
    known: &MunicipalityNames,
    language: Language,
) -> String {
    let Some(code) = municipality else {
        return say(language, "žádná obec", "no municipality").to_owned();
    };
    let name = known.iter().find(|(one, _)| *one == code);
    name.map_or_else(|| code.to_string(), |(_, name)| name.to_owned())
}

fn entry(case: &Case, shown: &ConflictsPage, language: Language) -> Markup {
    let conflict = &case.kept.conflict;
    let here = conflict_path(&case.kept);
    html! { li {
        h2 { a href={ (here) "?lang=" (language.code()) } {
            (feature_title(case, language)) ": " (part_title(case, language))
        } }
        p {
            (layer_title(&case.view, language)) " · "
            (whose(conflict.municipality, &shown.municipalities, language)) " · "
            (say(language, "čeká", "waiting")) " " (age(case.kept.opened, shown.now, language))
        }
        p {
            (say(language, "Platí", "Standing")) ": "
            @if let Some(by) = &case.now_by { strong { (by.author) } ", " (moment(by.at, language)) }
            @else { (say(language, "neví se, kdo", "nobody knows whose")) }
            " · " (say(language, "čeká", "waiting")) ": " strong { (conflict.author) } ", " (moment(conflict.at, language))
        }
        @if let Some(decision) = &case.kept.decision {
            p.soft {
                (say(language, "Rozhodnuto", "Decided")) ": " (decision.by) ", " (moment(decision.at, language))
            }
        }
    } }
}

fn layer_title(view: &LayerView, language: Language) -> &str {
    view.layer().title.in_language(language)
}

/// Says for how long something has been waiting.
fn age(since: DateTime<Utc>, now: DateTime<Utc>, language: Language) -> String {
    let waited = now - since;
    let (count, cs, en) = match (waited.num_days(), waited.num_hours()) {
        (0, 0) => return say(language, "méně než hodinu", "less than an hour").to_owned(),
        (0, 1) => return say(language, "hodinu", "an hour").to_owned(),
        (0, hours) => (hours, ["hodiny", "hodin"], "hours"),
        (1, _) => return say(language, "den", "a day").to_owned(),
        (days, _) => (days, ["dny", "dní"], "days"),
    };
    let [few, many] = cs;
    let word = say(language, if count < 5 { few } else { many }, en);
    format!("{count} {word}")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn how_long_it_waits_is_said_as_people_say_it() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for (hours, cs, en) in [
            (0, "méně než hodinu", "less than an hour"),
            (1, "hodinu", "an hour"),
            (4, "4 hodiny", "4 hours"),
            (5, "5 hodin", "5 hours"),
            (30, "den", "a day"),
            (50, "2 dny", "2 days"),
            (240, "10 dní", "10 days"),
        ] {
            let since = now - TimeDelta::hours(hours);
            assert_eq!(age(since, now, Language::Czech), cs);
            assert_eq!(age(since, now, Language::English), en);
        }
    }
}
