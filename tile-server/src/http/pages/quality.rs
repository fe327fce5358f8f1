//! The page about the quality of the data: every layer, and every municipality in it.

use chrono::{DateTime, Utc};
use layers::Language;
use maud::{Markup, html};

use crate::city::City;
use crate::http::answer::Answer;
use crate::quality::{LayerReport, MunicipalityReport, ProblemReport, Report};

use super::dataset::day;
use super::portal::grouped;
use super::wide::wide;
use super::{page, say};

/// All layers by group.
pub(crate) fn quality(city: &City, report: &Report, language: Language) -> Answer {
    let lead = say(
        language,
        "Kolik prvků která vrstva a obec má, kdy se naposledy změnily a co na nich nesouhlasí s pravidly vrstvy.",
        "How many features each layer and municipality has, when they last changed, and what breaks the rules of the layer.",
    );
    let groups = city.layers().groups().iter().map(|group| {
        let of_group = |one: &&LayerReport| one.view.layer().group == group.id;
        (
            group,
            report.layers.iter().filter(of_group).collect::<Vec<_>>(),
        )
    });
    let body = html! {
        p.lead { (lead) }
        p { (overall(report, language)) }
        @for (group, layers) in groups.filter(|(_, layers)| !layers.is_empty()) {
            h2 { (group.title.in_language(language)) }
            div.quality { @for one in layers { (layer(one, language)) } }
        }
    };
    let title = say(language, "Stav dat", "Data quality");
    page(city, language, title, &[], &body)
}

fn overall(report: &Report, language: Language) -> Markup {
    let features: u64 = report.layers.iter().map(|one| one.features).sum();
    let flawed: u64 = report.layers.iter().map(LayerReport::flawed).sum();
    html! {
        (say(language, "Celkem prvků", "Features in all")) ": " strong { (grouped(features)) } " · "
        (say(language, "z toho s nálezem", "of these with a finding")) ": " strong { (grouped(flawed)) }
    }
}

fn layer(report: &LayerReport, language: Language) -> Markup {
    let layer = report.view.layer();
    let list = format!("/collections/{}?f=html&lang={}", layer.id, language.code());
    html! {
        details id=(layer.id) {
            summary {
                span.name { (layer.title.in_language(language)) }
                span.facts {
                    span { (say(language, "prvků", "features")) ": " (grouped(report.features)) }
                    span { (changed(report.last_change(), language)) }
                    (verdict(report.features, report.flawed(), language))
                }
            }
            @if !report.problems.is_empty() { (problems(report, language)) }
            @if report.municipalities.iter().any(|one| one.code.is_some()) {
                (municipalities(report, language))
            }
            p { a href=(list) { (say(language, "O vrstvě", "About the layer")) } }
        }
    }
}

fn verdict(features: u64, flawed: u64, language: Language) -> Markup {
    html! {
        @if features == 0 { span.soft { (say(language, "prázdná", "empty")) } }
        @else if flawed == 0 { span.soft { (say(language, "bez nálezu", "no finding")) } }
        @else { span.late { (say(language, "s nálezem", "with a finding")) ": " (grouped(flawed)) } }
    }
}

fn changed(at: Option<DateTime<Utc>>, language: Language) -> Markup {
    html! { @match at {
        Some(at) => (day(at.date_naive(), language)),
        None => "–",
    } }
}

fn problems(report: &LayerReport, language: Language) -> Markup {
    html! {
        ul.findings { @for problem in &report.problems { li {
            @if let Some(field) = field_title(report, problem, language) { strong { (field) } ": " }
            (problem.finding.problem.text().in_language(language)) " – "
            (say(language, "prvků", "features")) ": " (grouped(problem.features))
            ul.columns {
                @for one in &problem.examples { li {
                    a href={ "/collections/" (report.view.layer().id) "/items/" (one.id) "?f=html&lang=" (language.code()) } {
                        (named(one.title.in_language(language), one.fid))
                    }
                } }
                @if problem.features > problem.examples.len() as u64 { li { "…" } }
            }
        } } }
    }
}

fn field_title<'a>(
    report: &'a LayerReport,
    problem: &ProblemReport,
    language: Language,
) -> Option<&'a str> {
    let (_, field) = report.view.field(problem.finding.field.as_deref()?)?;
    Some(field.title.in_language(language))
}

fn named(title: &str, fid: i64) -> String {
    if title.trim().is_empty() {
        format!("fid {fid}")
    } else {
        title.to_owned()
    }
}

fn municipalities(report: &LayerReport, language: Language) -> Markup {
    wide(
        say(language, "Podle obcí", "By municipality"),
        &html! {
            thead { tr {
                th { (say(language, "Obec", "Municipality")) }
                th.number { (say(language, "Prvků", "Features")) }
                th.number { (say(language, "S nálezem", "With a finding")) }
                th.number { (say(language, "Změněno", "Changed")) }
            } }
            tbody { @for one in &report.municipalities { tr {
                td { (municipality(one, language)) }
                td.number { (grouped(one.features)) }
                td.number.late[one.flawed > 0] { (grouped(one.flawed)) }
                td.number { (changed(one.last_change, language)) }
            } } }
        },
    )
}

fn municipality(report: &MunicipalityReport, language: Language) -> String {
    match (&report.name, report.code) {
        (Some(name), _) => name.clone(),
        (None, Some(code)) => code.to_string(),
        (None, None) => say(language, "bez obce", "of no municipality").to_owned(),
    }
}
