//! `/api`: the interface described by OpenAPI 3.0, made from the layers, so that clients know limits and fields.

use actix_web::HttpRequest;
use actix_web::web::Data;
use catalog::JSON_LD;
use layers::{Language, LayerView};
use serde_json::{Map, Value as Json, json};

use crate::city::City;

mod attachments;
mod features;
mod further;
mod places;
mod refusals;
mod writing;

use super::answer::Answer;
use super::crs;
use super::edit::REASON_MAX;
use super::error::HttpError;
use super::events::EVENT_STREAM;
use super::formats;
use super::items_filter;
use super::items_query::{DEFAULT_LIMIT, MAX_LIMIT, queryable_fields};
use super::links::{self, GEO_JSON, HTML, JSON, JSON_SCHEMA, OPEN_API};
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::tiles::MVT;

/// Answers with the description, as JSON or as a page that says what it is.
pub(crate) async fn document(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    if preferences::format(&req, &parameters)? == Format::Html {
        return Ok(pages::api(&city, language));
    }
    let base = links::base_url(&req, &city)?;
    let body = describe(&city, language, &base).to_string();
    Ok(Answer::new(OPEN_API, body))
}

fn describe(city: &City, language: Language, base: &str) -> Json {
    let mut paths = portal_paths();
    for view in city.public_layers() {
        paths.extend(layer_paths(&view, language));
        paths.extend(attachments::paths(&view));
    }
    paths.extend(writing::operations());
    paths.extend(catalog_paths());
    paths.extend(map_paths());
    paths.extend(further::paths());
    paths.extend(places::paths());
    refusals::add(&mut paths);
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": city.config.title.in_language(language),
            "description": pages::about(city, language),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": {
            "parameters": shared_parameters(),
            "responses": refusals::responses(),
            "schemas": features::schemas(city, language),
            "securitySchemes": writing::security_schemes(),
        },
    })
}

fn portal_paths() -> Map<String, Json> {
    let page = |id: &str, summary: &str| operation(id, summary, &page_parameters(), JSON);
    Map::from_iter([
        ("/".to_owned(), page("getLandingPage", "Landing page")),
        (
            "/conformance".to_owned(),
            page("getConformance", "Conformance classes"),
        ),
        (
            "/collections".to_owned(),
            operation(
                "getCollections",
                "All layers, or those whose titles have words that begin so",
                &json!([wanted_word(), refer("f"), refer("lang")]),
                JSON,
            ),
        ),
    ])
}

fn wanted_word() -> Json {
    json!({ "name": "q", "in": "query", "required": false, "schema": { "type": "string" } })
}

fn layer_paths(view: &LayerView, language: Language) -> [(String, Json); 7] {
    let id = view.layer().id.as_str();
    let path = format!("/collections/{id}");
    let get = |what: &str, parameters: &Json, media_type| {
        let title = view.layer().title.in_language(language);
        operation(&format!("{what}_{id}"), title, parameters, media_type)
    };
    let one = json!([
        refer("featureId"),
        refer("f"),
        refer("lang"),
        refer("datetime"),
        refer("crs"),
    ]);
    let schema = get("getSchema", &further::schema_parameters(), JSON_SCHEMA);
    let versions = [refer("featureId"), refer("f"), refer("lang")];
    let versions = versions.into_iter().chain(further::slice("before"));
    let history = get("getHistory", &versions.collect(), JSON);
    let mut items = get("getFeatures", &items_parameters(view, language), GEO_JSON);
    let answers = &mut items["get"]["responses"];
    for file in formats::media_types(view) {
        answers["200"]["content"][file]["schema"] = json!({ "type": "string", "format": "binary" });
    }
    answers["200"]["content"][HTML]["schema"] = json!({ "type": "string" });
    answers["200"]["content"][GEO_JSON]["schema"] = features::page_of(id);
    answers["206"] = json!({ "description": "The part of a file that Range asks for" });
    items["post"] = writing::create(id);
    let mut item = get("getFeature", &one, GEO_JSON);
    item["get"]["responses"]["200"]["content"][GEO_JSON]["schema"] = features::one_of(id);
    item["patch"] = writing::update(id);
    item["put"] = writing::replace(id);
    item["delete"] = writing::remove(id);
    [
        (path.clone(), get("getCollection", &page_parameters(), JSON)),
        (
            format!("{path}/queryables"),
            get("getQueryables", &page_parameters(), JSON_SCHEMA),
        ),
        (
            format!("{path}/sortables"),
            get("getSortables", &json!([refer("lang")]), JSON_SCHEMA),
        ),
        (format!("{path}/items"), items),
        (format!("{path}/items/{{featureId}}"), item),
        (format!("{path}/items/{{featureId}}/history"), history),
        (format!("{path}/schema"), schema),
    ]
}

fn catalog_paths() -> Map<String, Json> {
    let get = |path: &str, id: &str, summary: &str, media_type: &str| {
        let names = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut parameters: Vec<Json> = names.map(path_parameter).collect();
        if media_type == JSON_LD {
            parameters.extend([refer("f"), refer("lang")]);
        }
        let described = operation(id, summary, &json!(parameters), media_type);
        (path.to_owned(), described)
    };
    let catalog = "/catalog/{municipality}";
    let dataset = &format!("{catalog}/datasets/{{id}}");
    let distribution = &format!("{dataset}/distributions/{{format}}");
    let download = "/downloads/{dataset}/{number}/{file}";
    let page = operation("getCatalogs", "All catalogues", &page_parameters(), JSON);
    Map::from_iter([
        ("/catalog".to_owned(), page),
        get(
            catalog,
            "getCatalog",
            "The catalogue of a municipality",
            JSON_LD,
        ),
        get(dataset, "getDataset", "A published dataset", JSON_LD),
        get(
            distribution,
            "getDistribution",
            "One format of a dataset",
            JSON_LD,
        ),
        get(
            download,
            "download",
            "A file of a release; `latest` is a number too",
            "*/*",
        ),
    ])
}

