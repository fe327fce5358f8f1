//! The page of `/what-is-here`: a picture of the place, and what lies there, layer by layer.

use layers::Language;
use maud::{Markup, html};

use crate::city::City;
use crate::here::{LayerHere, Lies};
use crate::http::answer::Answer;
use crate::http::here::{Found, Subject};
use crate::search::Place;

use super::drawing::{Frame, in_metres};
use super::picture::picture;
use super::portal::grouped;
use super::{PageHead, page, page_with, say};

/// At which zoom level the map shows a place.
const ZOOM: u8 = 17;
/// The least side of the picture, in metres.
const SPAN_MIN: f64 = 60.0;
/// How large points are in the picture, in pixels.
const DOT: f64 = 4.0;

/// The page that asks about which place.
pub(crate) fn ask_what_is_here(city: &City, language: Language) -> Answer {
    let body = html! {
        p.lead { (say(language,
            "Najděte parcelu, adresu nebo ulici. Dozvíte se, co v tom místě leží ze všech vrstev, které smíte vidět.",
            "Find a parcel, an address or a street, and see what lies there of all layers that you may see.")) }
        (forms(language))
    };
    page(city, language, heading(language), &[], &body)
}

/// What lies at a place.
pub(crate) fn what_is_here(city: &City, found: &Found, language: Language) -> Answer {
    let subject = &found.subject;
    let body = html! {
        p.lead { (what_was_asked(subject, language)) }
        (drawn(city, found, language))
        @if let Some(address) = map_address(found, language) {
            p { a.button href=(address) { (say(language, "Otevřít v mapě", "Open on the map")) } }
        }
        @if found.layers.is_empty() {
            p.notice { (say(language,
                "Z vrstev, které smíte vidět, tu není nic zakresleno.",
                "Nothing is drawn here in the layers that you may see.")) }
        }
        @for here in &found.layers { (layer(here, language)) }
        h2 { (say(language, "Jiné místo", "Another place")) }
        (forms(language))
    };
    let head = PageHead {
        query: asked_again(subject),
        ..PageHead::default()
    };
    let trail = [(heading(language), "/what-is-here")];
    let title = subject.title.as_deref().unwrap_or(heading(language));
    page_with(city, language, title, &trail, &head, &body)
}

fn heading(language: Language) -> &'static str {
    say(language, "Co je zde", "What is here")
}

/// Writes how much of something lies at a place.
pub(super) fn quantity(lies: Lies, language: Language) -> String {
    match lies {
        Lies::Near(metres) if metres < 0.005 => say(language, "přímo zde", "right here").to_owned(),
        Lies::Near(metres) => {
            let metres = in_metres(metres, language);
            match language {
                Language::Czech => format!("{metres} odtud"),
                Language::English => format!("{metres} from here"),
            }
        }
        Lies::Inside => say(language, "uvnitř", "inside").to_owned(),
        Lies::Along(metres) => exact(metres, "m", language),
        Lies::Over(square_metres) => exact(square_metres, "m²", language),
    }
}

/// Writes a number to a tenth of its unit, from a hundred on to the unit.
fn exact(number: f64, unit: &str, language: Language) -> String {
    if number >= 100.0 {
        return format!("{}\u{a0}{unit}", grouped(number.round() as u64));
    }
    let text = format!("{number:.1}\u{a0}{unit}");
    match language {
        Language::Czech => text.replace('.', ","),
        Language::English => text,
    }
}

fn what_was_asked(subject: &Subject, language: Language) -> Markup {
    let at = Place::of(&subject.spot.geometry()).map(|place| place.center);
    html! {
        @match (&subject.feature, subject.spot.reach()) {
            (Some((view, id)), _) => {
                (say(language, "Co leží v prvku", "What lies in the feature")) " "
                a href={ "/collections/" (view.layer().id) "/items/" (id) "?f=html&lang=" (language.code()) } {
                    (subject.title.as_deref().unwrap_or_default())
                }
            }
            (None, Some(reach)) => {
                (say(language, "Co leží v okruhu", "What lies within")) " " (in_metres(reach, language)) " "
                (say(language, "od místa", "of the place"))
                @if let Some([lon, lat]) = at { " " (format!("{lat:.5}, {lon:.5}")) }
            }
            (None, None) => (say(language, "Co leží v nakreslené ploše", "What lies in the drawn area")),
        }
        @if let Some(extent) = subject.spot.extent() { " (" (quantity(extent, language)) ")" }
        "."
    }
}

