//! Pages for people: the portal, the layers and their features as tables. No script, one style sheet.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use layers::Language;
use maud::{DOCTYPE, Markup, html};

use crate::city::City;

mod portal;
mod tables;

pub(crate) use self::portal::{api, collection, collections, conformance, portal};
pub(crate) use self::tables::{feature, items};

use super::answer::Answer;

/// Answers with the style sheet of the pages.
pub(crate) async fn style_sheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "max-age=3600"))
        .body(include_str!("pages/pages.css"))
}

/// Says in one sentence what the reader has before him.
pub(crate) fn about(city: &City, language: Language) -> &'static str {
    match (language, city.config.sample) {
        (Language::Czech, true) => {
            "Ukázková prostorová data obvodu Chomutov: část je skutečná, část vymyšlená. K ničemu úřednímu neslouží."
        }
        (Language::English, true) => {
            "Sample spatial data of the Chomutov district: partly real, partly invented. Not for any official use."
        }
        (Language::Czech, false) => {
            "Prostorová data města a okolních obcí: mapa, vrstvy ke stažení a rozhraní."
        }
        (Language::English, false) => {
            "Spatial data of the city and its villages: a map, layers to download and interfaces."
        }
    }
}

/// Picks one of two texts.
fn say<'a>(language: Language, cs: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Czech => cs,
        Language::English => en,
    }
}

/// Puts a page together; `trail` are the pages above it, with their addresses.
fn page(
    city: &City,
    language: Language,
    title: &str,
    trail: &[(&str, &str)],
    body: &Markup,
) -> Answer {
    let lang = language.code();
    let other = match language {
        Language::Czech => ("en", "English"),
        Language::English => ("cs", "Česky"),
    };
    let markup = html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Obzor" }
                link rel="stylesheet" href="/pages.css";
            }
            body {
                @if city.config.sample {
                    p.sample role="note" { (say(language, "Ukázková data", "Sample data")) }
                }
                header {
                    nav aria-label=(say(language, "Cesta", "Path")) {
                        a href={ "/?lang=" (lang) } { "Obzor" }
                        @for (name, address) in trail { " › " a href={ (address) "?lang=" (lang) } { (name) } }
                    }
                    a.language lang=(other.0) href={ "?lang=" (other.0) } { (other.1) }
                }
                main { h1 { (title) } (body) }
                footer {
                    @for source in &city.config.attribution { p { (source) } }
                }
            }
        }
    };
    Answer::html(language, markup.into_string())
}
