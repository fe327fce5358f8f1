//! Servers that read from a standby: as new as it, honest when it lags, and true to who has just written.

use std::time::{Duration, Instant};

use serde_json::json;
use test_postgres::{Cluster, Database};

use super::{Lamp, lamps, moving, on, until_new};
use crate::answer::Answer;
use crate::city::City;
use crate::outage::load::token;

/// Starts a server that writes to the primary and reads from the standby.
pub(super) fn reading_from_it(city: &City) -> City {
    let [store] = on(city.database());
    let from = ("OBZOR_READ_FROM", city.database().standby_url());
    city.replica(&[store, from])
}

/// Starts a server that knows the standby alone.
pub(super) fn only_on_it(city: &City) -> City {
    city.replica(&[("OBZOR_STORE", city.database().standby_url())])
}

/// Waits until a server says that it is up to date, or that it is not.
fn until_health(city: &City, status: u16) {
    let start = Instant::now();
    while city.get("/healthz").status != status {
        assert!(start.elapsed() < Duration::from_secs(10), "not {status}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn kept(answer: &Answer) -> &str {
    answer.header("cache-control")
}

#[test]
fn servers_on_a_standby_are_as_new_as_it_and_say_when_it_lags() {
    let city = City::start_in(Database::fresh_in(Cluster::durable()));
    city.database().cluster().start_standby();
    let (both, only) = (reading_from_it(&city), only_on_it(&city));
    let lamp = &lamps(&city, 1)[0];
    let Lamp { fid, tile } = lamp;
    for server in [&both, &only] {
        until_health(server, 200);
        let before = server.get(tile).header("etag").to_owned();
        let start = Instant::now();
        city.psql(&moving(lamp, 3.0));
        assert!(until_new(server, tile, &before, start) < super::SOON);
    }

    let mut standby = city.database().connect_to_standby();
    standby
        .batch_execute("SELECT pg_wal_replay_pause()")
        .unwrap();
    let before = both.get(tile).header("etag").to_owned();
    city.psql(&moving(lamp, 3.0));
    let item = format!("/collections/street-lights/items/{fid}");
    let paths = [
        tile.as_str(),
        &item,
        "/tiles/street-lights",
        "/catalog?f=json",
        "/collections?f=json",
    ];
    for server in [&both, &only] {
        until_health(server, 503);
        assert_eq!(server.get("/readyz").status, 200);
        for path in paths {
            let answer = server.get(path);
            assert_eq!((answer.status, kept(&answer)), (200, "no-store"), "{path}");
        }
        assert_eq!(
            server.get(tile).header("etag"),
            before,
            "it shows what it has"
        );
    }
    let jana = Jana::of(&city, &item);
    jana.sees_her_edit_while_it_lags(&both);

    standby
        .batch_execute("SELECT pg_wal_replay_resume()")
        .unwrap();
    for server in [&both, &only] {
        until_health(server, 200);
        let shown = server.get(tile);
        assert_eq!(kept(&shown), "no-cache");
        assert_eq!(shown.header("etag"), city.get(tile).header("etag"));
    }
    let refused = jana.patch(&only, only.get(&item).header("etag"), "8");
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("jen čte"), "{}", refused.text());
}

/// An editor of a lamp.
struct Jana<'a> {
    bearer: String,
    item: &'a str,
}

impl<'a> Jana<'a> {
    fn of(city: &City, item: &'a str) -> Self {
        let owner = city.psql(&format!(
            "SELECT municipality_code FROM obzor.\"street-lights\" WHERE fid = {}",
            item.rsplit('/').next().unwrap()
        ));
        let token = token(city, owner.trim().parse().unwrap());
        let bearer = format!("Bearer {token}");
        Self { bearer, item }
    }

    fn get(&self, server: &City) -> Answer {
        server.get_with(self.item, &[("authorization", &self.bearer)])
    }

    fn patch(&self, server: &City, etag: &str, circuit: &str) -> Answer {
        let body = json!({ "type": "Feature", "properties": { "circuit": circuit } });
        let headers = [
            ("authorization", self.bearer.as_str()),
            ("content-type", "application/geo+json"),
            ("if-match", etag),
        ];
        let url = server.url(self.item);
        Answer::try_send("PATCH", &url, &headers, body.to_string()).unwrap()
    }

    /// Whatever the standby shows, who has just written sees it.
    fn sees_her_edit_while_it_lags(&self, server: &City) {
        let changed = self.patch(server, self.get(server).header("etag"), "7");
        assert_eq!(changed.status, 200, "{}", changed.text());
        let read = self.get(server);
        assert_eq!(read.json()["properties"]["circuit"], "7");
        assert_eq!(read.header("etag"), changed.header("etag"));
    }
}