fn drawn(city: &City, found: &Found, language: Language) -> Markup {
    let subject = found.subject.spot.geometry();
    let Some(frame) = Frame::around(std::iter::once(&subject), SPAN_MIN) else {
        return html! {};
    };
    let lying = found.layers.iter().flat_map(|here| &here.features);
    let inner = html! {
        g.ground { @for geometry in &city.ground(frame.bbox()) { (frame.draw(geometry, DOT)) } }
        g.asked { (frame.draw(&subject, 2.0 * DOT)) }
        g.lying { @for one in lying { (frame.draw(&one.geometry, DOT)) } }
    };
    let key = [
        (
            "asked",
            say(language, "na co se ptáte", "what you ask about"),
        ),
        ("lying", say(language, "co tu leží", "what lies here")),
    ];
    picture(&frame, &inner, heading(language), &key, language)
}

fn layer(here: &LayerHere, language: Language) -> Markup {
    let layer = here.view.layer();
    let lang = language.code();
    let totals = [
        (here.length, Lies::Along(here.length)),
        (here.area, Lies::Over(here.area)),
    ];
    let totals = totals.into_iter().filter(|(much, _)| *much > 0.0);
    let more = here.count.saturating_sub(here.features.len() as u64);
    html! {
        h2 {
            a href={ "/collections/" (layer.id) "?f=html&lang=" (lang) } { (layer.title.in_language(language)) }
            " " span.count { (grouped(here.count)) @for (_, total) in totals { " · " (quantity(total, language)) } }
        }
        @if here.is_away {
            p.notice { (say(language,
                "Vrstvu vede jiný program a jeho databáze teď neodpovídá. Zkuste to později.",
                "Other software keeps this layer, and its database does not answer now. Try again later.")) }
        }
        @if !here.features.is_empty() { ul.lying {
            @for one in &here.features { li {
                a href={ "/collections/" (layer.id) "/items/" (one.id) "?f=html&lang=" (lang) } { (one.title) }
                " " span.count { (quantity(one.lies, language)) }
            } }
        } }
        @if more > 0 {
            p.soft { (say(language, "a dalších", "and further")) " " (grouped(more)) }
        }
    }
}

fn map_address(found: &Found, language: Language) -> Option<String> {
    let [lon, lat] = Place::of(&found.subject.spot.geometry())?.center;
    let lang = language.code();
    Some(format!("/map#map={ZOOM}/{lat:.5}/{lon:.5}&lang={lang}"))
}

/// Returns the query by which the same is asked again; a drawn area is too long for it.
fn asked_again(subject: &Subject) -> String {
    let point = || {
        let reach = subject.spot.reach()?;
        let [lon, lat] = Place::of(&subject.spot.geometry())?.center;
        Some(format!("&f=html&point={lon:.7},{lat:.7}&radius={reach}"))
    };
    match &subject.feature {
        Some((view, id)) => format!("&f=html&feature={}/{id}", view.layer().id),
        None => point().unwrap_or_default(),
    }
}

/// The forms that lead to a place.
fn forms(language: Language) -> Markup {
    html! {
        (super::search::form("", language))
        form.line method="get" action="/what-is-here" {
            input type="hidden" name="f" value="html";
            input type="hidden" name="lang" value=(language.code());
            label { (say(language, "Nebo místo ve stupních: délka, šířka", "Or a place in degrees: longitude, latitude"))
                input name="point" required placeholder="13.41, 50.46" inputmode="text" autocomplete="off";
            }
            button { (say(language, "Co je zde", "What is here")) }
        }
    }
}
