//! `/collections/{layer}/queryables`: what features may be asked for by, as JSON Schema (OGC API Features Part 3).

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::cql2::GEOMETRY;
use layers::{FieldType, GeometryType, Language, LayerView};
use serde_json::{Map, Value as Json, json};

use crate::city::City;

use super::answer::Answer;
use super::asker::Asker;
use super::error::HttpError;
use super::links::{self, JSON_SCHEMA};
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::schema::field_schema;

/// The relation of the link to them.
pub(crate) const RELATION: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";

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
        properties.insert(GEOMETRY.to_owned(), geometry(kind, language));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here,
        "title": view.layer().title.in_language(language),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// Describes the geometry by the formats of OGC API Features Part 5.
fn geometry(kind: GeometryType, language: Language) -> Json {
    let format = match kind {
        GeometryType::Point => "geometry-point",
        GeometryType::LineString => "geometry-linestring",
        GeometryType::Polygon => "geometry-polygon",
        GeometryType::MultiLineString => "geometry-multilinestring",
        GeometryType::MultiPolygon => "geometry-multipolygon",
    };
    let title = match language {
        Language::Czech => "Geometrie",
        Language::English => "Geometry",
    };
    json!({ "title": title, "format": format, "x-ogc-role": "primary-geometry" })
}
