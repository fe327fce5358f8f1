//! The page of one dataset: what it is, its files, its terms, who answers for it and what its checks said.

use std::time::SystemTime;

use catalog::{Addresses, CheckResult, Dataset, Entry, Release, ReleaseFile, Severity, schema_org};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use layers::Language;
use maud::{Markup, PreEscaped, html};

use crate::city::City;
use crate::http::answer::Answer;
use crate::http::error::HttpError;

use super::datasets::address;
use super::portal::grouped;
use super::terms_of_use::terms_of_use;
use super::wide::wide;
use super::{PageHead, page_with, say};

/// Makes the page; of a dataset that was never released it says so.
pub(crate) fn dataset(
    city: &City,
    entry: &Entry,
    addresses: &Addresses,
    language: Language,
) -> Result<Answer, HttpError> {
    let dataset = &entry.dataset;
    let release = entry.release.as_ref();
    let today = DateTime::<Utc>::from(SystemTime::now()).date_naive();
    let body = html! {
        p.lead { (dataset.description.in_language(language)) }
        @match release {
            Some(release) => (files(release, language)),
            None => p.notice { (not_yet(language)) },
        }
        (contents(city, entry, language)?)
        h2 { (say(language, "O datové sadě", "About the dataset")) }
        (facts(dataset, release, today, language))
        (terms_of_use(&dataset.terms_of_use, language))
        @if let Some(release) = release {
            (checks(release, language))
            (for_programs(entry, release, language))
        }
    };
    let head = PageHead {
        record: release.map(|_| format!("{}?f=json", address(entry))),
        data: release.map(|release| schema_org(release, addresses, language)),
        ..PageHead::default()
    };
    let catalog = format!("/catalog/{}", dataset.municipality_code);
    let trail = [
        (say(language, "Otevřená data", "Open data"), "/catalog"),
        (
            dataset.publisher.name.in_language(language),
            catalog.as_str(),
        ),
    ];
    let title = dataset.title.in_language(language);
    Ok(page_with(city, language, title, &trail, &head, &body))
}

/// Writes a day as people do.
pub(super) fn day(date: NaiveDate, language: Language) -> Markup {
    let written = match language {
        Language::Czech => format!(
            "{}.\u{a0}{}.\u{a0}{}",
            date.day(),
            date.month(),
            date.year()
        ),
        Language::English => date.format("%-d\u{a0}%B\u{a0}%Y").to_string(),
    };
    html! { time datetime=(date) { (written) } }
}

fn files(release: &Release, language: Language) -> Markup {
    html! {
        h2 { (say(language, "Ke stažení", "Download")) }
        p.soft {
            (say(language, "Vydání", "Release")) " " (release.number) ", "
            (day(release.published_at.date_naive(), language)) ". "
            @if let Some(at) = release.withdrawn_at {
                (say(language, "Vydání bylo staženo", "The release was taken back")) " " (day(at.date_naive(), language)) "."
            } @else {
                (say(language, "Všechny soubory obsahují totéž, liší se jen formátem.",
                    "All files hold the same and differ in format only."))
            }
        }
        ul.files { @for file in &release.files { (one_file(release, file, language)) } }
    }
}

fn one_file(release: &Release, file: &ReleaseFile, language: Language) -> Markup {
    let address = format!("/downloads/{}/latest/{}", release.dataset.id, file.name);
    html! {
        li id=(file.format.extension()) {
            p {
                a.button href=(address) download {
                    (say(language, "Stáhnout", "Download")) " " (file.format.name())
                }
                " " span.soft { (size(file.bytes, language)) }
            }
            h3 { (file.format.title().in_language(language)) }
            p.soft { (say(language, "Otevře", "Opens in")) ": " (file.format.opened_with().in_language(language)) }
            p.soft { "SHA-256: " code.hash { (file.sha256) } }
        }
    }
}

fn contents(city: &City, entry: &Entry, language: Language) -> Result<Markup, HttpError> {
    let dataset = &entry.dataset;
    let place = city.place_of(dataset)?;
    let shown: Vec<String> = city
        .layers_of(dataset)
        .map(|view| view.layer().id.to_string())
        .collect();
    let count = |layer: &layers::LayerId| {
        let features = entry.release.iter().flat_map(|release| &release.features);
        features
            .clone()
            .find(|(id, _)| id == layer)
            .map(|(_, count)| *count)
    };
    let lang = language.code();
    Ok(html! {
        h2 { (say(language, "Co obsahuje", "What it holds")) }
        ul.plain { @for layer in &dataset.layers { li {
            @match city.public_layer(layer.as_str()) {
                Some(view) => a href={ "/collections/" (layer) "?f=html&lang=" (lang) } {
                    (view.layer().title.in_language(language))
                },
                None => (layer),
            }
            @if let Some(count) = count(layer) { ": " (grouped(count)) }
        } } }
        @if let Some(place) = place {
            p { a href={
                "/map#map=" (format!("{:.2}/{:.5}/{:.5}", place.zoom, place.center[1], place.center[0]))
                "&on=" (shown.join(",")) "&lang=" (lang)
            } { (say(language, "Ukázat v mapě", "Show on the map")) } }
        }
    })
}

