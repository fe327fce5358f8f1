//! `obzor prune`: history goes when its time is over, both stores say from when it is kept, and nothing else changes.

use std::fs;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::City;
use crate::edit::{Editor, TOWN, stored};

const LAMPS: &str = "/collections/street-lights/items";

/// Changes the store's own tables as nobody may; `STORE_` stands before their names.
fn tamper(city: &City, sql: &str) {
    let prefix = if city.is_in_database() {
        "obzor_store."
    } else {
        "obzor_"
    };
    let sql = sql.replace("STORE_", prefix);
    if city.is_in_database() {
        city.psql(&format!(
            "SET session_replication_role = replica; {sql}; RESET session_replication_role"
        ));
    } else {
        let store = rusqlite::Connection::open(city.store()).unwrap();
        store.execute_batch(&sql).unwrap();
    }
}

/// Makes all revisions up to one older than they are.
fn age(city: &City, revision: &str, at: &str) {
    let sql = format!("UPDATE STORE_revisions SET at = '{at}' WHERE revision <= {revision}");
    tamper(city, &sql);
}

fn head(city: &City) -> String {
    stored(city, "SELECT max(revision) FROM obzor_revisions")
}

/// Somebody who gives one lamp a long life.
struct Story<'a> {
    jana: Editor<'a>,
    lamp: String,
    /// The revision of each height from 1 m on.
    revisions: Vec<String>,
}

impl<'a> Story<'a> {
    fn live(city: &'a City) -> Self {
        let jana = Editor::new(city, "jana", TOWN);
        let (lamp, _) = jana.add_lamp(TOWN, "P-1");
        let mut story = Self {
            jana,
            lamp,
            revisions: Vec::new(),
        };
        for height in 1..=4 {
            story.change(&json!({ "height": height, "note": format!("poznámka číslo {height}") }));
            story.revisions.push(head(city));
        }
        story
    }

    fn change(&self, values: &Value) {
        let seen = self.jana.get(&self.lamp);
        let change = json!({ "properties": values });
        let answer = self
            .jana
            .send("PATCH", &self.lamp, seen.header("etag"), &change);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn at(&self, day: &str) -> Answer {
        self.jana.get(&format!("{}?datetime={day}", self.lamp))
    }

    fn history(&self) -> Value {
        self.jana.get(&format!("{}/history", self.lamp)).json()
    }
}

#[test]
fn history_goes_when_its_time_is_over_and_nothing_else_does() {
    for city in City::start_both() {
        let story = Story::live(&city);
        let [first, second, ..] = &story.revisions[..] else {
            panic!()
        };
        age(&city, second, "2021-05-31T10:00:00.000Z");
        age(&city, first, "2020-05-31T10:00:00.000Z");
        let height = |day: &str| story.at(day).json()["properties"]["height"].clone();
        assert_eq!(height("2020-12-31"), json!(1.0));

        let prune = |more: &[&str]| {
            let all = [&["prune", "--author", "sprava"], more].concat();
            let (code, said) = city.obzor(&all);
            assert_eq!(code, Some(0), "{said}");
            said
        };
        assert!(prune(&[]).contains("navždy"));
        let config = city.instance().join("obzor.toml");
        let mut text = fs::read_to_string(&config).unwrap_or_default();
        text += "\n[retention]\npassport = \"2 years\"\n";
        fs::write(&config, text).unwrap();
        let changes = |since: &str| {
            let path = format!("/changes?layer=street-lights&since={since}");
            story.jana.get(&path)
        };
        let before = (changes(second).json(), story.at("2021-12-31").json());
        let planned = prune(&["--dry-run"]);
        assert!(planned.contains("street-lights: verzí"), "{planned}");
        assert!(planned.contains("nic se nezměnilo"), "{planned}");
        assert_eq!(height("2020-12-31"), json!(1.0));
        // As it is left when the command is killed before it removes anything.
        let begun = format!("INSERT INTO STORE_history_starts VALUES ('street-lights', {second})");
        tamper(&city, &begun);
        assert_eq!(story.at("2020-12-31").status, 410);
        assert_eq!(story.at("2021-12-31").json(), before.1);
        assert_eq!(story.history()["versions"].as_array().unwrap().len(), 2);
        let removed = prune(&[]);
        assert!(removed.contains("historie začíná 31. 5. 2021"), "{removed}");
        assert!(prune(&[]).contains("žádná historie není starší"));

        let after = (changes(second).json(), story.at("2021-12-31").json());
        assert_eq!(after, before);
        assert_eq!(height("2021-12-31"), json!(2.0));
        for answer in [story.at("2020-12-31"), changes(first)] {
            assert_eq!(answer.status, 410, "{}", answer.text());
            let detail = answer.json()["detail"].to_string();
            assert!(detail.contains("od 31. 5. 2021"), "{detail}");
        }
        shows_its_beginning(&story, second);
        is_gone(&city);
        let (code, said) = city.obzor(&["undo", first, "--author", "jana"]);
        assert_ne!(code, Some(0), "{said}");
        let third = &story.revisions[2];
        let (code, said) = city.obzor(&["undo", third, "--author", "jana", "--dry-run"]);
        assert_eq!(code, Some(0), "{said}");
        // One that has not changed since has a history too, an empty one.
        let still = story.jana.get(&format!("{LAMPS}?limit=1")).json()["features"][0]["id"].clone();
        let path = format!("{LAMPS}/{}/history", still.as_str().unwrap());
        let history = story.jana.get(&path).json();
        assert_eq!(history["versions"], json!([]), "{history}");
        assert_eq!(history["historyStart"]["revision"].to_string(), *second);
        let (_, events) = city.obzor(&["audit", "search", "--act", "prune"]);
        assert!(events.contains("street-lights"), "{events}");
    }
}

/// What is left of a feature's history is told, with when it begins.
fn shows_its_beginning(story: &Story<'_>, start: &str) {
    let history = story.history();
    let versions = history["versions"].as_array().unwrap();
    let changes: Vec<_> = versions.iter().map(|one| &one["change"]).collect();
    assert_eq!(changes, ["update", "update"], "{history}");
    let differences = versions[1]["differences"].as_array().unwrap();
    let height = differences.iter().find(|one| one["field"] == "height");
    assert_eq!(height.unwrap()["old"], json!(2.0), "{history}");
    assert_eq!(history["historyStart"]["revision"].to_string(), start);
    let page = story.jana.get(&format!("{}/history?f=html", story.lamp));
    let said = "Starší verze se neuchovávají. Historie této vrstvy začíná";
    assert!(page.text().contains(said), "{}", page.text());
}

/// What only older versions held stands nowhere any more.
fn is_gone(city: &City) {
    let note = city.file("note");
    let places = |text: &str| {
        fs::write(&note, text).unwrap();
        let file = note.to_str().unwrap();
        let look = [
            "redact",
            "--value-file",
            file,
            "--dry-run",
            "--author",
            "sprava",
        ];
        let (code, said) = city.obzor(&look);
        assert_eq!(code, Some(0), "{said}");
        said
    };
    let (gone, kept) = (places("poznámka číslo 1"), places("poznámka číslo 2"));
    assert!(!gone.contains("historie"), "{gone}");
    assert!(kept.contains("historie"), "{kept}");
}
