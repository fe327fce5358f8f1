//! History over HTTP: what became of a feature, and any layer as it was, for everybody as they may see it.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::{City, run};
use crate::edit::lamp;

mod browser;
mod changes;
mod dated;
mod revisions;

const LAMPS: &str = "/collections/street-lights/items";
const TOWN: i64 = 562_971;
const VILLAGE: i64 = 564_729;

/// Somebody with a token, or nobody.
struct Reader<'a> {
    city: &'a City,
    token: Option<String>,
}

impl<'a> Reader<'a> {
    fn public(city: &'a City) -> Self {
        Self { city, token: None }
    }

    /// Adds a user with a role.
    fn new(city: &'a City, name: &str, role: &str, municipality: Option<i64>) -> Self {
        let code = municipality.map(|code| code.to_string());
        let mut add = vec!["user", "add", name, "--role", role];
        if let Some(code) = &code {
            add.extend(["--municipality", code]);
        }
        obzor(city, &add);
        let token = obzor(city, &["user", "token", name]).trim().to_owned();
        let token = Some(token);
        Self { city, token }
    }

    fn send(&self, method: &str, path: &str, etag: &str, body: &Value) -> Answer {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/geo+json")];
        headers.extend(
            bearer
                .iter()
                .map(|bearer| ("authorization", bearer.as_str())),
        );
        if !etag.is_empty() {
            headers.push(("if-match", etag));
        }
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Answer::try_send(method, &self.city.url(path), &headers, text.as_str()).unwrap()
    }

    fn get(&self, path: &str) -> Answer {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer
            .iter()
            .map(|bearer| ("authorization", bearer.as_str()))
            .collect();
        self.city.get_with(path, &headers)
    }

    /// Changes a feature, which must succeed.
    fn change(&self, path: &str, reason: &str, body: &Value) {
        let etag = self.get(path).header("etag").to_owned();
        let (method, expected) = if body.is_null() {
            ("DELETE", 204)
        } else {
            ("PATCH", 200)
        };
        let path = format!("{path}?reason={reason}");
        let done = self.send(method, &path, &etag, body);
        assert_eq!(done.status, expected, "{}", done.text());
    }

    /// Adds a lamp and returns its path.
    fn add_lamp(&self, code: &str) -> String {
        let made = self.send(
            "POST",
            &format!("{LAMPS}?reason=new"),
            "",
            &lamp(TOWN, code),
        );
        assert_eq!(made.status, 201, "{}", made.text());
        made.header("location").replace(&self.city.url(""), "")
    }
}

fn obzor(city: &City, arguments: &[&str]) -> String {
    let instance = city.instance();
    let mut all = arguments.to_vec();
    all.extend(["--instance", instance.to_str().unwrap()]);
    run(env!("CARGO_BIN_EXE_obzor"), &all)
}

fn properties(properties: &Value) -> Value {
    json!({ "properties": properties })
}

/// Gives a lamp a life: added, made higher, noted about internally, moved, removed.
fn live(editor: &Reader<'_>, code: &str) -> String {
    let lamp = editor.add_lamp(code);
    editor.change(&lamp, "higher", &properties(&json!({ "height": 6.5 })));
    editor.change(&lamp, "noted", &properties(&json!({ "note": "tajné" })));
    let there = json!({ "geometry": { "type": "Point", "coordinates": [13.4038, 50.4606] } });
    editor.change(&lamp, "moved", &there);
    editor.change(&lamp, "gone", &Value::Null);
    lamp
}

#[test]
fn a_feature_has_its_history_for_everybody_as_they_see_it() {
    for city in City::start_both() {
        let jana = Reader::new(&city, "jana", "editor", Some(TOWN));
        let lamp = live(&jana, "H-1");
        let colleague = Reader::new(&city, "karel", "editor", Some(TOWN));
        let elsewhere = Reader::new(&city, "petr", "editor", Some(VILLAGE));
        let planner = Reader::new(&city, "eva", "planner", None);
        let all = ["delete", "update", "update", "update", "insert"];
        let shown = ["delete", "update", "update", "insert"];
        check(&colleague, &lamp, &all, true);
        check(&planner, &lamp, &all, false);
        check(&elsewhere, &lamp, &shown, false);
        check(&Reader::public(&city), &lamp, &shown, false);
        details(&colleague, &lamp);
        pages(&city, &colleague, &lamp);
    }
}

