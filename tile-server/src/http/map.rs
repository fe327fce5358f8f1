//! `/map`: the web map, its configuration and its files.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use layers::{Field, FieldType, Language, LayerView};
use rust_embed::RustEmbed;
use serde_json::{Value as Json, json};

use crate::city::City;

use super::answer::Answer;
use super::error::HttpError;
use super::parameters::Parameters;
use super::{preferences, styles};

/// The web app as `npm run build` leaves it; empty when it was not built before the program.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct WebApp;

/// Answers with the page of the web map.
pub(crate) async fn page(req: HttpRequest) -> Result<HttpResponse, HttpError> {
    let page = WebApp::get("index.html").ok_or(HttpError::MapNotBuilt)?;
    Ok(styles::file(&req, "index.html", page.data.into_owned()))
}

/// Answers with a file of the web app.
pub(crate) async fn asset(req: HttpRequest, name: Path<String>) -> Result<HttpResponse, HttpError> {
    let file = WebApp::get(&name).ok_or(HttpError::NoSuchPage)?;
    Ok(styles::file(&req, &name, file.data.into_owned()))
}

/// Answers with what the web map needs to know of this city.
pub(crate) async fn config(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    Ok(Answer::json(&describe(&city, preferences::language(&req))))
}

fn describe(city: &City, language: Language) -> Json {
    let code = language.code();
    let groups: Vec<Json> = city
        .layers()
        .groups()
        .iter()
        .map(|group| {
            let views = city
                .public_layers()
                .filter(|view| view.layer().group == group.id);
            let layers: Vec<Json> = views.map(|view| layer(&view, language)).collect();
            json!({ "id": group.id, "title": group.title.in_language(language), "layers": layers })
        })
        .filter(|group| {
            group["layers"]
                .as_array()
                .is_some_and(|layers| !layers.is_empty())
        })
        .collect();
    json!({
        "title": city.config.title.in_language(language),
        "sample": city.config.sample,
        "language": code,
        "start": city.config.start.map(|start| json!({ "center": start.center, "zoom": start.zoom })),
        "attribution": city.config.attribution,
        "style": format!("/styles/city.json?lang={code}"),
        "groups": groups,
    })
}

fn layer(view: &LayerView, language: Language) -> Json {
    let layer = view.layer();
    json!({
        "id": layer.id.as_str(),
        "title": layer.title.in_language(language),
        "description": layer.description.in_language(language),
        "geometry": layer.geometry.map(|kind| format!("{kind:?}")),
        "min_zoom": layer.zooms.min,
        "fields": fields(view.fields(), language),
    })
}

fn fields<'a>(all: impl Iterator<Item = &'a Field>, language: Language) -> Vec<Json> {
    all.map(|field| {
        let mut json = json!({
            "name": field.name,
            "title": field.title.in_language(language),
            "unit": field.unit,
            "type": type_name(&field.field_type),
        });
        if let Some(list) = &field.codes {
            let code = |code: &layers::Code| {
                json!({
                    "value": layers::to_json(&field.field_type, &code.value),
                    "title": code.title.in_language(language),
                })
            };
            json["codes"] = list.codes.iter().map(code).collect();
        }
        if let FieldType::List(items) = &field.field_type {
            json["items"] = fields(items.iter(), language).into();
        }
        json
    })
    .collect()
}

fn type_name(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::Text => "text",
        FieldType::Integer => "integer",
        FieldType::Real => "real",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Timestamp => "timestamp",
        FieldType::List(_) => "list",
        FieldType::Reference(_) => "reference",
    }
}
