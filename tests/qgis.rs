//! QGIS edits: its requests, one by one as it makes them (3.32 and newer), with the token as the password.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::City;
use crate::edit::{Editor, LAMPS, TOWN, lamp};

/// QGIS with a token in its authentication settings.
struct Qgis<'a> {
    city: &'a City,
    authorization: String,
}

impl<'a> Qgis<'a> {
    fn new(city: &'a City, token: &str) -> Self {
        let pair = BASE64_STANDARD.encode(format!("qgis:{token}"));
        let authorization = format!("Basic {pair}");
        Self {
            city,
            authorization,
        }
    }

    fn send(&self, method: &str, path: &str, media_type: &str, body: &str) -> Answer {
        let mut headers = vec![
            ("authorization", self.authorization.as_str()),
            ("user-agent", "Mozilla/5.0 QGIS/34015"),
            ("accept-language", "cs"),
        ];
        if !media_type.is_empty() {
            headers.push(("content-type", media_type));
        }
        Answer::try_send(method, &self.city.url(path), &headers, body).unwrap()
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", "")
    }

    fn patch(&self, path: &str, document: &Value) -> Answer {
        self.send(
            "PATCH",
            path,
            "application/merge-patch+json",
            &document.to_string(),
        )
    }

    /// Opens a layer: ten features, what may be done with the layer and the first of them, and all features.
    fn open(&self, items: &str) {
        let probe = self.get(&format!("{items}?limit=10")).json();
        let first = probe["features"][0]["id"].as_str().unwrap();
        assert!(self.allowed(items).contains(&"POST".to_owned()));
        let allowed = self.allowed(&format!("{items}/{first}"));
        for method in ["PUT", "PATCH", "DELETE"] {
            assert!(allowed.contains(&method.to_owned()), "{allowed:?}");
        }
        assert_eq!(self.get(&format!("{items}?limit=1000")).status, 200);
    }

    /// Returns the methods that are offered, as QGIS asks for them before it lets anybody edit.
    fn allowed(&self, path: &str) -> Vec<String> {
        let answer = self.send("OPTIONS", path, "", "");
        assert!(answer.status < 300);
        let allowed = answer.header("allow").split(',');
        allowed.map(|one| one.trim().to_owned()).collect()
    }
}

#[test]
fn a_feature_is_added_read_again_moved_changed_and_removed() {
    for city in City::start_both() {
        let petr = Editor::new(&city, "petr", TOWN);
        let token = Editor::with_token(&city, "petr", &["--edit-without-if-match"]).into_token();
        let qgis = Qgis::new(&city, &token);
        qgis.open(LAMPS);
        // A new one: every property is sent, those that were not filled in as null.
        let mut new = lamp(TOWN, "Q-1");
        for name in ["height", "circuit", "note"] {
            new["properties"][name] = Value::Null;
        }
        let made = qgis.send("POST", LAMPS, "application/geo+json", &new.to_string());
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.header("location").rsplit_once("/items/").unwrap().1;
        let path = format!("{LAMPS}/{id}");
        assert_eq!(qgis.get(&path).json()["properties"]["code"], "Q-1");

        // Somebody else fills in the height; QGIS saves a move and attributes, as two requests without If-Match.
        let etag = petr.get(&path).header("etag").to_owned();
        petr.patch(&path, &etag, &json!({ "height": 7.0 }));
        let moved = json!({ "geometry": { "type": "Point", "coordinates": [13.4041, 50.4606] } });
        let moved = qgis.patch(&path, &moved);
        assert_eq!(
            (moved.status, moved.header("obzor-conflict")),
            (200, ""),
            "{}",
            moved.text()
        );
        let changed = qgis.patch(
            &path,
            &json!({ "properties": { "height": 9.0, "circuit": "7" } }),
        );
        assert_eq!(
            (changed.status, changed.header("obzor-conflict")),
            (200, "height")
        );
        let now = petr.get(&path).json();
        assert_eq!(now["geometry"]["coordinates"][0], 13.4041);
        assert_eq!(
            (&now["properties"]["height"], &now["properties"]["circuit"]),
            (&json!(7.0), &json!("7"))
        );

        // Its removal would take the height with it, which the window never showed; after loading again it does not.
        let refused = qgis.send("DELETE", &path, "", "");
        assert_eq!(
            (refused.status, refused.header("obzor-conflict")),
            (202, "@feature")
        );
        assert_eq!(petr.get(&path).status, 200);
        let aside = qgis.send(
            "POST",
            LAMPS,
            "application/geo+json",
            &lamp(TOWN, "Q-2").to_string(),
        );
        let path = aside.header("location").replace(&city.url(""), "");
        assert_eq!(qgis.get(&path).status, 200);
        assert_eq!(qgis.send("DELETE", &path, "", "").status, 204);
        assert_eq!(petr.get(&path).status, 404);
    }
}

#[test]
fn a_qgis_that_replaces_whole_features_overwrites_nothing() {
    let city = City::start();
    let petr = Editor::new(&city, "petr", TOWN);
    let token = Editor::with_token(&city, "petr", &["--edit-without-if-match"]).into_token();
    let qgis = Qgis::new(&city, &token);
    let (path, etag) = petr.add_lamp(TOWN, "Q-1");
    let mut whole = qgis.get(&path).json();
    petr.patch(&path, &etag, &json!({ "height": 7.0 }));
    whole["properties"]["circuit"] = json!("7");
    let put = qgis.send("PUT", &path, "application/geo+json", &whole.to_string());
    assert_eq!(
        (put.status, put.header("obzor-conflict")),
        (200, ""),
        "{}",
        put.text()
    );
    let now = petr.get(&path).json();
    assert_eq!(
        (&now["properties"]["height"], &now["properties"]["circuit"]),
        (&json!(7.0), &json!("7"))
    );
}

#[test]
fn the_coordinate_system_comes_as_qgis_writes_it() {
    let city = City::start();
    let petr = Editor::new(&city, "petr", TOWN);
    let (path, etag) = petr.add_lamp(TOWN, "Q-1");
    let body = json!({ "geometry": petr.get(&path).json()["geometry"] }).to_string();
    for (crs, status) in [
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 200),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>", 200),
        ("http://www.opengis.net/def/crs/EPSG/0/2065", 400),
    ] {
        let authorization = format!("Bearer {}", petr.token());
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/merge-patch+json"),
            ("content-crs", crs),
            ("if-match", etag.as_str()),
        ];
        let answer = Answer::try_send("PATCH", &city.url(&path), &headers, body.as_str()).unwrap();
        assert_eq!(answer.status, status, "{crs}: {}", answer.text());
    }
}