fn facts(
    dataset: &Dataset,
    release: Option<&Release>,
    today: NaiveDate,
    language: Language,
) -> Markup {
    let contact = &dataset.contact;
    let keywords: Vec<&str> = dataset
        .keywords
        .iter()
        .map(|word| word.in_language(language))
        .collect();
    let themes: Vec<String> = dataset
        .themes
        .iter()
        .map(|theme| theme.title().in_language(language).to_owned())
        .collect();
    html! { dl {
        dt { (say(language, "Vydává", "Published by")) } dd { (dataset.publisher.name.in_language(language)) }
        dt { (say(language, "Za data odpovídá", "Answers for the data")) } dd { (dataset.steward) }
        dt { (say(language, "Kontakt", "Contact")) }
        dd { (contact.name.in_language(language)) ", " a href={ "mailto:" (contact.email) } { (contact.email) } }
        dt { (say(language, "Téma", "Theme")) } dd { (themes.join(", ")) }
        dt { (say(language, "Klíčová slova", "Keywords")) } dd { (keywords.join(", ")) }
        dt { (say(language, "Aktualizace", "Renewed")) } dd { (dataset.periodicity.title().in_language(language)) }
        @if let Some(release) = release { (age(release, today, language)) }
    } }
}

fn age(release: &Release, today: NaiveDate, language: Language) -> Markup {
    let released_on = release.published_at.date_naive();
    let due = release.dataset.periodicity.next_due(released_on);
    html! {
        dt { (say(language, "Vydáno", "Released")) } dd { (day(released_on, language)) }
        @if let Some(due) = due {
            dt { (say(language, "Další vydání do", "Next release by")) }
            dd { (day(due, language)) @if due < today { " " strong.late { (say(language, "po termínu", "overdue")) } } }
        }
    }
}

fn checks(release: &Release, language: Language) -> Markup {
    let findings: u64 = release.checks.iter().map(|check| check.findings).sum();
    html! {
        h2 id="checks" { (say(language, "Kontroly před vydáním", "Checks before the release")) }
        p {
            (say(language, "Provedeno kontrol", "Checks made")) ": " (release.checks.len()) ", "
            (say(language, "nálezů", "findings")) ": " (grouped(findings)) ". "
            (say(language,
                "Nález blokující kontroly by vydání zastavil.",
                "A finding of a blocking check would have stopped the release."))
        }
        (wide(say(language, "Kontroly", "Checks"), &html! {
            thead { tr {
                th scope="col" { (say(language, "Kontrola", "Check")) }
                th scope="col" { (say(language, "Co hlídá", "What it looks for")) }
                th scope="col" { (say(language, "Závažnost", "Severity")) }
                th.number scope="col" { (say(language, "Nálezů", "Findings")) }
            } }
            tbody { @for check in &release.checks { (one_check(check, language)) } }
        }))
    }
}

fn one_check(check: &CheckResult, language: Language) -> Markup {
    let severity = match check.severity {
        Severity::Blocking => say(language, "blokující", "blocking"),
        Severity::Warning => say(language, "varování", "warning"),
    };
    html! { tr {
        td { code { (check.id) } }
        td { (check.title.in_language(language)) }
        td { (severity) }
        td.number { (grouped(check.findings)) }
    } }
}

fn for_programs(entry: &Entry, release: &Release, language: Language) -> Markup {
    let folder = |number: &str| format!("/downloads/{}/{number}", release.dataset.id);
    let this = folder(&release.number.to_string());
    html! {
        h2 { (say(language, "Pro programy", "For programs")) }
        ul {
            li { a href={ (address(entry)) "?f=json" } { "DCAT-AP-CZ (JSON-LD)" } }
            li { a href={ (this) "/manifest.json" } { "manifest.json" } " – "
                (say(language, "kontrolní součty všech souborů", "checksums of all files")) }
            li { a href={ (this) "/report.json" } { "report.json" } " – "
                (say(language, "zpráva o kontrolách", "the report of the checks")) }
            li { code { (folder("latest")) "/…" } " – " (say(language, "vždy nejnovější vydání", "always the newest release")) ", "
                code { (this) "/…" } " – " (say(language, "natrvalo toto vydání", "this release for good")) }
        }
    }
}

fn not_yet(language: Language) -> &'static str {
    say(
        language,
        "Tato datová sada zatím nebyla zveřejněna. Až její data projdou kontrolami, budou tu soubory ke stažení.",
        "This dataset has not been published yet. Its files will be here once the data have passed the checks.",
    )
}

/// Writes a size in bytes as people do.
fn size(bytes: u64, language: Language) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes}\u{a0}B");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(size < 10.0);
    let mut number = format!("{size:.digits$}");
    if language == Language::Czech {
        number = number.replace('.', ",");
    }
    format!("{number}\u{a0}{}", UNITS[unit])
}

/// Writes data into a page so that no text in them can end their element.
pub(super) fn data_block(data: &serde_json::Value) -> Markup {
    PreEscaped(data.to_string().replace('<', "\\u003c"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_people_do() {
        for (bytes, cs, en) in [
            (999, "999\u{a0}B", "999\u{a0}B"),
            (1_250, "1,2\u{a0}kB", "1.2\u{a0}kB"),
            (98_304, "98\u{a0}kB", "98\u{a0}kB"),
            (999_900, "1,0\u{a0}MB", "1.0\u{a0}MB"),
            (31_200_000_000, "31\u{a0}GB", "31\u{a0}GB"),
        ] {
            assert_eq!(size(bytes, Language::Czech), cs);
            assert_eq!(size(bytes, Language::English), en);
        }
    }

    #[test]
    fn data_cannot_end_their_element() {
        let written = data_block(&serde_json::json!("</script><b>")).into_string();
        assert_eq!(written, r#""\u003c/script>\u003cb>""#);
    }
}
