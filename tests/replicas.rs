//! Several servers on one database: each shows what anybody committed within a second, and loses nothing.

use std::thread;
use std::time::{Duration, Instant};

use test_postgres::{Cluster, Database};

use crate::city::City;
use crate::events::Listener;

mod standby;

/// How soon everybody must see what somebody committed.
const SOON: Duration = Duration::from_secs(1);

/// A lamp of the sample and the tile that shows it.
struct Lamp {
    fid: i64,
    tile: String,
}

/// Returns so many lamps, far enough from the edges of their tiles to be moved.
fn lamps(city: &City, count: usize) -> Vec<Lamp> {
    let world = "20037508.342789244";
    let rows = city.psql(&format!(
        "SELECT fid, floor(x), floor(y) FROM obzor.\"street-lights\",
           LATERAL (SELECT ST_Transform(geom, 3857)) m(at),
           LATERAL (SELECT (ST_X(at) / {world} + 1) * 32768, (1 - ST_Y(at) / {world}) * 32768) t(x, y)
         WHERE public AND x - floor(x) BETWEEN 0.2 AND 0.8 AND y - floor(y) BETWEEN 0.2 AND 0.8
         ORDER BY fid LIMIT {count}"
    ));
    let lamp = |row: &str| {
        let mut parts = row.split('|');
        let fid = parts.next().unwrap().parse().unwrap();
        let (x, y) = (parts.next().unwrap(), parts.next().unwrap());
        let tile = format!("/tiles/street-lights/16/{x}/{y}");
        Lamp { fid, tile }
    };
    let lamps: Vec<_> = rows.lines().map(lamp).collect();
    assert_eq!(lamps.len(), count, "{rows}");
    lamps
}

/// SQL that moves a lamp by so many metres.
fn moving(lamp: &Lamp, by: f64) -> String {
    let fid = lamp.fid;
    format!(
        "UPDATE obzor.\"street-lights\" SET geom = ST_Translate(geom, {by}, 0) WHERE fid = {fid}"
    )
}

/// Asks for a tile until it is another than before; returns how long that took since a moment.
fn until_new(city: &City, tile: &str, before: &str, since: Instant) -> Duration {
    while city.get(tile).header("etag") == before {
        assert!(since.elapsed() < 20 * SOON, "{tile} stays as it was");
        thread::sleep(Duration::from_millis(1));
    }
    since.elapsed()
}

/// Durations, for what is printed of them.
#[derive(Default)]
pub(crate) struct Times(pub(crate) Vec<Duration>);

impl Times {
    /// Returns the duration that this share of them does not exceed.
    pub(crate) fn share(&mut self, share: f64) -> Duration {
        self.0.sort();
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }

    /// Prints the middle one, the slow ones and the slowest.
    pub(crate) fn print(&mut self, what: &str) {
        let count = self.0.len();
        if count == 0 {
            return;
        }
        let [half, most, all] = [0.5, 0.99, 1.0].map(|share| self.share(share));
        say(&format!(
            "{what}: p50 {half:.1?}, p99 {most:.1?}, max {all:.1?} of {count}"
        ));
    }
}

