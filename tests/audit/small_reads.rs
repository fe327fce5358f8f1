//! Tiles and hits of what is not public: few events say who read them, and nobody reads what cannot be written down.

use serde_json::Value;

use crate::city::City;
use crate::import::tile_of;

const NETWORK: &str = "optical-lines";

/// Adds a planner and returns the header that shows the planner's token.
fn planner(city: &City, name: &str) -> String {
    let (code, said) = city.obzor(&["user", "add", name, "--role", "planner"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, token) = city.obzor(&["user", "token", name]);
    format!("Bearer {}", token.lines().next().unwrap())
}

/// Returns where a line of the network begins, which somebody else looks up.
fn place(city: &City) -> (u32, u32) {
    let eva = planner(city, "eva");
    let path = format!("/collections/{NETWORK}/items?limit=1&f=json");
    let lines = city.get_with(&path, &[("Authorization", &eva)]).json();
    let start = &lines["features"][0]["geometry"]["coordinates"][0];
    let at = |axis: usize| start[axis].as_f64().unwrap();
    tile_of(at(0), at(1), 16)
}

/// Returns the status of a tile of layers, one of many around a place.
fn tile(city: &City, layers: &str, (x, y): (u32, u32), number: u32, bearer: &str) -> u16 {
    let path = format!("/tiles/{layers}/16/{}/{}", x + number % 6, y + number / 6);
    city.get_with(&path, &[("Authorization", bearer)]).status
}

fn events(city: &City, arguments: &[&str]) -> Vec<Value> {
    let search = ["audit", "search", "--act", "read", "--json"];
    let (code, found) = city.obzor(&[&search[..], arguments].concat());
    assert_eq!(code, Some(0), "{found}");
    let found: Vec<Value> = serde_json::from_str(&found).unwrap();
    found
        .into_iter()
        .map(|mut row| row["event"].take())
        .collect()
}

fn sum(events: &[Value], of: &str) -> u64 {
    events.iter().filter_map(|event| event[of].as_u64()).sum()
}

#[test]
fn who_read_tiles_of_a_network_is_found_in_a_few_events() {
    for mut city in City::start_both() {
        let place = place(&city);
        let (jana, petr) = (planner(&city, "jana"), planner(&city, "petr"));
        for number in 0..30 {
            assert!(tile(&city, NETWORK, place, number, &jana) < 300);
        }
        for number in 0..5 {
            let both = format!("parcels,{NETWORK}");
            assert!(tile(&city, &both, place, number, &petr) < 300);
            assert!(tile(&city, "parcels", place, number, &petr) < 300);
        }
        // That somebody reads stands in the log at once, how much within minutes.
        let at_once = events(&city, &["--layer", NETWORK]);
        let who: Vec<_> = at_once.iter().map(|event| &event["actor"]).collect();
        assert_eq!(who, ["petr", "jana", "eva"]);
        assert_eq!(sum(&at_once, "tiles"), 2);
        city.stop();
        let told = events(&city, &["--layer", NETWORK, "--actor", "jana"]);
        assert_eq!((told.len(), sum(&told, "tiles")), (2, 30), "{told:?}");
        assert!(sum(&told, "bytes") > 100, "{told:?}");
        let told = events(&city, &["--actor", "petr"]);
        assert_eq!((told.len(), sum(&told, "tiles")), (2, 5), "{told:?}");
        assert!(told.iter().all(|event| event["layer"] == NETWORK));
        let (code, said) = city.obzor(&["audit", "verify"]);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn hits_beyond_the_publics_are_counted() {
    let mut city = City::start();
    let jana = planner(&city, "jana");
    let first = city
        .get("/collections/switchboards/items?limit=1&f=json")
        .json();
    let title = first["features"][0]["properties"]["code"].as_str().unwrap();
    for _ in 0..2 {
        let path = format!("/search?q={title}&limit=1");
        for headers in [&[("Authorization", jana.as_str())][..], &[]] {
            let found = city.get_with(&path, headers).json();
            assert_eq!(found["results"][0]["layer"], "switchboards", "{found}");
        }
    }
    city.stop();
    let told = events(&city, &["--actor", "jana"]);
    assert_eq!(sum(&told, "rows"), 2, "{told:?}");
    assert_eq!(events(&city, &[]).len(), told.len());
}

#[test]
fn a_tile_that_cannot_be_written_down_is_not_sent() {
    let mut city = City::start();
    city.expect_trouble("the disk is full");
    let place = place(&city);
    let jana = planner(&city, "jana");
    let full = "CREATE TRIGGER full BEFORE INSERT ON obzor_audit
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    let store = rusqlite::Connection::open(city.store()).unwrap();
    store.execute_batch(full).unwrap();
    assert!(tile(&city, NETWORK, place, 1, &jana) >= 500);
    assert!(tile(&city, "parcels", place, 1, &jana) < 300);
    store.execute_batch("DROP TRIGGER full").unwrap();
    assert!(tile(&city, NETWORK, place, 1, &jana) < 300);
}
