//! The matrix: every role by every layer by every door that reads or writes features, against the policy file.
//!
//! What is expected is worked out here from `layers/policy.toml` and the definitions alone, by other code than the
//! program's. Every text that is planted says of which row it is and how widely it may be known.

mod attached;
mod cells;
mod commands;
mod disputed;
mod everybody;
mod expected;
mod heard;
mod leaving;
mod operations;
mod places;
mod planted;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use layers::{Field, FieldType, Layer, LayerSet, PrivacyClass};
use ureq::Agent;
use ureq::http::Request;
use zip::ZipArchive;

use self::attached::Photos;
use self::cells::Cells;
use self::expected::{Actor, actors};
use self::planted::{OURS, Row, THEIRS, tile_of};
use crate::answer::Answer;
use crate::city::City;

const CELLS_AT_LEAST: usize = 3_000;

/// The doors that the matrix goes through: every one that shows or does different things to different people.
const DOORS: [&str; 35] = [
    "/collections",
    "/collections/{layer}",
    "/collections/{layer}/schema",
    "/collections/{layer}/queryables",
    "/collections/{layer}/sortables",
    "/collections/{layer}/items",
    "/collections/{layer}/items POST",
    "/collections/{layer}/items/{id}",
    "/collections/{layer}/items/{id} PATCH",
    "/collections/{layer}/items/{id} PUT",
    "/collections/{layer}/items/{id} DELETE",
    "/operations POST",
    "/collections/{layer}/items/{id}/history",
    "/changes",
    "/revisions GET, HEAD, OPTIONS",
    "/revisions/{number} GET, HEAD, OPTIONS",
    "/tiles/{layers}",
    "/tiles/{layers}/{z}/{x}/{y}",
    "/events",
    "/styles/{id}.json",
    "/styles/{id}/legend.json",
    "/search",
    "/what-is-here",
    "/what-is-here",
    "/map/config.json",
    "/collections/{layer}/items/{id}/attachments",
    "/collections/{layer}/items/{id}/attachments POST",
    "/collections/{layer}/items/{id}/attachments/{sha256}",
    "/collections/{layer}/items/{id}/attachments/{sha256} DELETE",
    "/collections/{layer}/items/{id}/attachments/{sha256}/remove POST",
    "/attachments POST",
    "/attachments/have POST",
    "/attachments/{upload} HEAD",
    "/attachments/{upload} PATCH",
    "/attachments/{upload} DELETE",
];

/// Who reads and writes by which doors in ways that are no matter of layers, and which tests hold it.
const OTHERWISE: [(&str, &str); 4] = [
    ("who sent it, and administrators", "tests/operations.rs"),
    (
        "who may change the features concerned",
        "tests/conflicts/rights.rs",
    ),
    (
        "who is logged in, about the own account",
        "tests/login/accounts.rs",
    ),
    ("administrators who are logged in", "tests/login/users.rs"),
];

#[test]
fn every_door_is_gone_through_by_the_matrix_or_another_test() {
    let mut of_layers = Vec::new();
    let mut for_all = Vec::new();
    for line in include_str!("../docs/rights-matrix.md").lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, path, methods, who, _] = cells[..] else {
            continue;
        };
        let Some(path) = path
            .strip_prefix('`')
            .and_then(|path| path.strip_suffix('`'))
        else {
            continue;
        };
        match who {
            "everybody; more for who sees more" => of_layers.push(path.to_owned()),
            "who may by the policy" => of_layers.push(format!("{path} {methods}")),
            "everybody" if methods != "POST" => for_all.push(path),
            "everybody" => {}
            who => assert!(OTHERWISE.iter().any(|(known, _)| *known == who), "{line}"),
        }
    }
    assert_eq!(of_layers, DOORS);
    assert_eq!(everybody::sorted(&for_all), for_all, "every door is known");
}

/// The city of the matrix, and what was found to be otherwise than expected.
struct Matrix {
    city: City,
    rows: BTreeMap<String, Vec<Row>>,
    photos: BTreeMap<String, Photos>,
}

