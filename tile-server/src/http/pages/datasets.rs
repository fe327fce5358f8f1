//! Datasets by municipality: on the portal's first page, in the list of all, and in the catalogue of one.

use std::collections::BTreeMap;

use catalog::Entry;
use layers::Language;
use maud::{Markup, html};

use crate::city::City;
use crate::czech_order::czech_order;
use crate::http::answer::Answer;
use crate::http::catalog::of_municipality;
use crate::http::error::HttpError;

use super::dataset::day;
use super::{PageHead, page, page_with, say};

/// Municipalities with their datasets, in the order of a Czech list.
type ByMunicipality = BTreeMap<(Vec<(char, bool)>, i64), Vec<Entry>>;

/// How many municipalities the first page shows with all their datasets; of more it shows the names.
const SHOWN_WHOLE: usize = 6;

/// All municipalities with their datasets.
pub(crate) fn catalogs(city: &City, language: Language) -> Result<Answer, HttpError> {
    let by_municipality = by_municipality(city.entries()?);
    let body = html! {
        p.lead { (about(language)) }
        h2 { (say(language, "Datové sady podle obcí", "Datasets by municipality")) }
        @if by_municipality.is_empty() { p { (nothing_yet(language)) } }
        (cards(&by_municipality, language))
    };
    let title = say(language, "Otevřená data", "Open data");
    Ok(page(city, language, title, &[], &body))
}

/// The catalogue of one municipality.
pub(crate) fn municipality(
    city: &City,
    code: i64,
    language: Language,
) -> Result<Answer, HttpError> {
    let entries = of_municipality(city, code)?;
    let record = format!("/catalog/{code}?f=json");
    let is_public = entries.iter().any(|entry| entry.release.is_some());
    let body = html! {
        p.lead { (say(language, "Datové sady ke stažení a volnému použití.", "Datasets to download and use freely.")) }
        @if !is_public { p.notice { (nothing_yet(language)) } }
        ul.entries { @for entry in &entries { li { (summary(entry, language)) } } }
        @if is_public {
            h2 { (say(language, "Pro programy", "For programs")) }
            p {
                a href=(record) { "DCAT-AP-CZ (JSON-LD)" } " – "
                (say(language, "záznam, který čte Národní katalog otevřených dat", "the record that the national catalogue reads"))
            }
        }
    };
    let trail = [(say(language, "Otevřená data", "Open data"), "/catalog")];
    let head = PageHead {
        record: is_public.then_some(record),
        ..PageHead::default()
    };
    let publisher = entries[0].dataset.publisher.name.in_language(language);
    Ok(page_with(city, language, publisher, &trail, &head, &body))
}

/// What the portal's first page says about datasets: those that were released, and where the others are.
pub(super) fn released(entries: Vec<Entry>, language: Language) -> Markup {
    let mut by_municipality = by_municipality(entries);
    let all = by_municipality.len();
    for entries in by_municipality.values_mut() {
        entries.retain(|entry| entry.release.is_some());
    }
    by_municipality.retain(|_, entries| !entries.is_empty());
    html! {
        p { (about(language)) }
        @if by_municipality.is_empty() { p { (nothing_yet(language)) } }
        @if by_municipality.len() > SHOWN_WHOLE { (names(&by_municipality, language)) }
        @else { (cards(&by_municipality, language)) }
        @if all > 0 {
            p { a href={ "/catalog?lang=" (language.code()) } {
                (say(language, "Všechny datové sady podle obcí", "All datasets by municipality")) " (" (all) ")"
            } }
        }
    }
}

fn by_municipality(entries: Vec<Entry>) -> ByMunicipality {
    let mut groups = ByMunicipality::new();
    for entry in entries {
        let dataset = &entry.dataset;
        let key = (
            czech_order(&dataset.publisher.name.cs),
            dataset.municipality_code,
        );
        groups.entry(key).or_default().push(entry);
    }
    groups
}

/// The municipalities with the numbers of their datasets.
fn names(by_municipality: &ByMunicipality, language: Language) -> Markup {
    html! {
        ul.columns { @for entries in by_municipality.values() { li {
            (publisher(entries, language)) " " span.count { (entries.len()) }
        } } }
    }
}

fn publisher(entries: &[Entry], language: Language) -> Markup {
    let dataset = &entries[0].dataset;
    html! {
        a href={ "/catalog/" (dataset.municipality_code) "?lang=" (language.code()) } {
            (dataset.publisher.name.in_language(language))
        }
    }
}

fn cards(by_municipality: &ByMunicipality, language: Language) -> Markup {
    let lang = language.code();
    html! {
        div.groups { @for entries in by_municipality.values() { section {
            h3 { (publisher(entries, language)) }
            ul { @for entry in entries { li {
                a href={ (address(entry)) "?lang=" (lang) } { (entry.dataset.title.in_language(language)) }
                @if entry.release.is_none() { span.count { (say(language, "připravuje se", "in preparation")) } }
            } } }
        } } }
    }
}

fn summary(entry: &Entry, language: Language) -> Markup {
    html! {
        h2 { a href={ (address(entry)) "?lang=" (language.code()) } { (entry.dataset.title.in_language(language)) } }
        p { (entry.dataset.description.in_language(language)) }
        @match &entry.release {
            Some(release) => p.soft {
                (say(language, "Vydáno", "Released")) " " (day(release.published_at.date_naive(), language)) " · "
                @for (place, file) in release.files.iter().enumerate() {
                    @if place > 0 { ", " }
                    (file.format.extension())
                }
            },
            None => p.soft { (say(language, "Zatím nezveřejněno", "Not published yet")) },
        }
    }
}

/// Returns the address of a dataset's page.
pub(super) fn address(entry: &Entry) -> String {
    let dataset = &entry.dataset;
    format!(
        "/catalog/{}/datasets/{}",
        dataset.municipality_code, dataset.id
    )
}

fn about(language: Language) -> &'static str {
    say(
        language,
        "Data města a obcí v souborech, které si může kdokoli stáhnout a použít. Každé vydání prošlo kontrolami a má \
         kontrolní součty.",
        "Data of the city and its villages in files that anybody may download and use. Every release has passed checks \
         and has checksums.",
    )
}

fn nothing_yet(language: Language) -> &'static str {
    say(
        language,
        "Zatím nebyla zveřejněna žádná datová sada.",
        "No dataset has been published yet.",
    )
}
