//! Editors change single features over HTTP: what is theirs, what they saw, what is right, and nothing gets lost.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::{City, run};

mod conflict;
mod findings;
mod geometry;
mod rights;
mod seen;
mod undo;
mod whole;

pub(crate) const LAMPS: &str = "/collections/street-lights/items";
pub(crate) const TOWN: i64 = 562_971;
pub(crate) const VILLAGE: i64 = 564_729;
/// Teaches a connection to PostgreSQL what the tests say to SQLite.
const WORDS_OF_SQLITE: &str = "SET search_path = obzor, public;
    CREATE TEMP VIEW obzor_revisions AS SELECT * FROM obzor_store.revisions;
    CREATE OR REPLACE FUNCTION hex(geometry) RETURNS text LANGUAGE sql AS 'SELECT upper(encode(ST_AsBinary($1), ''hex''))';
    CREATE OR REPLACE FUNCTION quote(anyelement) RETURNS text LANGUAGE sql AS 'SELECT quote_nullable($1::text)';";

/// Somebody with a token.
pub(crate) struct Editor<'a> {
    city: &'a City,
    token: String,
}

impl<'a> Editor<'a> {
    /// Adds an editor of a municipality.
    pub(crate) fn new(city: &'a City, name: &str, municipality: i64) -> Self {
        let code = municipality.to_string();
        obzor(city, &["user", "add", name, "--municipality", &code]);
        Self::with_token(city, name, &[])
    }

    /// Makes one more token of somebody.
    pub(crate) fn with_token(city: &'a City, name: &str, options: &[&str]) -> Self {
        let arguments = [&["user", "token", name], options].concat();
        let token = obzor(city, &arguments).trim().to_owned();
        Self { city, token }
    }

    /// Returns somebody who has a token already.
    pub(crate) fn of_token(city: &'a City, token: String) -> Self {
        Self { city, token }
    }

    pub(crate) fn into_token(self) -> String {
        self.token
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        self.city.get_with(path, &[("authorization", &bearer)])
    }

    pub(crate) fn send(&self, method: &str, path: &str, etag: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/geo+json"),
        ];
        if !etag.is_empty() {
            headers.push(("if-match", etag));
        }
        let text = body.to_string();
        let text = if body.is_null() { "" } else { &text };
        Answer::try_send(method, &self.city.url(path), &headers, text).unwrap()
    }

    /// Sends a body of some media type without saying what was seen.
    pub(crate) fn send_as(&self, method: &str, path: &str, media_type: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", media_type),
        ];
        Answer::try_send(method, &self.city.url(path), &headers, body).unwrap()
    }

    /// Changes properties, which must succeed.
    pub(crate) fn patch(&self, path: &str, etag: &str, properties: &Value) -> Answer {
        let answer = self.send("PATCH", path, etag, &feature(properties));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    /// Adds a lamp, which must succeed, and returns its path and entity tag.
    pub(crate) fn add_lamp(&self, municipality: i64, code: &str) -> (String, String) {
        let made = self.send("POST", LAMPS, "", &lamp(municipality, code));
        assert_eq!(made.status, 201, "{}", made.text());
        let path = made.header("location").replace(&self.city.url(""), "");
        (path, made.header("etag").to_owned())
    }
}

/// Runs `obzor` on the city's instance; it must succeed.
pub(crate) fn obzor(city: &City, arguments: &[&str]) -> String {
    let instance = city.instance();
    let mut all = arguments.to_vec();
    all.extend(["--instance", instance.to_str().unwrap()]);
    run(env!("CARGO_BIN_EXE_obzor"), &all)
}

pub(crate) fn feature(properties: &Value) -> Value {
    json!({ "type": "Feature", "properties": properties })
}

/// A lamp with all that is mandatory.
pub(crate) fn lamp(municipality: i64, code: &str) -> Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "Point", "coordinates": [13.4037, 50.4606] },
        "properties": {
            "code": code, "status": 1, "support_type": 10, "luminaire_count": 1, "total_power": 24.0,
            "luminaires": [{ "power": 24.0, "light_source": "led" }],
            "switchboard": "RVO-01", "position_accuracy": 9, "source": "test", "public": true,
            "municipality_code": municipality,
        },
    })
}

/// Returns the path of one of a municipality's public features.
fn one_of(city: &City, layer: &str, municipality: i64) -> String {
    let items = format!("/collections/{layer}/items");
    let page = city
        .get(&format!("{items}?limit=1&municipality_code={municipality}"))
        .json();
    format!("{items}/{}", page["features"][0]["id"].as_str().unwrap())
}

/// Asks the store for one value, as another program does.
pub(crate) fn stored(city: &City, sql: &str) -> String {
    let sql = sql.replacen("SELECT ", "SELECT CAST((", 1).replacen(
        " FROM",
        ") AS TEXT) AS answer FROM",
        1,
    );
    if city.is_in_database() {
        return city
            .psql(&format!("{WORDS_OF_SQLITE} {sql}"))
            .trim()
            .to_owned();
    }
    let store = city.store();
    let printed = run(
        "ogrinfo",
        &["-ro", "-q", store.to_str().unwrap(), "-sql", &sql],
    );
    let line = printed
        .lines()
        .find(|line| line.contains("answer (String) = "));
    line.map(|line| line.split_once(" = ").unwrap().1.to_owned())
        .unwrap_or_default()
}

pub(crate) fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Returns the bytes of a feature's geometry in the store.
fn bytes(city: &City, layer: &str, path: &str) -> String {
    let id = id_of(path);
    stored(
        city,
        &format!("SELECT hex(geom) FROM \"{layer}\" WHERE id = '{id}'"),
    )
}