fn check(reader: &Reader<'_>, lamp: &str, expected: &[&str], is_signed: bool) {
    let answer = reader.get(&format!("{lamp}/history"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let history = answer.json();
    let versions = history["versions"].as_array().unwrap();
    let changes: Vec<_> = versions
        .iter()
        .map(|one| one["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, expected);
    let is_noted = expected.len() == 5;
    assert_eq!(answer.text().contains("tajné"), is_noted);
    for version in versions {
        assert_eq!(version["by"].is_string(), is_signed, "{version}");
        assert_eq!(version["reason"].is_string(), is_signed, "{version}");
    }
    assert_eq!(answer.text().contains("jana"), is_signed);
}

fn details(reader: &Reader<'_>, lamp: &str) {
    let history = reader.get(&format!("{lamp}/history?lang=en")).json();
    let version = |place: usize| &history["versions"][place];
    assert_eq!(version(0)["differences"], json!([]));
    let moved = &version(1)["differences"][0]["geometry"];
    let metres = moved["moved_metres"].as_f64().unwrap();
    assert!((7.0..7.2).contains(&metres), "{moved}");
    assert_eq!(version(1)["by"], "jana");
    assert_eq!(version(1)["reason"], "moved");
    let higher = json!([{ "field": "height", "title": "Height", "old": null, "new": 6.5 }]);
    assert_eq!(version(3)["differences"], higher);
    let made = version(4)["differences"].as_array().unwrap();
    assert!(made.iter().any(|one| one["geometry"] == "new"), "{made:?}");
    let code =
        json!({ "field": "code", "title": "Registration number", "old": null, "new": "H-1" });
    assert!(made.contains(&code), "{made:?}");

    let mut path = format!("{lamp}/history?limit=2");
    let mut seen = Vec::new();
    loop {
        let page = reader.get(&path).json();
        seen.extend(page["versions"].as_array().unwrap().clone());
        let links = page["links"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["rel"] == "next") else {
            break;
        };
        path = next["href"]
            .as_str()
            .unwrap()
            .replace(&reader.city.url(""), "");
    }
    let changes = |versions: &[Value]| {
        versions
            .iter()
            .map(|one| one["revision"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        changes(&seen),
        changes(history["versions"].as_array().unwrap())
    );
}

fn pages(city: &City, colleague: &Reader<'_>, lamp: &str) {
    let page = colleague.get(&format!("{lamp}/history?f=html"));
    for word in [
        "odebrán",
        "jana",
        "moved",
        "posun až o 7,",
        "6,5",
        "Výška (m)",
        "přidán",
    ] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    let public = city.get(&format!("{lamp}/history?f=html&lang=en"));
    assert!(
        public.text().contains("moved by up to 7."),
        "{}",
        public.text()
    );
    assert!(!public.text().contains("jana"));
    // Who is logged in sees more, and that is written down.
    let id = lamp.rsplit('/').next().unwrap();
    let (_, said) = city.obzor(&["audit", "search", "--act", "read", "--json"]);
    assert!(said.contains(id), "{said}");
    for nobody in ["0190a8b1-0000-7000-8000-000000000000", "17999", "x"] {
        assert_eq!(
            city.get(&format!("{LAMPS}/{nobody}/history")).status,
            404,
            "{nobody}"
        );
    }
    let one = city.get(&format!("{LAMPS}?limit=1")).json();
    let (fid, id) = (&one["features"][0]["fid"], &one["features"][0]["id"]);
    let by_fid = city.get(&format!("{LAMPS}/{fid}/history")).json();
    assert_eq!(by_fid["id"], *id);
}
