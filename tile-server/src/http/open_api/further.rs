//! The doors beside features, tiles and catalogues: what changed, how the data are, how they are drawn, how the program is.

use serde_json::{Map, Value as Json, json};

use crate::http::links::{HTML, JSON};
use crate::http::schema::GEO_JSON_FEATURE;

use super::{OPEN_API, operation, page_parameters, path_parameter, refer};

const REVISIONS: &str = "/revisions";
const REVISION: &str = "/revisions/{number}";
const PLAIN: &str = "text/plain";

/// Path, name, what it is, parameters, media type.
type Reading = (&'static str, &'static str, &'static str, Json, &'static str);

/// Describes these doors.
pub(super) fn paths() -> Map<String, Json> {
    let mut paths = Map::new();
    let all = of_data().into_iter();
    for (path, id, summary, parameters, media_type) in all.chain(of_drawing()).chain(of_program()) {
        let described = operation(id, summary, &parameters, media_type);
        paths.insert(path.to_owned(), described);
    }
    for path in [REVISIONS, REVISION] {
        paths[path]["get"]["security"] = json!([{ "token": [] }, { "tokenAsPassword": [] }]);
    }
    paths
}

fn of_data() -> [Reading; 6] {
    let (page, lang) = (page_parameters, json!([refer("lang")]));
    [
        (
            "/api",
            "getDescription",
            "This description",
            page(),
            OPEN_API,
        ),
        (
            "/changes",
            "getChanges",
            "What changed of a layer since a revision",
            changes(),
            JSON,
        ),
        (
            REVISIONS,
            "getRevisions",
            "Change sets of features that you may change",
            revisions(),
            JSON,
        ),
        (
            REVISION,
            "getRevision",
            "One change set, with every difference",
            revision(),
            JSON,
        ),
        (
            "/quality",
            "getQuality",
            "Which rules stored features break",
            page(),
            JSON,
        ),
        ("/rights", "getRights", "Who sees and does what", lang, HTML),
    ]
}

fn of_drawing() -> [Reading; 5] {
    let drawn = || json!([path_parameter("id"), refer("lang")]);
    let file = || json!([path_parameter("file")]);
    let lang = json!([refer("lang")]);
    [
        (
            "/styles/{id}.json",
            "getStyle",
            "A MapLibre style",
            drawn(),
            JSON,
        ),
        (
            "/styles/{id}/legend.json",
            "getLegend",
            "The legend of a style",
            drawn(),
            JSON,
        ),
        (
            "/fonts/{file}",
            "getFont",
            "A font of the styles",
            file(),
            "*/*",
        ),
        (
            "/sprites/{file}",
            "getSprite",
            "Pictures of the styles",
            file(),
            "*/*",
        ),
        (
            "/map/config.json",
            "getMapConfig",
            "What the web map shows",
            lang,
            JSON,
        ),
    ]
}

fn of_program() -> [Reading; 4] {
    let none = || json!([]);
    [
        (
            "/robots.txt",
            "getRobots",
            "What robots leave alone",
            none(),
            PLAIN,
        ),
        (
            "/livez",
            "isAlive",
            "Whether the program runs",
            none(),
            PLAIN,
        ),
        ("/readyz", "isReady", "Whether it can answer", none(), PLAIN),
        (
            "/healthz",
            "isHealthy",
            "Whether it answers with the newest state",
            none(),
            PLAIN,
        ),
    ]
}

/// Returns the parameters by which a long answer comes in parts.
pub(super) fn slice(from: &str) -> [Json; 2] {
    let number = json!({ "type": "integer", "minimum": 1 });
    [query("limit", &number), query(from, &number)]
}

/// Returns the parameters of a layer's schema: of its properties, or of whole features.
pub(super) fn schema_parameters() -> Json {
    let of = json!({ "type": "string", "enum": [GEO_JSON_FEATURE] });
    json!([query("of", &of), refer("lang")])
}

fn query(name: &str, schema: &Json) -> Json {
    json!({ "name": name, "in": "query", "required": false, "schema": schema })
}

fn text() -> Json {
    json!({ "type": "string" })
}

fn changes() -> Json {
    let number = json!({ "type": "integer", "minimum": 0 });
    let mut layer = query("layer", &text());
    layer["required"] = true.into();
    let mut since = query("since", &number);
    since["required"] = true.into();
    let [limit, cursor] = slice("cursor");
    json!([
        layer,
        since,
        query("until", &number),
        cursor,
        limit,
        refer("lang")
    ])
}

fn revisions() -> Json {
    let code = json!({ "type": "integer" });
    let [limit, before] = slice("before");
    json!([
        refer("f"),
        refer("lang"),
        refer("datetime"),
        query("layer", &text()),
        query("author", &text()),
        query("municipality", &code),
        before,
        limit,
    ])
}

fn revision() -> Json {
    let [limit, cursor] = slice("cursor");
    json!([
        path_parameter("number"),
        refer("f"),
        refer("lang"),
        query("layer", &text()),
        cursor,
        limit
    ])
}