fn map_paths() -> Map<String, Json> {
    let tile = json!([
        refer("layers"),
        grid_place("z"),
        grid_place("x"),
        grid_place("y")
    ]);
    let tile_json = json!([refer("layers"), refer("lang")]);
    let mut tile = operation("getTile", "A vector tile", &tile, MVT);
    tile["get"]["responses"]["204"] = json!({ "description": "The tile is empty" });
    Map::from_iter([
        (
            "/tiles/{layers}".to_owned(),
            operation("getTileJson", "TileJSON of layers", &tile_json, JSON),
        ),
        ("/tiles/{layers}/{z}/{x}/{y}".to_owned(), tile),
        (
            "/events".to_owned(),
            operation(
                "getEvents",
                "The tiles that change, as server-sent events",
                &json!([listed_layers()]),
                EVENT_STREAM,
            ),
        ),
    ])
}

fn page_parameters() -> Json {
    json!([refer("f"), refer("lang")])
}

fn operation(id: &str, summary: &str, parameters: &Json, media_type: &str) -> Json {
    let mut content = json!({ media_type: {} });
    if [JSON, GEO_JSON, JSON_LD, JSON_SCHEMA].contains(&media_type) {
        content = json!({ media_type: { "schema": { "type": "object" } } });
    }
    let has_pages = parameters
        .as_array()
        .is_some_and(|all| all.contains(&refer("f")));
    if has_pages {
        content[HTML] = json!({ "schema": { "type": "string" } });
    }
    json!({ "get": {
        "operationId": id,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": summary, "content": content },
        },
    } })
}

fn items_parameters(view: &LayerView, language: Language) -> Json {
    let shared = [
        "lang",
        "limit",
        "offset",
        "cursor",
        "bbox",
        "bbox-crs",
        "crs",
        "sortby",
        "properties",
        "datetime",
        "filter",
        "filter-lang",
        "filter-crs",
    ];
    let shared = shared.map(refer);
    let format = json!({
        "name": "f",
        "in": "query",
        "required": false,
        "schema": { "type": "string", "enum": formats::names(view) },
    });
    let fields = queryable_fields(view).map(|field| {
        json!({
            "name": field.name,
            "in": "query",
            "description": field.title.in_language(language),
            "required": false,
            "schema": features::value_schema(field, language),
        })
    });
    let all = [format].into_iter().chain(shared).chain(fields);
    all.collect()
}

fn refer(name: &str) -> Json {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

fn shared_parameters() -> Json {
    let query = |name: &str, schema: Json| json!({ "name": name, "in": "query", "required": false, "style": "form", "explode": false, "schema": schema });
    let limit =
        json!({ "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT });
    let number_list = |count: usize| json!({ "type": "array", "minItems": count, "maxItems": count, "items": { "type": "number" } });
    json!({
        "f": query("f", json!({ "type": "string", "enum": ["json", "html"] })),
        "lang": query("lang", json!({ "type": "string", "enum": ["cs", "en"] })),
        "limit": query("limit", limit),
        "offset": query("offset", json!({ "type": "integer", "minimum": 0, "default": 0 })),
        "cursor": query("cursor", json!({ "type": "string" })),
        "sortby": query("sortby", text_list(1)),
        "properties": query("properties", text_list(0)),
        "bbox": query("bbox", json!({ "type": "array", "oneOf": [number_list(4), number_list(6)], "items": { "type": "number" } })),
        "datetime": query("datetime", json!({ "type": "string" })),
        "filter": query("filter", json!({ "type": "string" })),
        "filter-lang": query("filter-lang", json!({ "type": "string", "enum": items_filter::LANGUAGES, "default": items_filter::LANGUAGES[0] })),
        "crs": query("crs", in_system()),
        "bbox-crs": query("bbox-crs", in_system()),
        "filter-crs": query("filter-crs", in_system()),
        "featureId": path_parameter("featureId"),
        "reason": query("reason", json!({ "type": "string", "maxLength": REASON_MAX })),
        "ifMatch": { "name": "If-Match", "in": "header", "required": true, "schema": { "type": "string" } },
        "contentCrs": { "name": "Content-Crs", "in": "header", "required": false, "schema": { "type": "string" } },
        "layers": path_parameter("layers"),
    })
}

fn text_list(least: usize) -> Json {
    json!({ "type": "array", "minItems": least, "items": { "type": "string" } })
}

fn in_system() -> Json {
    let uris = crs::uris();
    json!({ "type": "string", "format": "uri", "enum": uris, "default": uris[0] })
}

fn path_parameter(name: &str) -> Json {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn grid_place(name: &str) -> Json {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "integer", "minimum": 0 } })
}

fn listed_layers() -> Json {
    let text = json!({ "type": "string" });
    json!({ "name": "layers", "in": "query", "required": false, "schema": text })
}
