//! Uploads in pieces, by the protocol tus: what is cut off goes on, and arrives once and whole.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::city::run;

const TUS: (&str, &str) = ("Tus-Resumable", "1.0.0");
const PIECE: (&str, &str) = ("Content-Type", "application/offset+octet-stream");

/// Writes what an upload says of its file.
pub(super) fn metadata(list: &str, file: &[u8], more: &[(&str, &str)]) -> String {
    let parts: Vec<_> = list.split('/').collect();
    let hash = sha256(file);
    let told = [
        ("layer", parts[2]),
        ("feature", parts[4]),
        ("sha256", &hash),
        ("filename", "foto.jpg"),
    ];
    let pair = |(key, value): &(&str, &str)| format!("{key} {}", BASE64_STANDARD.encode(value));
    let pairs: Vec<_> = told.iter().chain(more).map(pair).collect();
    pairs.join(",")
}

/// Begins an upload; returns the answer.
pub(super) fn begin(person: &Person<'_>, list: &str, file: &[u8]) -> Answer {
    let (length, metadata) = (file.len().to_string(), metadata(list, file, &[]));
    let headers = [
        TUS,
        ("Upload-Length", length.as_str()),
        ("Upload-Metadata", &metadata),
    ];
    person.send("POST", "/attachments", &headers, b"")
}

/// Begins an upload, which must succeed, and returns its path.
fn begun(person: &Person<'_>, list: &str, file: &[u8]) -> String {
    let answer = begin(person, list, file);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let location = answer.header("location");
    location.replace(&person.city.url(""), "")
}

pub(super) fn piece(
    person: &Person<'_>,
    upload: &str,
    offset: usize,
    bytes: &[u8],
    more: &[(&str, &str)],
) -> Answer {
    try_piece(person, upload, offset, bytes, more).unwrap()
}

/// Sends a piece; none when the server hangs up before all is sent.
fn try_piece(
    person: &Person<'_>,
    upload: &str,
    offset: usize,
    bytes: &[u8],
    more: &[(&str, &str)],
) -> Option<Answer> {
    let offset = offset.to_string();
    let own = ("Authorization", person.bearer.as_str());
    let headers = [own, TUS, PIECE, ("Upload-Offset", offset.as_str())];
    let headers = [&headers[..], more].concat();
    Answer::try_send("PATCH", &person.city.url(upload), &headers, bytes)
}

/// Sends a whole file; returns the last answer.
pub(super) fn upload(person: &Person<'_>, list: &str, file: &[u8]) -> Answer {
    piece(person, &begun(person, list, file), 0, file, &[])
}

fn offset(person: &Person<'_>, upload: &str) -> usize {
    let state = person.send("HEAD", upload, &[TUS], b"");
    assert_eq!(state.status, 200);
    assert_eq!(state.header("cache-control"), "no-store");
    state.header("upload-offset").parse().unwrap()
}

/// A source of numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// Promises all that is missing, sends some of it, and hangs up.
fn send_and_hang_up(
    server: &City,
    bearer: &str,
    upload: &str,
    from: usize,
    rest: &[u8],
    some: usize,
) {
    let address = server.url("").replace("http://", "");
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!(
        "PATCH {upload} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {bearer}\r\nTus-Resumable: 1.0.0\r\n\
         Content-Type: {}\r\nUpload-Offset: {from}\r\nContent-Length: {}\r\n\r\n",
        PIECE.1,
        rest.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server may have hung up first, because another request still has the upload.
    let _ = stream.write_all(&rest[..some]);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(5)));
    let _ = stream.read(&mut [0; 64]);
}

