//! The gate before all doors: slow clients are cut off, nobody takes more than a share, and what is too much is refused.

mod https;
mod manners;

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::city::City;
use crate::events::Listener;

/// A client that is slower than allowed is cut off after ten seconds and the second in which it is looked at.
const CUT: Duration = Duration::from_secs(14);
const TICK: Duration = Duration::from_millis(500);
/// An answer that no buffer between two programs swallows.
const LARGE: &str = "/collections/parcels/items?limit=10000";

/// Opens a connection to a city from one of the addresses that this machine has by itself.
pub(crate) fn connect_from(last: u8, city: &City) -> TcpStream {
    let address: SocketAddr = city.url("")["http://".len()..].parse().unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let own = IpAddr::from(Ipv4Addr::new(127, 0, 0, last));
    socket.bind(&SocketAddr::from((own, 0)).into()).unwrap();
    socket.connect(&address.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
}

/// Adds lines to the configuration of an instance.
pub(crate) fn configure(instance: &Path, lines: &str) {
    let file = OpenOptions::new()
        .append(true)
        .open(instance.join("obzor.toml"));
    writeln!(file.unwrap(), "\n{lines}").unwrap();
}

/// Asks for a path on an open connection and returns the status.
fn ask(stream: &mut TcpStream, path: &str) -> u16 {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: city\r\n\r\n").unwrap();
    status(stream)
}

/// Reads an answer that has a `Content-Length` and returns its status.
fn status(stream: &mut TcpStream) -> u16 {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    head["http/1.1 ".len()..][..3].parse().unwrap()
}

/// Sends a byte twice a second until the connection ends; says how long that took.
fn trickle(mut stream: TcpStream) -> Duration {
    let start = Instant::now();
    stream.set_read_timeout(Some(TICK)).unwrap();
    while start.elapsed() < 2 * CUT {
        let _ = stream.write(b"x");
        match stream.read(&mut [0; 1024]) {
            Ok(0) => break,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            _ => {}
        }
    }
    start.elapsed()
}

fn slow_head(city: &City) -> Duration {
    let mut stream = connect_from(2, city);
    write!(stream, "GET / HTTP/1.1\r\nHost: city\r\nX-Slow: ").unwrap();
    trickle(stream)
}

fn slow_second_head(city: &City) -> Duration {
    let mut stream = connect_from(2, city);
    assert_eq!(ask(&mut stream, "/livez"), 200);
    write!(stream, "GET / HTTP/1.1\r\nHost: city\r\nX-Slow: ").unwrap();
    trickle(stream)
}

fn silent_from_the_first_byte(city: &City) -> Duration {
    let mut stream = connect_from(2, city);
    let start = Instant::now();
    let _ = stream.read_to_end(&mut Vec::new());
    start.elapsed()
}

/// Somebody with a right to write sends what is written a byte at a time.
fn slow_body(city: &City, token: &str) -> Duration {
    let mut stream = connect_from(2, city);
    write!(
        stream,
        "POST /collections/street-lights/items HTTP/1.1\r\nHost: city\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/geo+json\r\nContent-Length: 100000\r\n\r\n"
    )
    .unwrap();
    trickle(stream)
}

/// Reads an answer of megabytes a kilobyte now and then; says after how long and how many bytes it ended.
fn slow_reader(city: &City) -> (Duration, usize) {
    let mut stream = connect_from(2, city);
    write!(stream, "GET {LARGE} HTTP/1.1\r\nHost: city\r\n\r\n").unwrap();
    let start = Instant::now();
    while start.elapsed() < CUT {
        stream.read_exact(&mut [0; 100]).unwrap();
        thread::sleep(TICK);
    }
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    (start.elapsed(), rest.len())
}

#[test]
fn who_is_too_slow_is_cut_off_and_an_open_map_is_not() {
    let city = City::start();
    let (_, said) = city.obzor(&["user", "add", "jana", "--municipality", "562971"]);
    assert!(said.contains("jana"), "{said}");
    let (_, token) = city.obzor(&["user", "token", "jana"]);
    let whole = city.get(LARGE).body.len();
    let mut map = Listener::open(&city, "?layers=trees");
    thread::scope(|scope| {
        let city = &city;
        let token = token.trim();
        let slow = [
            ("head", scope.spawn(|| slow_head(city))),
            ("second head", scope.spawn(|| slow_second_head(city))),
            ("nothing", scope.spawn(|| silent_from_the_first_byte(city))),
            ("body", scope.spawn(move || slow_body(city, token))),
        ];
        let reader = scope.spawn(|| slow_reader(city));
        for (what, slow) in slow {
            let took = slow.join().unwrap();
            assert!(
                took > Duration::from_secs(9) && took < CUT,
                "{what}: {took:?}"
            );
        }
        let (took, read) = reader.join().unwrap();
        assert!(read < whole, "{read} of {whole} bytes came within {took:?}");
    });
    map.heartbeat();
}

#[test]
fn a_quiet_connection_is_closed_in_its_time() {
    let city = City::start_on(|instance| configure(instance, "[http]\nidle_seconds = 1"));
    let mut stream = connect_from(2, &city);
    assert_eq!(ask(&mut stream, "/livez"), 200);
    let start = Instant::now();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn connections_have_limits_for_one_and_for_all() {
    let limits = "[http]\nconnections = 6\nconnections_per_address = 4";
    let city = City::start_on(|instance| configure(instance, limits));
    let mut held: Vec<_> = [2, 2, 2, 2, 3].map(|last| connect_from(last, &city)).into();
    for stream in &mut held {
        assert_eq!(ask(stream, "/livez"), 200);
    }
    assert_eq!(status(&mut connect_from(2, &city)), 429);
    let mut last = connect_from(3, &city);
    assert_eq!(ask(&mut last, "/livez"), 200);
    assert_eq!(status(&mut connect_from(4, &city)), 503);
    drop(held);
    thread::sleep(TICK);
    assert_eq!(ask(&mut connect_from(2, &city), "/livez"), 200);
}

#[test]
fn requests_have_limits_for_one_and_for_all() {
    let limits = "[http]\nrequests = 3\nrequests_per_address = 2";
    let city = City::start_on(|instance| configure(instance, limits));
    let statuses = |lasts: &[u8]| -> Vec<u16> {
        let mut streams: Vec<_> = lasts
            .iter()
            .map(|last| connect_from(*last, &city))
            .collect();
        for stream in &mut streams {
            write!(stream, "GET {LARGE} HTTP/1.1\r\nHost: city\r\n\r\n").unwrap();
        }
        streams.iter_mut().map(status).collect()
    };
    let own = statuses(&[2; 12]);
    assert!(own.contains(&200) && own.contains(&429), "{own:?}");
    assert!(!own.contains(&503), "{own:?}");
    let all = statuses(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    assert!(all.contains(&200) && all.contains(&503), "{all:?}");
    assert!(!all.contains(&429), "{all:?}");
    assert_eq!(
        statuses(&[2, 3]),
        [200, 200],
        "a place that was given back can be taken"
    );
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let city = City::shared();
    let long = "x".repeat(17 * 1024);
    assert_eq!(city.get_with("/", &[("x-long", &long)]).status, 431);
    assert_eq!(city.get(&format!("/collections?f={long}")).status, 431);
}
