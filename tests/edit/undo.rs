//! `obzor undo` puts back every byte, or with `--strict` refuses and says what stands in the way.

use std::process::Command;

use serde_json::{Value, json};

use super::{Editor, TOWN, id_of, obzor, one_of, stored};
use crate::city::City;

fn head(city: &City) -> String {
    stored(city, "SELECT max(revision) FROM obzor_revisions")
}

/// Everything of a row but how often it was written, as text and bytes.
fn row(city: &City, path: &str) -> String {
    let columns = "code, status, height, luminaires, total_power, circuit, inspected_on, note, public, hex(geom)";
    let columns = columns.split(", ").map(|column| format!("quote({column})"));
    let columns = columns.collect::<Vec<_>>().join(" || '|' || ");
    stored(
        city,
        &format!(
            "SELECT {columns} FROM \"street-lights\" WHERE id = '{}'",
            id_of(path)
        ),
    )
}

#[test]
fn a_change_and_a_removal_are_put_back_to_the_byte() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let path = one_of(&city, "street-lights", TOWN);
        let before = row(&city, &path);
        assert!(before.len() > 60, "{before}");
        let seen = city.get(&path);
        let mut sent = seen.json();
        sent["geometry"]["coordinates"] = json!([13.41, 50.46]);
        sent["properties"]["height"] = json!(0.1);
        sent["properties"]["luminaires"] = json!([{ "power": 1.5 }]);
        let changed = jana.send("PATCH", &path, seen.header("etag"), &sent);
        assert_eq!(changed.status, 200, "{}", changed.text());
        let after = row(&city, &path);
        assert_ne!(after, before);
        let change = head(&city);
        obzor(
            &city,
            &[
                "undo",
                &change,
                "--author",
                "jana",
                "--reason",
                "spletl jsem se",
            ],
        );
        assert_eq!(row(&city, &path), before);
        let last =
            "SELECT author || '|' || reason FROM obzor_revisions ORDER BY revision DESC LIMIT 1";
        assert_eq!(stored(&city, last), "jana|spletl jsem se");
        // The way back is a revision too.
        obzor(&city, &["undo", &head(&city), "--author", "jana"]);
        assert_eq!(row(&city, &path), after);

        let etag = jana.get(&path).header("etag").to_owned();
        assert_eq!(jana.send("DELETE", &path, &etag, &Value::Null).status, 204);
        assert_eq!(city.get(&path).status, 404);
        obzor(&city, &["undo", &head(&city), "--author", "jana"]);
        assert_eq!(row(&city, &path), after);
        assert_eq!(city.get(&path).status, 200);
        // A tag from before the removal names no version of what came back.
        assert_eq!(jana.send("DELETE", &path, &etag, &Value::Null).status, 412);

        let (new, _) = jana.add_lamp(TOWN, "T-1");
        obzor(&city, &["undo", &head(&city), "--author", "jana"]);
        assert_eq!(city.get(&new).status, 404);
    }
}

#[test]
fn what_was_changed_since_stands_in_the_way_of_who_is_strict_and_is_named() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let (path, etag) = jana.add_lamp(TOWN, "T-1");
        let first = jana.patch(&path, &etag, &json!({ "height": 5.0 }));
        let revision = head(&city);
        jana.patch(&path, first.header("etag"), &json!({ "height": 6.0 }));
        let later = head(&city);
        let before = row(&city, &path);
        let undo = |revision: &str| {
            let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
                .args([
                    "undo",
                    revision,
                    "--strict",
                    "--author",
                    "jana",
                    "--instance",
                ])
                .arg(city.instance())
                .output()
                .unwrap();
            (
                output.status.code(),
                String::from_utf8(output.stderr).unwrap(),
            )
        };
        let (code, said) = undo(&revision);
        assert_eq!(code, Some(3), "{said}");
        assert!(
            said.contains(id_of(&path)) && said.contains(&format!("revize {later}")),
            "{said}"
        );
        assert_eq!((row(&city, &path), head(&city)), (before, later));
        assert_eq!(undo("999999").0, Some(3));
        assert_eq!(undo("0").0, Some(2));
    }
}