#[test]
fn a_photo_of_20_mb_that_is_cut_off_50_times_arrives_once_and_whole() {
    const CUTS: usize = 50;
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let list = list_of(&city, LAMPS, TOWN);
    let mut numbers = Numbers(7);
    let noise = (0..20_000_000).map(|_| numbers.below(256) as u8);
    let file = [photo("velká"), noise.collect()].concat();
    let upload = begun(&jana, &list, &file);
    let mut server = city.beside();
    let (mut from, mut killed, start) = (0, 0, Instant::now());
    for cut in 0..CUTS {
        let person = Person {
            city: &server,
            bearer: jana.bearer.clone(),
        };
        let seen = offset(&person, &upload);
        assert!(seen >= from, "{seen} bytes after {from}");
        assert_eq!(jana.list(&list), [""; 0], "it shows before it is whole");
        from = seen;
        let rest = &file[from..];
        // Some half of what is missing would soon be nothing: so much that all cuts have something to cut.
        let most = rest.len() / (CUTS - cut) * 2;
        let some = numbers.below(most.min(rest.len() - 1));
        send_and_hang_up(&server, &jana.bearer, &upload, from, rest, some);
        if cut % 16 == 8 {
            run("kill", &["-9", &server.pid().to_string()]);
            server = city.beside();
            killed += 1;
        }
    }
    let person = Person {
        city: &server,
        bearer: jana.bearer.clone(),
    };
    // What was sent last may still be on its way to the disk: who comes too early is refused before all is sent.
    let answer = loop {
        let from = offset(&person, &upload);
        let answer = try_piece(&person, &upload, from, &file[from..], &[]);
        if let Some(answer) = answer.filter(|answer| ![409, 423].contains(&answer.status)) {
            break answer;
        }
        assert!(start.elapsed() < Duration::from_mins(2));
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert_eq!(answer.header("upload-offset"), file.len().to_string());
    eprintln!("{CUTS} cuts, {killed} kills, {:?}", start.elapsed());
    // A client that did not hear the answer asks and is told that all is there; nothing is attached twice.
    assert_eq!(offset(&jana, &upload), file.len());
    assert_eq!(piece(&jana, &upload, 0, &file[..9], &[]).status, 409);
    let hash = sha256(&file);
    assert_eq!(jana.list(&list), [hash.as_str()]);
    for (place, part) in file.chunks(5_000_000).enumerate() {
        let from = place * 5_000_000;
        let range = format!("bytes={from}-{}", from + part.len() - 1);
        let range = [("Range", range.as_str())];
        let answer = jana.send("GET", &format!("{list}/{hash}"), &range, b"");
        assert!(answer.body == part, "other bytes from {from} on");
    }
    assert_eq!(files(&city.instance()).len(), 1);
    assert_eq!(events(&city, "attach").len(), 1);
}

#[test]
fn a_server_that_dies_between_bytes_and_record_ends_it_when_it_is_asked() {
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let list = list_of(&city, LAMPS, TOWN);
    let file = photo("a");
    let path = begun(&jana, &list, &file);
    // As if the bytes had come and the power had gone.
    let id = path.rsplit('/').next().unwrap();
    let data = city
        .instance()
        .join("attachments/incoming")
        .join(id)
        .join("data");
    fs::write(data, &file).unwrap();
    assert_eq!(jana.list(&list), [""; 0]);
    assert_eq!(offset(&jana, &path), file.len());
    assert_eq!(jana.list(&list), [sha256(&file)]);
}

#[test]
fn the_protocol_is_kept_and_what_is_wrong_is_told() {
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let petr = Person::new(&city, "petr", "editor", VILLAGE);
    let list = list_of(&city, LAMPS, TOWN);
    let file = photo("a");
    let options = city.ask("OPTIONS", "/attachments", &[]);
    assert_eq!(options.header("tus-version"), "1.0.0");
    assert!(options.header("tus-extension").contains("creation"));
    let length = file.len().to_string();
    let told = metadata(&list, &file, &[]);
    let (length, told) = (
        ("Upload-Length", length.as_str()),
        ("Upload-Metadata", told.as_str()),
    );
    for (headers, status) in [
        (&[length, told][..], 412),
        (&[TUS, told], 400),
        (&[TUS, length], 400),
        (&[TUS, ("Upload-Length", "99999999999"), told], 413),
    ] {
        let answer = jana.send("POST", "/attachments", headers, b"");
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    assert_eq!(begin(&petr, &list, &file).status, 403);
    let upload = begun(&jana, &list, &file);
    assert_eq!(petr.send("HEAD", &upload, &[TUS], b"").status, 404);
    assert_eq!(petr.send("DELETE", &upload, &[TUS], b"").status, 404);
    let wrong = format!("sha1 {}", BASE64_STANDARD.encode([0; 20]));
    let wrong = [("Upload-Checksum", wrong.as_str())];
    assert_eq!(piece(&jana, &upload, 0, &file[..100], &wrong).status, 460);
    assert_eq!(offset(&jana, &upload), 0);
    let right = format!(
        "sha256 {}",
        BASE64_STANDARD.encode(Sha256::digest(&file[..100]))
    );
    let right = [("Upload-Checksum", right.as_str())];
    let taken = piece(&jana, &upload, 0, &file[..100], &right);
    assert_eq!((taken.status, taken.header("upload-offset")), (204, "100"));
    assert!(taken.header("upload-expires").ends_with("GMT"));
    let gap = piece(&jana, &upload, 200, &file[200..], &[]);
    assert_eq!((gap.status, gap.header("upload-offset")), (409, "100"));
    let much = [&file[100..], b"more"].concat();
    assert_eq!(piece(&jana, &upload, 100, &much, &[]).status, 413);
    assert_eq!(jana.send("DELETE", &upload, &[TUS], b"").status, 204);
    assert_eq!(jana.send("HEAD", &upload, &[TUS], b"").status, 404);
    // Bytes that are not what was promised are not attached, and not kept.
    let other = [&file[..file.len() - 4], b"abcd"].concat();
    let upload = begun(&jana, &list, &file);
    assert_eq!(piece(&jana, &upload, 0, &other, &[]).status, 422);
    assert_eq!(jana.send("HEAD", &upload, &[TUS], b"").status, 404);
    assert_eq!(jana.list(&list), [""; 0]);
    assert_eq!(files(&city.instance()), [] as [PathBuf; 0]);
}

#[test]
fn promises_and_files_have_limits() {
    let city = City::start_on(|instance| {
        let file = instance.join("obzor.toml");
        let config = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{config}\n[attachments]\nbegun_mib = 1\n")).unwrap();
    });
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let list = list_of(&city, LAMPS, TOWN);
    let file = vec![0; 600_000];
    let first = begun(&jana, &list, &file);
    let second = begin(&jana, &list, &file);
    assert_eq!(second.status, 429, "{}", second.text());
    assert_eq!(jana.send("DELETE", &first, &[TUS], b"").status, 204);
    assert_eq!(begin(&jana, &list, &file).status, 201);
}