/// One actor who asks, and all that went wrong.
struct Asking<'a> {
    matrix: &'a Matrix,
    actor: &'a Actor,
    agent: Agent,
    cells: Cells,
}

#[test]
fn every_door_shows_and_does_what_the_policy_says() {
    let layers = Arc::new(LayerSet::shipped().unwrap());
    let mut rows = BTreeMap::new();
    let city = City::start_on(|instance| {
        rows = planted::plant(instance, &layers);
        disputed::open(instance, &layers, &rows);
    });
    let photos = attached::hang(&city, &layers, &rows);
    let matrix = Matrix { city, rows, photos };
    let actors = actors(&matrix.city);
    let found: Vec<_> = thread::scope(|scope| {
        let halves = actors.chunks(actors.len().div_ceil(2));
        let threads: Vec<_> = halves
            .map(|actors| {
                scope.spawn(|| {
                    actors
                        .iter()
                        .map(|one| matrix.walk(one, &layers))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut cells = Cells::default();
    for walked in found {
        cells.add(walked);
    }
    cells.hold(CELLS_AT_LEAST);
}

impl Matrix {
    fn walk(&self, actor: &Actor, layers: &LayerSet) -> Cells {
        let mut asking = Asking {
            matrix: self,
            actor,
            agent: Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(30)))
                .build()
                .into(),
            cells: Cells::default(),
        };
        for layer in layers.iter() {
            asking.layer(layer);
        }
        asking.uploads();
        asking.cells
    }
}

impl Asking<'_> {
    fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send_as(method, path, "application/geo+json", body)
    }

    fn send_as(&self, method: &str, path: &str, media_type: &str, body: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(self.matrix.city.url(path));
        if let Some(token) = &self.actor.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if method != "GET" {
            request = request
                .header("If-Match", "\"0.cs.0\"")
                .header("Content-Type", media_type);
        }
        let mut answer = self
            .agent
            .run(request.body(body.to_owned()).unwrap())
            .unwrap();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.body_mut().read_to_vec().unwrap(),
        }
    }

    /// Returns the status of an answer that does not end.
    fn status_of_stream(&self, path: &str) -> u16 {
        let mut request = Request::builder().uri(self.matrix.city.url(path));
        if let Some(token) = &self.actor.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let answer = self.agent.run(request.body(()).unwrap()).unwrap();
        answer.status().as_u16()
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    fn expect<T: PartialEq + Copy + std::fmt::Debug>(&mut self, door: &str, got: T, expected: T) {
        let who = &self.actor.name;
        self.cells.expect(&format!("{who}: {door}"), got, expected);
    }

    fn layer(&mut self, layer: &Layer) {
        let sees_layer = self.actor.sees_layer(layer);
        self.descriptions(layer, sees_layer);
        let rows = self.matrix.rows[layer.id.as_str()].clone();
        let seen: Vec<&Row> = rows
            .iter()
            .filter(|row| self.actor.sees_row(layer, row))
            .collect();
        self.lists(layer, sees_layer, &rows, &seen);
        self.places(layer, &rows, &seen);
        self.tiles(layer, sees_layer, seen.len());
        self.extents(layer, sees_layer, &seen);
        for row in &rows {
            self.one(layer, sees_layer, row);
            self.attachments(layer, sees_layer, row);
        }
        self.additions(layer, sees_layer);
        self.operations(layer, sees_layer, &rows);
        self.change_sets(layer, &rows);
        self.conflicts(layer, &rows);
    }

    /// What is said of the layer itself: it is there or as if it were not, with the fields that show somewhere.
    fn descriptions(&mut self, layer: &Layer, sees_layer: bool) {
        let id = &layer.id;
        let status = if sees_layer { 200 } else { 404 };
        let quoted = format!("\"{id}\"");
        for door in ["/collections?f=json", "/map/config.json"] {
            let is_named = self.get(door).text().contains(&quoted);
            self.expect(&format!("{id} in {door}"), is_named, sees_layer);
        }
        let drawn = sees_layer && layer.geometry.is_some();
        let source = format!("\"source-layer\":\"{id}\"");
        let is_drawn = self.get("/styles/city.json").text().contains(&source);
        self.expect(&format!("{id} in the style"), is_drawn, drawn);
        let title = serde_json::to_string(&layer.title.cs).unwrap();
        let is_explained = self.get("/styles/city/legend.json").text().contains(&title);
        self.expect(&format!("{id} in the legend"), is_explained, drawn);
        let door = format!("/events?layers={id}");
        let got = self.status_of_stream(&door);
        self.expect(&door, got, if drawn { 200 } else { 404 });
        let door = format!("/collections/{id}?f=json");
        let got = self.get(&door).status;
        self.expect(&door, got, status);
        let door = format!("/collections/{id}/schema");
        let schema = self.get(&door);
        self.expect(&door, schema.status, status);
        if schema.status == 200 {
            let fields = &schema.json()["properties"];
            let is_right = |field: &Field| {
                let shows = self.actor.sees_field_somewhere(layer, field.privacy);
                fields.get(&field.name).is_some() == shows
            };
            let wrong = layer.fields.iter().find(|field| !is_right(field));
            let wrong = wrong.map(|field| field.name.as_str());
            self.expect(&format!("{door} fields"), wrong, None);
        }
        self.named_by(layer, "queryables", status, |_| true);
        let is_sortable = |field: &Field| !matches!(field.field_type, FieldType::List(_));
        self.named_by(layer, "sortables", status, is_sortable);
    }

    /// Lists by what may be asked and sorted: a hidden field is not among it, nor a column of a hidden list.
    fn named_by(
        &mut self,
        layer: &Layer,
        what: &str,
        status: u16,
        is_fit: impl Fn(&Field) -> bool,
    ) {
        let door = format!("/collections/{}/{what}", layer.id);
        let answer = self.get(&door);
        self.expect(&door, answer.status, status);
        if answer.status != 200 {
            return;
        }
        let schema = answer.json();
        let names = schema["properties"].as_object().unwrap().keys();
        let listed: Vec<_> = names.map(|name| name.split('.').next().unwrap()).collect();
        let is_right = |field: &Field| {
            let shows = self.actor.sees_field_somewhere(layer, field.privacy);
            listed.contains(&field.name.as_str()) == (shows && is_fit(field))
        };
        let wrong = layer.fields.iter().find(|field| !is_right(field));
        let wrong = wrong.map(|field| field.name.as_str());
        self.expect(&format!("{door} fields"), wrong, None);
    }

    /// Lists as JSON and as pages, filters, counts and search.
    fn lists(&mut self, layer: &Layer, sees_layer: bool, rows: &[Row], seen: &[&Row]) {
        let id = &layer.id;
        let door = format!("/collections/{id}/items?f=json&limit=100");
        let list = self.get(&door);
        self.expect(&door, list.status, if sees_layer { 200 } else { 404 });
        if list.status == 200 {
            let matched = list.json()["numberMatched"].as_u64();
            self.expect(&format!("{door} count"), matched, Some(seen.len() as u64));
        }
        self.texts(layer, &door, &list, rows, false);
        for f in ["csv", "gpkg", "fgb", "xlsx"] {
            if f == "fgb" && layer.geometry.is_none() {
                continue;
            }
            let door = format!("/collections/{id}/items?f={f}");
            let mut file = self.get(&door);
            if f == "xlsx" && sees_layer {
                file.body = unzipped(&file.body);
            }
            self.expect(&door, file.status, if sees_layer { 200 } else { 404 });
            let rows_of_file = file.header("ogc-numbermatched").parse().unwrap_or(0);
            self.expect(&format!("{door} count"), rows_of_file, seen.len());
            self.texts(layer, &door, &file, rows, false);
        }
        let door = format!("/collections/{id}/items?f=html&limit=100");
        let page = self.get(&door);
        self.texts(layer, &door, &page, rows, true);
        let door = format!("/changes?layer={id}&since=0");
        let changes = self.get(&door);
        self.expect(&door, changes.status, if sees_layer { 200 } else { 404 });
        self.texts(layer, &door, &changes, rows, false);
        if changes.status == 200 {
            let counted = changes.json()["count"].as_u64();
            self.expect(&format!("{door} count"), counted, Some(seen.len() as u64));
        }
        self.filters(layer, sees_layer, rows);
        if layer.search.is_some() {
            for row in rows {
                let door = format!("/search?limit=50&q={}", row.text(PrivacyClass::Public));
                let found = self.get(&door);
                let hits = found.json()["results"].as_array().unwrap().clone();
                let hit = hits.iter().any(|hit| hit["id"] == row.id.as_str());
                // The label of some layers has no text of the row.
                if hit || planted::is_searched(layer) {
                    let expected = self.actor.sees_row(layer, row);
                    self.expect(&format!("{door} {id}"), hit, expected);
                }
            }
        }
    }

    /// A field that shows nowhere is no parameter; where it shows in some features, others do not match.
    fn filters(&mut self, layer: &Layer, sees_layer: bool, rows: &[Row]) {
        for class in [PrivacyClass::Internal, PrivacyClass::Personal] {
            let Some(field) = planted::text_field(layer, class).filter(|_| sees_layer) else {
                continue;
            };
            for row in rows {
                let (name, text) = (&field.name, row.text(class));
                let expected = if self.actor.sees_field_somewhere(layer, class) {
                    u64::from(self.actor.sees_value(layer, row, class))
                } else {
                    400
                };
                for question in [
                    format!("{name}={text}"),
                    format!("filter=NOT%20({name}%3C%3E%27{text}%27)"),
                    format!(
                        "filter=S_INTERSECTS(geometry,BBOX(-180,-90,180,90))%20AND%20{name}%3D%27{text}%27"
                    ),
                ] {
                    if question.contains("geometry") && layer.geometry.is_none() {
                        continue;
                    }
                    let door = format!("/collections/{}/items?f=json&{question}", layer.id);
                    let answer = self.get(&door);
                    let got = match answer.status {
                        200 => answer.json()["numberMatched"].as_u64(),
                        status => Some(u64::from(status)),
                    };
                    self.expect(&door, got, Some(expected));
                }
            }
        }
    }

    fn tiles(&mut self, layer: &Layer, sees_layer: bool, seen: usize) {
        let id = &layer.id;
        let drawn = sees_layer && layer.geometry.is_some();
        let door = format!("/tiles/{id}");
        let got = self.get(&door).status;
        self.expect(&door, got, if drawn { 200 } else { 404 });
        let door = format!("/tiles/{id}/{}", tile_of(layer));
        let tile = self.get(&door);
        let expected = match (drawn, seen) {
            (false, _) => 404,
            (true, 0) => 204,
            (true, _) => 200,
        };
        self.expect(&door, tile.status, expected);
        if tile.status == 200 {
            let reader = mvt_reader::Reader::new(tile.body.clone()).unwrap();
            let features = reader.get_features(0).unwrap().len();
            self.expect(&format!("{door} features"), features, seen);
        }
    }

    /// What is told of the place and the fields of a layer is that of the rows and fields that are seen.
    fn extents(&mut self, layer: &Layer, sees_layer: bool, seen: &[&Row]) {
        if !sees_layer || layer.geometry.is_none() {
            return;
        }
        let expected = planted::bounds(layer, seen.iter());
        let about = self.get(&format!("/tiles/{}", layer.id)).json();
        let collection = self.get(&format!("/collections/{}?f=json", layer.id));
        let extent = &collection.json()["extent"]["spatial"]["bbox"][0];
        for (door, told) in [("TileJSON", &about["bounds"]), ("extent", extent)] {
            let edge = |place: usize| told[place].as_f64();
            let is_right = match expected {
                None => told.is_null(),
                Some(expected) => (0..4).all(|place| {
                    edge(place).is_some_and(|edge| (edge - expected[place]).abs() < 3e-6)
                }),
            };
            self.expect(&format!("{door} of {}: {told}", layer.id), is_right, true);
        }
        let fields = about["vector_layers"][0]["fields"].as_object().unwrap();
        let is_wrong = |name: &&String| {
            let (_, field) = layer.field(name).unwrap();
            !self.actor.sees_field_somewhere(layer, field.privacy)
        };
        let wrong = fields.keys().find(is_wrong).map(|_| "a hidden field");
        self.expect(&format!("TileJSON of {} names", layer.id), wrong, None);
    }

    /// One feature, and changes of it that could not be made anyway: who may not is told that first.
    fn one(&mut self, layer: &Layer, sees_layer: bool, row: &Row) {
        let door = format!("/collections/{}/items/{}", layer.id, row.id);
        let sees = sees_layer && self.actor.sees_row(layer, row);
        let answer = self.get(&format!("{door}?f=json"));
        self.expect(&door, answer.status, if sees { 200 } else { 404 });
        self.texts(layer, &door, &answer, std::slice::from_ref(row), false);
        self.past(layer, &door, sees, row);
        let patch = "{\"properties\":{}}";
        // The whole feature says whose it is, or it would be given away.
        let owner = row.owner;
        let whole = format!("{{\"properties\":{{\"municipality_code\":{owner}}}}}");
        for (method, operation, body) in [
            ("PATCH", "update", patch),
            ("PUT", "update", whole.as_str()),
            ("DELETE", "delete", ""),
        ] {
            let got = self.send(method, &door, body).status;
            let expected = match sees {
                _ if self.actor.token.is_none() => 401,
                false => 404,
                true if self.actor.does(operation, layer, row.owner) => 412,
                true => 403,
            };
            self.expect(&format!("{method} {door}"), got, expected);
        }
    }

    /// A new feature that is wrong otherwise: who may not is told that first.
    fn additions(&mut self, layer: &Layer, sees_layer: bool) {
        for owner in [OURS, THEIRS] {
            let door = format!("/collections/{}/items", layer.id);
            let body = format!("{{\"properties\":{{\"municipality_code\":{owner}}}}}");
            let got = self.send("POST", &door, &body).status;
            let expected = match sees_layer {
                _ if self.actor.token.is_none() => 401,
                false => 404,
                true if self.actor.does("create", layer, owner) => 422,
                true => 403,
            };
            self.expect(&format!("POST {door} {owner}"), got, expected);
        }
    }

    /// Change sets show in a layer what whoever asks may change of it.
    fn change_sets(&mut self, layer: &Layer, rows: &[Row]) {
        let door = format!("/revisions?layer={}", layer.id);
        let listed = self.get(&door);
        let mut theirs = rows
            .iter()
            .filter(|row| self.actor.does("update", layer, row.owner));
        let is_any = theirs.next().is_some();
        let expected = match self.actor.sees_layer(layer) {
            _ if self.actor.token.is_none() => 401,
            true => 200,
            false => 404,
        };
        self.expect(&door, listed.status, expected);
        if listed.status == 200 {
            let is_listed = listed.json()["revisions"] != serde_json::json!([]);
            self.expect(&format!("{door} lists"), is_listed, is_any);
        }
        let door = format!("/revisions/1?limit=100&layer={}", layer.id);
        let shown = self.get(&door);
        for row in rows {
            let text = row.text(PrivacyClass::Public);
            let is_there = String::from_utf8_lossy(&shown.body).contains(&format!("\"{text}\""));
            let expected = planted::text_field(layer, PrivacyClass::Public).is_some()
                && self.actor.does("update", layer, row.owner);
            self.expect(&format!("{door} {text}"), is_there, expected);
        }
    }

    /// What became of a row, and the row as it was: whoever sees it now sees both, names only who may change it.
    fn past(&mut self, layer: &Layer, door: &str, sees: bool, row: &Row) {
        let status = if sees { 200 } else { 404 };
        for past in [
            format!("{door}/history?f=json"),
            format!("{door}?f=json&datetime=2999-01-01"),
        ] {
            let answer = self.get(&past);
            self.expect(&past, answer.status, status);
            self.texts(layer, &past, &answer, std::slice::from_ref(row), false);
        }
        let before = format!("{door}?datetime=1999-01-01");
        let got = self.get(&before).status;
        self.expect(&before, got, 404);
        let history = self.get(&format!("{door}/history?f=json"));
        let is_signed = String::from_utf8_lossy(&history.body).contains("\"by\"");
        let expected = sees && self.actor.does("update", layer, row.owner);
        self.expect(&format!("{door}/history names"), is_signed, expected);
    }

    /// Looks for every text that was planted in rows: it is there if the actor sees it, and nowhere else. A page shows
    /// the public ones at least.
    fn texts(&mut self, layer: &Layer, door: &str, answer: &Answer, rows: &[Row], is_page: bool) {
        let body = String::from_utf8_lossy(&answer.body);
        for row in rows {
            for class in [
                PrivacyClass::Public,
                PrivacyClass::Internal,
                PrivacyClass::Personal,
            ] {
                if planted::text_field(layer, class).is_none() {
                    continue;
                }
                let is_there = body.contains(&row.text(class));
                let expected = self.actor.sees_value(layer, row, class);
                // A page shows some of the fields only.
                if is_there || !is_page {
                    self.expect(&format!("{door} {}", row.text(class)), is_there, expected);
                }
            }
        }
    }
}

/// Returns the bytes of all files in an archive.
fn unzipped(archive: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut bytes = Vec::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        file.read_to_end(&mut bytes).unwrap();
    }
    bytes
}

#[test]
fn rights_that_change_hold_for_the_next_tile_and_feature() {
    let layers = Arc::new(LayerSet::shipped().unwrap());
    let mut rows = BTreeMap::new();
    let city = City::start_on(|instance| rows = planted::plant(instance, &layers));
    let layer = layers
        .iter()
        .find(|layer| layer.audience == PrivacyClass::Internal && layer.geometry.is_some());
    let layer = layer.unwrap();
    let (id, row) = (&layer.id, &rows[layer.id.as_str()][0]);
    let token = expected::token(&city, "jana", "planner", None);
    let bearer = format!("Bearer {token}");
    let tile = format!("/tiles/{id}/{}", tile_of(layer));
    let item = format!("/collections/{id}/items/{}", row.id);
    let statuses = |city: &City| {
        [&tile, &item].map(|path| {
            Answer::try_get(&city.url(path), &[("Authorization", &bearer)])
                .unwrap()
                .status
        })
    };
    assert_eq!(statuses(&city), [200, 200]);
    let obzor = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(arguments)
            .arg("--instance")
            .arg(city.instance())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    obzor(&["user", "withdraw", "jana", "--role", "planner"]);
    assert_eq!(statuses(&city), [404, 404]);
    obzor(&["user", "grant", "jana", "--role", "planner"]);
    assert_eq!(statuses(&city), [200, 200]);
    obzor(&["user", "disable", "jana"]);
    assert_eq!(statuses(&city), [401, 401]);
}

#[test]
fn what_is_hidden_moves_no_entity_tag() {
    let layers = Arc::new(LayerSet::shipped().unwrap());
    let mut rows = BTreeMap::new();
    let city = City::start_on(|instance| rows = planted::plant(instance, &layers));
    let of_class = |layer: &&Arc<Layer>| layer.class == "passport";
    let layer = layers.iter().find(of_class).unwrap();
    let hidden = &planted::text_field(layer, PrivacyClass::Internal)
        .unwrap()
        .name;
    let item = format!(
        "/collections/{}/items/{}",
        layer.id,
        rows[layer.id.as_str()][0].id
    );
    let token = expected::token(&city, "jana", "editor", Some(OURS));
    let bearer = format!("Bearer {token}");
    let tag = |headers: &[(&str, &str)]| city.get_with(&item, headers).header("etag").to_owned();
    let own = || tag(&[("Authorization", &bearer)]);
    let (public, seen) = (tag(&[]), own());
    let body = format!("{{\"properties\":{{\"{hidden}\":\"jinak\"}}}}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("If-Match", &seen),
        ("Content-Type", "application/merge-patch+json"),
    ];
    let changed = Answer::try_send("PATCH", &city.url(&item), &headers, body.as_str()).unwrap();
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(tag(&[]), public);
    assert_ne!(own(), seen);
    assert_eq!(own(), changed.header("etag"));
}
