//! PostgreSQL is killed under load: tiles come from memory, the rest says to wait, and all goes on when it is back.

use std::thread;
use std::time::{Duration, Instant};

use test_postgres::{Cluster, Database};

use self::load::threads;
use crate::answer::Answer;
use crate::city::City;
use crate::replicas::say;

pub(crate) mod load;

const PAGE: &str = "/collections/parcels/items?limit=1&f=json";
const TILE: &str = "/tiles/parcels/14/8824/5525";
/// Within what time everything must work again.
const RECOVERY: Duration = Duration::from_secs(10);

/// Waits for an answer with a status and returns it with how long that took.
fn until(city: &City, path: &str, status: u16) -> (Answer, Duration) {
    let start = Instant::now();
    loop {
        let answer = city.get(path);
        if answer.status == status {
            return (answer, start.elapsed());
        }
        assert!(start.elapsed() < RECOVERY, "{path}: {}", answer.status);
        thread::sleep(Duration::from_millis(20));
    }
}

/// Gets a path, which must be answered quickly.
fn at_once(city: &City, path: &str) -> Answer {
    let start = Instant::now();
    let answer = city.get(path);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "{path}: {took:?}");
    answer
}

/// What every server without its database answers.
fn check_cut_off(city: &City, tile: &Answer) {
    for path in [
        "/map",
        "/styles/city.json",
        "/collections?f=json",
        "/livez",
        "/readyz",
    ] {
        let answer = at_once(city, path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let shown = at_once(city, TILE);
    assert_eq!((shown.status, &shown.body), (200, &tile.body));
    assert_eq!(shown.header("cache-control"), "no-store");
    for path in [PAGE, "/healthz", "/search?q=1"] {
        let answer = at_once(city, path);
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.text().contains("postgres"), "{}", answer.text());
    }
}

/// What every server with its database answers.
fn check_whole(city: &City, tile: &Answer) {
    let (_, waited) = until(city, "/healthz", 200);
    assert!(waited < RECOVERY, "{waited:?}");
    assert_eq!(city.get(PAGE).status, 200);
    let shown = city.get(TILE);
    assert!(shown.body == tile.body);
    assert_eq!(shown.header("cache-control"), "no-cache");
}

fn loaded_city() -> (City, Answer) {
    let mut city = City::start_in(Database::fresh_in(Cluster::durable()));
    city.expect_trouble("cannot");
    let paths = ["/collections?f=json", PAGE, "/search?q=1"];
    assert!(paths.iter().all(|path| city.get(path).status == 200));
    let tile = city.get(TILE);
    assert!(tile.status == 200 && tile.body.len() > 1000);
    until(&city, "/healthz", 200);
    (city, tile)
}

#[test]
fn tiles_come_from_memory_while_the_server_is_dead_and_all_goes_on_when_it_is_back() {
    let (city, tile) = loaded_city();
    for _ in 0..2 {
        city.database().cluster().kill();
        until(&city, "/healthz", 503);
        check_cut_off(&city, &tile);
        city.database().cluster().start_again();
        check_whole(&city, &tile);
    }
}

#[test]
fn a_server_that_answers_nothing_is_noticed_and_waited_for_by_nobody() {
    let (city, tile) = loaded_city();
    city.database().cluster().freeze();
    until(&city, "/healthz", 503);
    check_cut_off(&city, &tile);
    city.database().cluster().thaw();
    check_whole(&city, &tile);
}

/// What is done to the server while it is asked.
#[derive(Clone, Copy)]
enum Blow {
    Kill,
    Freeze,
}

/// Asks a city fifty times a second while its database suffers, and counts afterwards what was written.
fn nothing_is_lost_or_doubled(blows: &[Blow], between: Duration, away: Duration) {
    let (city, _) = loaded_city();
    let before = counts(&city);
    let (mut most_threads, mut recovered) = (0, Duration::ZERO);
    let mut seen = load::on(&city, || {
        for blow in blows {
            thread::sleep(between);
            strike(&city, *blow, away);
            most_threads = most_threads.max(threads(&city));
            let (_, waited) = until(&city, PAGE, 200);
            recovered = recovered.max(waited);
        }
        thread::sleep(between);
    });
    seen.print();
    say(&format!(
        "  recovered within {recovered:.1?}, {most_threads} threads"
    ));
    assert!(
        seen.tiles.refused.0.is_empty(),
        "tiles come whatever happens"
    );
    assert!(
        !seen.pages.refused.0.is_empty() && !seen.changes.refused.0.is_empty(),
        "it was away"
    );
    assert!(seen.tiles.answered.share(0.99) < Duration::from_secs(1));
    assert!(most_threads < 150, "{most_threads}");
    let after = counts(&city);
    assert_eq!(after.0 - before.0, seen.changes.written, "changes");
    assert_eq!(after.1 - before.1, seen.creates.written, "new features");
    check_whole(&city, &city.get(TILE));
}

fn strike(city: &City, blow: Blow, away: Duration) {
    let cluster = city.database().cluster();
    match blow {
        Blow::Kill => {
            cluster.kill();
            thread::sleep(away);
            cluster.start_again();
        }
        Blow::Freeze => {
            cluster.freeze();
            thread::sleep(away);
            cluster.thaw();
        }
    }
}

/// Counts the changes and the new features that history holds.
fn counts(city: &City) -> (usize, usize) {
    let count = |operation: &str| {
        let counted = city.psql(&format!(
            "SELECT count(*) FROM obzor_store.history WHERE operation = '{operation}'"
        ));
        counted.trim().parse().unwrap()
    };
    (count("update"), count("insert"))
}

#[test]
fn of_fifty_requests_a_second_nothing_is_lost_or_doubled_by_a_kill() {
    nothing_is_lost_or_doubled(
        &[Blow::Kill],
        Duration::from_secs(3),
        Duration::from_secs(2),
    );
}

#[test]
#[ignore = "slow: six blows, two minutes"]
fn of_fifty_requests_a_second_nothing_is_lost_or_doubled_by_many_blows() {
    use Blow::{Freeze, Kill};
    let blows = [Kill, Freeze, Kill, Kill, Freeze, Kill];
    nothing_is_lost_or_doubled(&blows, Duration::from_secs(8), Duration::from_secs(8));
}
