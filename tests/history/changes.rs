//! `/changes`: a copy that follows a layer has what its reader sees, and knows it by the hash.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Reader, TOWN, VILLAGE, live, properties};
use crate::city::City;

/// A copy of a layer, kept by somebody who reads the answers alone.
struct Follower<'a> {
    reader: Reader<'a>,
    features: BTreeMap<String, Value>,
    revision: i64,
}

impl<'a> Follower<'a> {
    fn new(reader: Reader<'a>) -> Self {
        Self {
            reader,
            features: BTreeMap::new(),
            revision: 0,
        }
    }

    /// Takes over all changes, by pages, and proves that the copy is whole; returns how many there were.
    fn follow(&mut self, limit: u32) -> usize {
        let since = self.revision;
        let mut path = format!("/changes?layer=street-lights&since={since}&limit={limit}");
        let mut changes = 0;
        loop {
            let answer = self.reader.get(&path);
            assert_eq!(answer.status, 200, "{}", answer.text());
            let page = answer.json();
            changes += self.take(&page);
            let links = page["links"].as_array().unwrap();
            if let Some(next) = links.iter().find(|link| link["rel"] == "next") {
                let next = next["href"].as_str().unwrap();
                path = next.replace(&self.reader.city.url(""), "");
                continue;
            }
            self.revision = page["revision"].as_i64().unwrap();
            let said = format!("{} {}", page["count"], page["hash"].as_str().unwrap());
            assert_eq!(self.hash(), said);
            return changes;
        }
    }

    fn take(&mut self, page: &Value) -> usize {
        let (removed, features) = (&page["removed"], &page["features"]);
        for id in removed.as_array().unwrap() {
            assert!(self.features.remove(id.as_str().unwrap()).is_some());
        }
        for feature in features.as_array().unwrap() {
            let id = feature["id"].as_str().unwrap().to_owned();
            let before = self.features.insert(id, feature.clone());
            assert_ne!(
                before.as_ref(),
                Some(feature),
                "it is told only what changed"
            );
        }
        removed.as_array().unwrap().len() + features.as_array().unwrap().len()
    }

    /// Works out the hash by the description in the documents, in another language.
    fn hash(&self) -> String {
        let features: Vec<_> = self.features.values().collect();
        hash_of(&json!(features))
    }
}

fn hash_of(features: &Value) -> String {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/history/layer_hash.py"
    );
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(features.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn whoever_follows_a_layer_has_what_they_see_and_can_prove_it() {
    for city in City::start_both() {
        let jana = Reader::new(&city, "jana", "editor", Some(TOWN));
        let petr = Reader::new(&city, "petr", "editor", Some(VILLAGE));
        let mut everybody = Follower::new(Reader::public(&city));
        let mut colleague = Follower::new(Reader::new(&city, "karel", "editor", Some(TOWN)));
        let mut elsewhere = Follower::new(petr);
        let mut all =
            |limit| [&mut everybody, &mut colleague, &mut elsewhere].map(|one| one.follow(limit));
        let [seen, more, _] = all(100);
        assert!(more >= seen && seen > 20, "{seen} {more}");
        assert_eq!(all(100), [0; 3]);
        let lamp = jana.add_lamp("C-1");
        assert_eq!(all(1), [1; 3]);
        // What is hidden changes nothing for who does not see it.
        jana.change(&lamp, "noted", &properties(&json!({ "note": "tajné" })));
        assert_eq!(all(1), [0, 1, 0]);
        // A feature that leaves an audience is gone for it, and one that enters is new.
        jana.change(&lamp, "hidden", &properties(&json!({ "public": false })));
        assert_eq!(all(1), [1; 3]);
        jana.change(&lamp, "higher", &properties(&json!({ "height": 5 })));
        assert_eq!(all(1), [0, 1, 0]);
        jana.change(&lamp, "shown", &properties(&json!({ "public": true })));
        // A life between two looks leaves nothing behind.
        live(&jana, "C-2");
        assert_eq!(all(1), [1; 3]);
        jana.change(&lamp, "gone", &Value::Null);
        jana.add_lamp("C-3");
        assert_eq!(all(1), [2; 3]);
        let (public, internal) = (everybody.revision, colleague.revision);
        let note = jana.add_lamp("C-4");
        jana.change(&note, "noted", &properties(&json!({ "note": "i toto" })));
        everybody.follow(7);
        colleague.follow(7);
        assert_eq!(
            everybody.revision,
            public + 1,
            "no number shows what is hidden"
        );
        assert_eq!(colleague.revision, internal + 2);
        between_pages(&jana, &mut everybody);
    }
}

/// A page is of the revision at which the first one was, whatever is committed meanwhile.
fn between_pages(jana: &Reader<'_>, everybody: &mut Follower<'_>) {
    let lamps = [jana.add_lamp("P-1"), jana.add_lamp("P-2")];
    let path = format!(
        "/changes?layer=street-lights&since={}&limit=1",
        everybody.revision
    );
    let first = everybody.reader.get(&path).json();
    jana.change(&lamps[1], "higher", &properties(&json!({ "height": 9 })));
    let next = first["links"][1]["href"]
        .as_str()
        .unwrap()
        .replace(&jana.city.url(""), "");
    let second = everybody.reader.get(&next).json();
    assert_eq!(second["revision"], first["revision"]);
    assert_eq!(second["hash"], first["hash"]);
    assert_eq!(second["features"][0]["properties"]["height"], Value::Null);
    everybody.take(&first);
    everybody.take(&second);
    assert_eq!(
        everybody.hash(),
        format!("{} {}", first["count"], first["hash"].as_str().unwrap())
    );
    everybody.revision = first["revision"].as_i64().unwrap();
    assert_eq!(everybody.follow(1), 1);
}

#[test]
fn what_cannot_be_followed_is_refused_with_what_to_do() {
    let city = City::shared();
    let check = |query: &str, status: u16, word: &str| {
        let answer = city.get(&format!("/changes?{query}"));
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        assert!(answer.text().contains(word), "{}", answer.text());
    };
    check("since=0", 400, "`layer`");
    check("layer=street-lights", 400, "`since`");
    check("layer=street-lights&since=-1", 400, "`since`");
    check("layer=street-lights&since=0&until=99999", 400, "`until`");
    check("layer=nothing&since=0", 404, "/collections");
    check("layer=leases&since=0", 404, "/collections");
    check("layer=street-lights&since=99999", 410, "since=0");
    let path = "/changes?layer=street-lights&since=0&limit=1";
    let tag = city.get(path).header("etag").to_owned();
    assert_eq!(city.get_with(path, &[("if-none-match", &tag)]).status, 304);
}

#[test]
fn the_worked_example_of_the_documents_is_right() {
    let page = include_str!("../../docs/history.md");
    let example = page
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    let hash = hash_of(&json!([example]));
    assert!(page.contains(&hash.replace("1 ", "")), "{hash}");
    let twice = hash_of(&json!([example, example]));
    assert!(page.contains(&twice.replace("2 ", "")), "{twice}");
}
