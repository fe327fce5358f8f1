//! More than the server can do, and clients that want it to stand still: good ones go on, and memory has its bound.

mod load;

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};

use self::load::{Load, Seen};
use crate::city::City;
use crate::gate::{configure, connect_from};
use crate::replicas::say;

/// What good clients ask for, in turn.
const GOOD: [&str; 3] = [
    "/tiles/parcels,buildings/14/8824/5525",
    "/collections/street-lights/items?limit=10",
    "/search?q=lipova",
];
const GOOD_RATE: f64 = 100.0;
/// What takes the server a while.
const COSTLY: [&str; 1] = ["/collections/parcels/items?limit=500"];
const ATTACKERS: usize = 1000;
/// In which half of the attackers come, or more.
const BEGINNING: Duration = Duration::from_secs(2);
/// By how much memory may grow: the bound of answers that wait, and what is worked on.
const MEMORY_MIB: u64 = 256 + 350;
/// Within this a slower answer is no worse: what a busy machine adds by itself.
const NOISE: Duration = Duration::from_millis(25);

/// Ways to make a server stand still, as slowhttptest knows them.
const ATTACKS: [(&str, &[&str]); 3] = [
    ("slow headers", &["-H", "-i", "5", "-x", "24"]),
    (
        "slow bodies",
        &["-B", "-i", "5", "-s", "100000", "-t", "POST"],
    ),
    (
        "slow readers",
        &[
            "-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3",
        ],
    ),
];

#[test]
fn slow_clients_do_not_slow_the_good_ones() {
    let city = city();
    let calm = good(&city, 3);
    for (what, arguments) in ATTACKS {
        let seen = under_attack(&city, arguments, 4);
        assert_all_answered(what, &seen);
    }
    let idle = idle(&city);
    assert_all_answered("idle connections", &good(&city, 3));
    drop(idle);
    assert_all_answered("no attack", &calm);
}

#[test]
#[ignore = "slow: three minutes, and a quiet machine"]
fn slow_clients_do_not_slow_the_good_ones_by_half() {
    let city = city();
    good(&city, 5);
    let calm = good(&city, 20);
    calm.print("without an attack");
    let is_as_fast = |seen: &Seen| seen.p99() <= 2 * calm.p99().max(NOISE);
    for (what, arguments) in ATTACKS {
        let seen = under_attack(&city, arguments, 30);
        seen.print(what);
        assert_all_answered(what, &seen);
        assert!(is_as_fast(&seen), "{what}");
    }
    let idle = idle(&city);
    let seen = good(&city, 20);
    seen.print("1,000 idle connections");
    assert_all_answered("idle connections", &seen);
    assert!(is_as_fast(&seen), "idle connections");
    drop(idle);
}

#[test]
fn twice_as_much_as_can_be_done_is_refused_in_part() {
    overload(20);
}

#[test]
#[ignore = "slow: six minutes"]
fn five_minutes_of_twice_as_much_as_can_be_done() {
    overload(300);
}

fn overload(seconds: u64) {
    let city = City::start();
    good(&city, 2);
    let before = good(&city, 5);
    let memory_before = city.memory();
    let most = Load {
        paths: &COSTLY,
        rate: 10_000.0,
        clients: 8,
        from: &[2],
    }
    .on(&city, 5);
    let capacity = most.number(200) as f64 / 5.0;
    let offered = 2.0 * capacity;
    let stop = AtomicBool::new(false);
    let (seen, memory) = thread::scope(|scope| {
        let watch = scope.spawn(|| most_memory(&city, &stop));
        let load = Load {
            paths: &COSTLY,
            rate: offered,
            clients: 240,
            from: &[11, 12, 13, 14],
        };
        let seen = load.on(&city, seconds);
        stop.store(true, Ordering::Relaxed);
        (seen, watch.join().unwrap())
    });
    thread::sleep(Duration::from_secs(5));
    let after = good(&city, 5);
    before.print("before");
    seen.print(&format!(
        "{offered:.0} of {capacity:.0} requests per second offered for {seconds} s"
    ));
    after.print("from the 5th to the 10th second after");
    say(&format!(
        "memory: {memory_before} MiB before, {memory} MiB at most"
    ));
    assert!(
        seen.statuses()
            .all(|status| [200, 429, 503].contains(&status)),
        "statuses"
    );
    assert_eq!(seen.failed, 0, "every request is answered");
    assert!(
        seen.number(200) > 0 && seen.number(503) > 0,
        "both are there"
    );
    assert!(
        memory < memory_before + MEMORY_MIB,
        "{memory_before} MiB, then {memory}"
    );
    assert_all_answered("after", &after);
    assert!(after.p99() <= 2 * before.p99().max(NOISE), "back to normal");
}

/// Starts a city that lets all the attackers in, which is harder than to turn them away at the door.
fn city() -> City {
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).unwrap();
    City::start_on(|instance| {
        configure(
            instance,
            "[http]\nconnections = 4000\nconnections_per_address = 3000",
        );
    })
}

/// Lets good clients ask for so many seconds.
fn good(city: &City, seconds: u64) -> Seen {
    Load {
        paths: &GOOD,
        rate: GOOD_RATE,
        clients: 20,
        from: &[9],
    }
    .on(city, seconds)
}

/// Lets good clients ask while slowhttptest does its worst, again whenever it was thrown out.
fn under_attack(city: &City, arguments: &[&str], seconds: u64) -> Seen {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let attack = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let mut attack = attack(city, arguments);
                while attack.try_wait().unwrap().is_none() && !stop.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(50));
                }
                let _ = attack.kill();
                attack.wait().unwrap();
            }
        });
        thread::sleep(BEGINNING);
        let seen = good(city, seconds);
        stop.store(true, Ordering::Relaxed);
        attack.join().unwrap();
        seen
    })
}

fn attack(city: &City, arguments: &[&str]) -> Child {
    let path = if arguments[0] == "-X" {
        "/collections/parcels/items?limit=2000"
    } else {
        "/collections/street-lights/items"
    };
    Command::new("slowhttptest")
        .args([
            "-c",
            &ATTACKERS.to_string(),
            "-r",
            "500",
            "-l",
            "300",
            "-p",
            "3",
            "-v",
            "0",
        ])
        .args(arguments)
        .args(["-u", &city.url(path)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("slowhttptest: {error}; scripts/setup --test installs it"))
}

/// Opens connections that asked once and then say nothing.
fn idle(city: &City) -> Vec<std::net::TcpStream> {
    let connect = |_| {
        let mut stream = connect_from(3, city);
        load::ask(&mut stream, "/livez").unwrap();
        stream
    };
    (0..ATTACKERS).map(connect).collect()
}

fn most_memory(city: &City, stop: &AtomicBool) -> u64 {
    let mut most = 0;
    while !stop.load(Ordering::Relaxed) {
        most = most.max(city.memory());
        thread::sleep(Duration::from_millis(200));
    }
    most
}

fn assert_all_answered(what: &str, seen: &Seen) {
    assert_eq!(seen.failed, 0, "{what}");
    let strange: Vec<_> = seen.statuses().filter(|status| *status != 200).collect();
    assert!(strange.is_empty(), "{what}: {strange:?}");
}
