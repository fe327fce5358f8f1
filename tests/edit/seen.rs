//! An edit is in the next answer of every door, in the file that GDAL opens, and in the history.

use serde_json::{Value, json};

use super::{Editor, LAMPS, TOWN, id_of, stored};
use crate::city::City;

/// The tile around the place of the test's lamps, 13.4037° 50.4606°.
const TILE: &str = "/tiles/street-lights/16/35208/22095";

fn found(city: &City, code: &str) -> bool {
    let hits = city.get(&format!("/search?limit=50&q={code}")).json();
    hits["results"].to_string().contains(code) || hits.to_string().contains(code)
}

#[test]
fn an_edit_is_in_the_next_tile_list_search_and_file() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let tile = || city.get(TILE).body;
    let without = tile();
    let (path, etag) = {
        let made = jana.send(
            "POST",
            &format!("{LAMPS}?reason=nov%C3%BD%20sloup"),
            "",
            &super::lamp(TOWN, "ZKOUSKA-77"),
        );
        assert_eq!(made.status, 201, "{}", made.text());
        (
            made.header("location").replace(&city.url(""), ""),
            made.header("etag").to_owned(),
        )
    };
    let id = id_of(&path);
    let with = tile();
    assert_ne!(with, without, "the lamp is not in the tile");
    assert_eq!(city.get(&path).json()["properties"]["code"], "ZKOUSKA-77");
    assert!(found(&city, "ZKOUSKA-77"), "the lamp is not found");
    let row = |column: &str| {
        stored(
            &city,
            &format!("SELECT {column} FROM \"street-lights\" WHERE id = '{id}'"),
        )
    };
    assert_eq!(row("code"), "ZKOUSKA-77");
    let last = |column: &str| {
        stored(
            &city,
            &format!("SELECT {column} FROM obzor_revisions ORDER BY revision DESC LIMIT 1"),
        )
    };
    assert_eq!(last("author || '|' || reason"), "jana|nový sloup");
    assert!(last("at").starts_with("20"));

    let changed = jana.patch(
        &path,
        &etag,
        &json!({ "code": "ZKOUSKA-78", "public": true }),
    );
    assert!(!found(&city, "ZKOUSKA-77") && found(&city, "ZKOUSKA-78"));
    assert_ne!(tile(), with);
    assert_eq!(row("code || '|' || rev"), "ZKOUSKA-78|2");
    assert_eq!(last("reason"), "změna prvku přes rozhraní");

    let removed = jana.send("DELETE", &path, changed.header("etag"), &Value::Null);
    assert_eq!((removed.status, removed.body.len()), (204, 0));
    assert_eq!(tile(), without);
    assert!(!found(&city, "ZKOUSKA-78"));
    assert_eq!(row("code"), "");
    let history = format!("SELECT group_concat(operation) FROM obzor_history WHERE id = '{id}'");
    assert_eq!(stored(&city, &history), "insert,update,delete");
}

#[test]
fn the_description_has_the_operations_that_write() {
    let city = City::shared();
    let api = city.get("/api").json();
    let items = &api["paths"][LAMPS];
    let item = &api["paths"][format!("{LAMPS}/{{featureId}}")];
    for operation in [&items["post"], &item["patch"], &item["delete"]] {
        assert_eq!(operation["security"][0]["token"], json!([]));
    }
    assert_eq!(
        api["components"]["securitySchemes"]["token"]["scheme"],
        "bearer"
    );
}
