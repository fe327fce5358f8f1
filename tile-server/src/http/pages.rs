//! Pages for people: the portal, the layers and their features as tables. No script, one style sheet.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use catalog::JSON_LD;
use layers::Language;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value as Json;

use crate::city::City;

mod account;
mod attachments;
mod choices;
mod conflict;
mod conflict_inputs;
mod conflicts;
mod connect;
mod dataset;
mod datasets;
mod downloads;
mod drawing;
mod feature;
mod here;
mod history;
mod invitation;
mod layer;
mod layer_list;
mod login;
mod narrow;
mod overview;
mod picture;
mod portal;
mod quality;
mod queryables;
mod revisions;
mod rights;
mod search;
mod sketch;
mod sorting;
mod tables;
mod terms_of_use;
mod tokens;
mod user;
mod users;
mod wide;

pub(crate) use self::account::{AccountPage, Notice, account};
pub(crate) use self::attachments::attachments;
pub(crate) use self::choices::RoleChoice;
pub(crate) use self::conflict::{ConflictPage, conflict};
pub(crate) use self::conflict_inputs::typed_value;
pub(crate) use self::conflicts::{ConflictsPage, conflict_path, conflicts};
pub(crate) use self::dataset::dataset;
pub(crate) use self::datasets::{catalogs, municipality};
pub(crate) use self::feature::feature;
pub(crate) use self::here::{ask_what_is_here, what_is_here};
pub(crate) use self::history::history;
pub(crate) use self::invitation::{InvitationPage, invitation};
pub(crate) use self::layer::collection;
pub(crate) use self::layer_list::collections;
pub(crate) use self::login::{
    BrokerProblem, LoginPage, LoginProblem, in_plain_words, logged_out, login, not_logged_in,
    not_the_same,
};
pub(crate) use self::portal::{api, conformance, portal};
pub(crate) use self::quality::quality;
pub(crate) use self::queryables::queryables;
pub(crate) use self::revisions::{revision, revisions};
pub(crate) use self::rights::rights;
pub(crate) use self::search::search;
pub(crate) use self::tables::items;
pub(crate) use self::tokens::no_such_token;
pub(crate) use self::user::{UserNotice, UserPage, user, user_path};
pub(crate) use self::users::{UsersPage, users};

use super::answer::Answer;

/// What the map looks like, and what only pages have.
const STYLE_SHEET: &str = concat!(
    include_str!("../../../web/src/css/fonts.css"),
    include_str!("../../../web/src/css/look.css"),
    include_str!("pages/pages.css"),
    include_str!("pages/forms.css"),
    include_str!("pages/photos.css"),
    include_str!("pages/conflicts.css"),
    include_str!("pages/places.css"),
);
/// The sign of Obzor, a sun over the horizon, as the map draws it.
const SIGN: &str = r##"<svg class="mark" viewBox="4 8 24 18" aria-hidden="true" fill="none" stroke-width="2.6" stroke-linecap="round"><path d="M7.5 19a8.5 8.5 0 0 1 17 0" stroke="#f3c65f"/><path d="M5 19.4h22M9 24.2h14" stroke="currentColor"/></svg>"##;

/// What the head of a page holds beside its title.
#[derive(Default)]
struct PageHead {
    /// Where the same is found as a record for programs (JSON-LD).
    record: Option<String>,
    /// The same for search engines.
    data: Option<Json>,
    /// What the query holds that must stay when the language changes.
    query: String,
}

/// Answers with the style sheet of the pages.
pub(crate) async fn style_sheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "max-age=3600"))
        // Written for the map's own, which lies one folder deeper.
        .body(STYLE_SHEET.replace("../fonts/", "fonts/"))
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
    page_with(city, language, title, trail, &PageHead::default(), body)
}

/// Puts a page together that says more in its head.
fn page_with(
    city: &City,
    language: Language,
    title: &str,
    trail: &[(&str, &str)],
    head: &PageHead,
    body: &Markup,
) -> Answer {
    let lang = language.code();
    let markup = html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Obzor" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/pages.css";
                @if let Some(record) = &head.record {
                    link rel="alternate" type=(JSON_LD) href=(record);
                }
                @if let Some(data) = &head.data {
                    script type=(JSON_LD) { (dataset::data_block(data)) }
                }
            }
            body {
                (band(city, language, &head.query))
                @if !trail.is_empty() { (path(trail, language)) }
                main { h1 { (title) } (body) }
                footer {
                    @for source in &city.config.attribution { p { (source) } }
                }
            }
        }
    };
    Answer::html(language, markup.into_string())
}

/// The band at the top: whose data these are, where to go, and the other language.
fn band(city: &City, language: Language, query: &str) -> Markup {
    let lang = language.code();
    let other = match language {
        Language::Czech => ("en", "English"),
        Language::English => ("cs", "Česky"),
    };
    html! {
        header.brand {
            a.home href={ "/?lang=" (lang) } { (PreEscaped(SIGN)) (city.config.title.in_language(language)) }
            @if city.config.sample { span.badge { (say(language, "Ukázková data", "Sample data")) } }
            nav aria-label=(say(language, "Hlavní", "Main")) {
                a href={ "/map#lang=" (lang) } { (say(language, "Mapa", "Map")) }
                a href={ "/catalog?lang=" (lang) } { (say(language, "Otevřená data", "Open data")) }
                a href={ "/collections?f=html&lang=" (lang) } { (say(language, "Vrstvy", "Layers")) }
                a href={ "/quality?lang=" (lang) } { (say(language, "Stav dat", "Data quality")) }
                a href={ "/account?lang=" (lang) } { (say(language, "Účet", "Account")) }
            }
            a.language lang=(other.0) href={ "?lang=" (other.0) (query) } { (other.1) }
        }
    }
}

/// The pages above this one.
fn path(trail: &[(&str, &str)], language: Language) -> Markup {
    html! {
        nav.path aria-label=(say(language, "Cesta", "Path")) {
            @for (place, (name, address)) in trail.iter().enumerate() {
                @if place > 0 { " › " }
                a href={ (address) "?lang=" (language.code()) } { (name) }
            }
        }
    }
}
