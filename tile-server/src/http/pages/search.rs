//! The page of `/search`: what was found by typing, each with where it leads.

use layers::Language;
use maud::{Markup, html};

use crate::city::City;
use crate::http::answer::Answer;
use crate::search::Hit;

use super::{PageHead, page_with, say};

/// At which zoom level the map shows a hit.
const ZOOM: u8 = 17;

/// What was found for a text; nothing is asked yet when it is empty.
pub(crate) fn search(city: &City, text: &str, hits: &[Hit], language: Language) -> Answer {
    let body = html! {
        (form(text, language))
        @if hits.is_empty() && !text.is_empty() {
            p.notice { (say(language,
                "Nic takového tu není. Zkuste méně slov, jen číslo parcely nebo jen název ulice.",
                "Nothing like that is here. Try fewer words, only the parcel's number or only the street's name.")) }
        }
        @if !hits.is_empty() {
            ol.found { @for hit in hits { li { (one(hit, language)) } } }
        }
    };
    let head = PageHead {
        query: format!(
            "&f=html&q={}",
            form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
        ),
        ..PageHead::default()
    };
    let title = say(language, "Hledání", "Search");
    page_with(city, language, title, &[], &head, &body)
}

/// The form by which is searched.
pub(super) fn form(text: &str, language: Language) -> Markup {
    html! {
        form.line method="get" action="/search" role="search" {
            input type="hidden" name="f" value="html";
            input type="hidden" name="lang" value=(language.code());
            label { (say(language, "Parcela, adresa, ulice, obec nebo prvek", "Parcel, address, street, municipality or feature"))
                input type="search" name="q" value=(text) required maxlength="100"
                    placeholder=(say(language, "například 1234/5 Chomutov I", "such as 1234/5 Chomutov I"));
            }
            button { (say(language, "Hledat", "Search")) }
        }
    }
}

fn one(hit: &Hit, language: Language) -> Markup {
    let layer = hit.view.layer();
    let lang = language.code();
    html! {
        p {
            a href={ "/collections/" (layer.id) "/items/" (hit.id) "?f=html&lang=" (lang) } { strong { (hit.title) } }
            " " span.soft { (layer.title.in_language(language)) }
        }
        @if let Some(place) = &hit.place {
            p.soft {
                a href={ "/what-is-here?f=html&lang=" (lang) "&feature=" (layer.id) "/" (hit.id) } {
                    (say(language, "Co je zde", "What is here"))
                }
                " · "
                a href={
                    "/map#map=" (ZOOM) "/" (format!("{:.5}/{:.5}", place.center[1], place.center[0]))
                    "&lang=" (lang) "&feature=" (layer.id) "/" (hit.fid)
                } { (say(language, "Ukázat v mapě", "Show on the map")) }
            }
        }
    }
}
