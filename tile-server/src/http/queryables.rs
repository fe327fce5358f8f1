//! `/collections/{layer}/queryables` and `…/sortables`: by what features may be asked for and sorted, as JSON Schema
//! (OGC API Features Parts 3, 5 and 8).

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::cql2::GEOMETRY;
use layers::{FieldType, Language, LayerView};
use serde_json::{Map, Value as Json, json};

use crate::city::City;

use super::answer::Answer;
use super::asker::Asker;
use super::error::HttpError;
use super::items_order;
use super::links::{self, JSON_SCHEMA};
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::schema::{field_schema, geometry_schema};

/// The relation of the link to what features may be asked for by.
pub(crate) const QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
/// The relation of the link to what features may be sorted by.
pub(crate) const SORTABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/sortables";

/// Answers with the queryables of one layer.
pub(crate) async fn of_layer(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let view = Asker::of(&req, &city).await?.view(&city, &path)?;
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    if preferences::format(&req, &parameters)? == Format::Html {
        return Ok(pages::queryables(&city, &view, language));
    }
    let base = links::base_url(&req, &city)?;
    let here = format!("{base}/collections/{}/queryables", view.layer().id);
    Ok(Answer::new(
        JSON_SCHEMA,
        describe(&view, language, &here).to_string(),
    ))
}

/// Answers with the sortables of one layer.
pub(crate) async fn sortables(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let view = Asker::of(&req, &city).await?.view(&city, &path)?;
    Parameters::read(&req, &[])?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    let here = format!("{base}/collections/{}/sortables", view.layer().id);
    let fields = view
        .fields()
        .filter(|field| items_order::is_sortable(field));
    let fields = fields.map(|field| (field.name.clone(), field_schema(field, language)));
    let schema = as_schema(&view, language, &here, &fields.collect());
    Ok(Answer::new(JSON_SCHEMA, schema.to_string()))
}

fn describe(view: &LayerView, language: Language, here: &str) -> Json {
    let mut properties = Map::new();
    for field in view.fields() {
        match &field.field_type {
            FieldType::List(columns) => properties.extend(columns.iter().map(|column| {
                let (list, column_title) = (&field.title, column.title.in_language(language));
                let items = json!({
                    "type": "array",
                    "title": format!("{}: {column_title}", list.in_language(language)),
                    "items": field_schema(column, language),
                });
                (format!("{}.{}", field.name, column.name), items)
            })),
            _ => drop(properties.insert(field.name.clone(), field_schema(field, language))),
        }
    }
    if let Some(kind) = view.layer().geometry {
        let mut schema = geometry_schema(kind);
        schema["title"] = match language {
            Language::Czech => "Geometrie",
            Language::English => "Geometry",
        }
        .into();
        properties.insert(GEOMETRY.to_owned(), schema);
    }
    as_schema(view, language, here, &properties)
}

fn as_schema(
    view: &LayerView,
    language: Language,
    here: &str,
    properties: &Map<String, Json>,
) -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here,
        "title": view.layer().title.in_language(language),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}
