//! The program as a service: readiness, starting again, stopping gracefully, and pages that need nobody else.

use std::thread;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::city::City;

#[test]
fn a_running_city_is_alive_and_ready() {
    let city = City::shared();
    assert_eq!(city.get("/livez").status, 200);
    assert_eq!(city.get("/readyz").status, 200);
}

#[test]
fn the_second_start_takes_seconds() {
    let city = City::start();
    let start = Instant::now();
    let city = city.restart();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(city.get("/collections").status, 200);
}

#[test]
fn a_stopped_server_finishes_what_it_began() {
    let mut city = City::start();
    let url = city.url("/collections/parcels/items?limit=10000");
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            thread::spawn(move || Answer::try_get(&url, &[]))
        })
        .collect();
    // Long enough to be accepted, short enough not to be finished: encoding thousands of parcels takes longer.
    thread::sleep(Duration::from_millis(40));
    city.stop();
    for request in requests {
        let answer = request
            .join()
            .unwrap()
            .expect("an accepted request is answered");
        assert_eq!(answer.json()["type"], "FeatureCollection");
    }
}

#[test]
fn the_map_and_what_it_loads_come_from_this_server_alone() {
    let city = City::shared();
    for path in ["/map", "/styles/city.json", "/map/config.json"] {
        let answer = city.get(path);
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text().replace(&city.url(""), "");
        for foreign in [
            "src=\"http",
            "href=\"http",
            "\"url\":\"http",
            "\"tiles\":[\"http",
            "url(http",
        ] {
            assert!(!text.contains(foreign), "{path} loads from elsewhere");
        }
    }
}

#[test]
fn a_sample_instance_turns_robots_away() {
    let robots = City::shared().get("/robots.txt");
    assert!(robots.text().contains("Disallow: /"), "{}", robots.text());
}
