//! The page of one layer: what it is, where its features are, some of them, and how to take them away.

use layers::{Feature, FeatureQuery, Language, LayerView, StoreError};
use maud::{Markup, html};

use crate::city::City;
use crate::http::answer::Answer;
use crate::http::items_query::MAX_LIMIT;

use super::connect::connect;
use super::downloads::downloads;
use super::overview::overview;
use super::portal::{field_table, grouped};
use super::tables::{age, feature_table};
use super::{page, say};

/// How many features are shown to give an idea.
const SHOWN: u64 = 5;

/// One layer; `base` is the address before every path. Features show as everybody may see them: who sees more looks at
/// the table, where it is written down.
pub(crate) fn collection(
    city: &City,
    view: &LayerView,
    language: Language,
    base: &str,
) -> Result<Answer, StoreError> {
    let layer = view.layer();
    let count = city.reading.count(&FeatureQuery::new(view.clone()))?;
    let public = city.public_layer(layer.id.as_str());
    let here = format!("/collections/{}", layer.id);
    let lang = language.code();
    let body = html! {
        p.lead { (layer.description.in_language(language)) }
        @if !view.is_public() { p.notice { (not_public(language)) } }
        (facts(city, view, count, language))
        p {
            a.button href={ (here) "/items?f=html&lang=" (lang) } { (say(language, "Prohlížet tabulku", "Browse the table")) }
            @if layer.geometry.is_some() {
                " " a.button href={ "/map#on=" (layer.id) "&lang=" (lang) } { (say(language, "Otevřít v mapě", "Open on the map")) }
            }
        }
        @if let Some(public) = &public {
            (overview(city, public, language)?)
            (first_look(city, public, language)?)
        }
        (downloads(view, &|format| whole(&here, format), language))
        (connect(&layer.id, base, language))
        h2 id="fields" { (say(language, "Údaje", "Fields")) }
        (field_table(view.fields(), language))
        p.soft {
            a href={ (here) "/queryables?f=html&lang=" (lang) } { (say(language, "Podle čeho filtrovat", "What to filter by")) }
            " · " a href={ (here) "/schema" } { "JSON Schema" }
            @if layer.geometry.is_some() { " · " a href={ "/tiles/" (layer.id) } { "TileJSON" } }
            " · " a href={ (here) "?f=json" } { "JSON" }
        }
    };
    let trail = [(say(language, "Vrstvy", "Layers"), "/collections")];
    let title = layer.title.in_language(language);
    Ok(page(city, language, title, &trail, &body))
}

/// Returns the address of all features of a layer in a format.
fn whole(here: &str, format: &str) -> String {
    match format {
        "json" => format!("{here}/items?f=json&limit={MAX_LIMIT}"),
        _ => format!("{here}/items?f={format}"),
    }
}

fn first_look(city: &City, view: &LayerView, language: Language) -> Result<Markup, StoreError> {
    let first = FeatureQuery {
        limit: Some(SHOWN),
        ..FeatureQuery::new(view.clone())
    };
    let first: Vec<Feature> = city.reading.read(&first)?.collect::<Result<_, _>>()?;
    Ok(html! {
        @if !first.is_empty() {
            h2 { (say(language, "Ukázka", "A first look")) }
            (feature_table(view, &first, None, language))
        }
    })
}

fn not_public(language: Language) -> &'static str {
    say(
        language,
        "Vidíte i to, co není veřejné. Co si odtud odnesete, zapisuje se do auditní stopy.",
        "You see what is not public, too. What you take away from here is written in the audit log.",
    )
}

fn facts(city: &City, view: &LayerView, count: u64, language: Language) -> Markup {
    let layer = view.layer();
    html! { dl {
        dt { (say(language, "Prvků", "Features")) } dd { (grouped(count)) }
        dt { (say(language, "Odpovídá", "Steward")) } dd { (layer.steward) }
        dt { (say(language, "Mění se", "Changes")) } dd { (how_often(&layer.update_frequency, language)) }
        (age(city, view, language))
    } }
}

/// Writes a duration of ISO 8601 as people do; one that is none of the usual stays as it is.
fn how_often(duration: &str, language: Language) -> &str {
    match duration {
        "P1D" => say(language, "denně", "daily"),
        "P1W" | "P7D" => say(language, "týdně", "weekly"),
        "P1M" => say(language, "měsíčně", "monthly"),
        "P3M" => say(language, "čtvrtletně", "every quarter"),
        "P6M" => say(language, "dvakrát ročně", "twice a year"),
        "P1Y" => say(language, "ročně", "yearly"),
        other => other,
    }
}