/// Prints past the test runner, which would keep it to itself.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Returns the settings of a server on this database.
fn on(database: &Database) -> [(&'static str, String); 1] {
    [("OBZOR_STORE", database.url())]
}

/// Moves lamps in SQL one after the other and looks how soon each server shows and tells it.
fn every_server_shows_each_edit(edits: usize) {
    let city = City::start_in(Database::fresh());
    let replica = city.replica(&on(city.database()));
    let servers = [&city, &replica];
    let lamps = lamps(&city, 20);
    let mut listeners = servers.map(|server| Listener::open(server, "?layers=street-lights"));
    let mut client = city.database().connect();
    let (mut shown, mut told) = (Times::default(), Times::default());
    for (number, lamp) in lamps.iter().cycle().take(edits).enumerate() {
        let before = city.get(&lamp.tile).header("etag").to_owned();
        let start = Instant::now();
        let by = if (number / lamps.len()).is_multiple_of(2) {
            3.0
        } else {
            -3.0
        };
        client.batch_execute(&moving(lamp, by)).unwrap();
        thread::scope(|scope| {
            let looking =
                servers.map(|server| scope.spawn(|| until_new(server, &lamp.tile, &before, start)));
            let hearing = listeners.each_mut().map(|listener| {
                scope.spawn(move || {
                    listener.event();
                    start.elapsed()
                })
            });
            shown.0.extend(looking.map(|one| one.join().unwrap()));
            told.0.extend(hearing.map(|one| one.join().unwrap()));
        });
    }
    shown.print("an edit in SQL until the tile of a replica is new");
    told.print("an edit in SQL until a replica tells open maps");
    assert!(shown.share(0.99) < SOON && told.share(0.99) < SOON);
}

#[test]
fn an_edit_in_sql_is_on_every_replica_within_a_second() {
    every_server_shows_each_edit(30);
}

#[test]
#[ignore = "slow: 200 edits, a minute"]
fn of_two_hundred_edits_in_sql_99_of_100_are_on_every_replica_within_a_second() {
    every_server_shows_each_edit(200);
}

#[test]
fn a_server_whose_connections_were_cut_hears_the_next_edit() {
    let mut city = City::start_in(Database::fresh());
    city.expect_trouble("cannot");
    let lamps = lamps(&city, 2);
    let mut listener = Listener::open(&city, "?layers=street-lights");
    for lamp in &lamps {
        city.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        let start = Instant::now();
        city.psql(&moving(lamp, 3.0));
        listener.event();
        assert!(start.elapsed() < 2 * SOON, "{:?}", start.elapsed());
    }
}

/// Holds a transaction open while others commit, and looks whether every server shows all of it.
fn a_long_transaction_is_lost_by_nobody(
    city: &City,
    replicas: &[City],
    edits: usize,
    held: Duration,
) {
    let lamps = lamps(city, 41);
    let (late, others) = lamps.split_first().unwrap();
    let before = city.get(&late.tile).header("etag").to_owned();
    let (mut slow, mut quick) = (city.database().connect(), city.database().connect());
    slow.batch_execute(&format!("BEGIN; {}", moving(late, 7.0)))
        .unwrap();
    let others_of_its_tile = others.iter().any(|lamp| lamp.tile == late.tile);
    for (number, lamp) in others.iter().cycle().take(edits).enumerate() {
        let by = if (number / others.len()).is_multiple_of(2) {
            3.0
        } else {
            -2.0
        };
        quick.batch_execute(&moving(lamp, by)).unwrap();
        thread::sleep(held / edits as u32);
    }
    let shown = city.get(&late.tile).header("etag").to_owned();
    assert!(others_of_its_tile || shown == before, "it is not committed");
    let start = Instant::now();
    slow.batch_execute("COMMIT").unwrap();
    let mut times = Times::default();
    for server in std::iter::once(city).chain(replicas) {
        times.0.push(until_new(server, &late.tile, &shown, start));
    }
    times.print("a commit after a long transaction until the tile of a replica is new");
    assert!(times.share(1.0) < SOON);
    // One that begins now has read everything anew.
    let fresh = city.replica(&on(city.database()));
    for lamp in &lamps {
        let expected = fresh.get(&lamp.tile);
        for server in std::iter::once(city).chain(replicas) {
            let shown = server.get(&lamp.tile);
            assert!(
                shown.body == expected.body,
                "{}: an edit is lost",
                lamp.tile
            );
        }
    }
}

#[test]
fn a_transaction_held_open_is_lost_by_no_replica() {
    let city = City::start_in(Database::fresh());
    let replicas = [city.replica(&on(city.database()))];
    a_long_transaction_is_lost_by_nobody(&city, &replicas, 60, Duration::from_secs(3));
}

#[test]
#[ignore = "slow: a transaction of a minute"]
fn a_transaction_held_open_for_a_minute_is_lost_by_no_replica_nor_by_one_on_a_standby() {
    let city = City::start_in(Database::fresh_in(Cluster::durable()));
    city.database().cluster().start_standby();
    let replicas = [
        city.replica(&on(city.database())),
        standby::reading_from_it(&city),
        standby::only_on_it(&city),
    ];
    a_long_transaction_is_lost_by_nobody(&city, &replicas, 200, Duration::from_mins(1));
}
