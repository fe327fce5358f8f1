//! Files of releases over HTTP: whole, in part, unchanged, and nothing but them.

use catalog::FileFormat;

use super::shelf::{DATASET, Shelf, sha256};
use crate::answer::Answer;

#[test]
fn a_file_arrives_as_it_was_released() {
    let shelf = Shelf::sample();
    let folder = tempfile::tempdir().unwrap();
    for file in &shelf.release.files {
        let path = format!("/downloads/{DATASET}/latest/{}", file.name);
        let answer = shelf.get(&path, &[("Accept-Encoding", "gzip, br")]);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), file.format.media_type());
        assert_eq!(answer.header("content-encoding"), "");
        assert_eq!(answer.header("content-length"), file.bytes.to_string());
        assert_eq!(answer.header("etag"), format!("\"{}\"", file.sha256));
        assert_eq!(answer.header("cache-control"), "no-cache");
        let disposition = answer.header("content-disposition");
        assert!(disposition.contains(&file.name), "{disposition}");
        let copy = folder.path().join(&file.name);
        std::fs::write(&copy, &answer.body).unwrap();
        assert_eq!(sha256(&copy), file.sha256);
    }
}

#[test]
fn a_numbered_release_stays_and_the_latest_moves_on() {
    let shelf = Shelf::sample();
    let get =
        |number: &str| shelf.get(&format!("/downloads/{DATASET}/{number}/{DATASET}.csv"), &[]);
    let (first, second, latest) = (get("1"), get("2"), get("latest"));
    assert!(first.header("cache-control").contains("immutable"));
    assert!(second.header("cache-control").contains("immutable"));
    assert_eq!(latest.body, second.body);
    assert_ne!(first.body, second.body);
    assert_ne!(first.header("etag"), second.header("etag"));
    for companion in ["manifest.json", "report.json"] {
        let path = format!("/downloads/{DATASET}/latest/{companion}");
        assert_eq!(
            shelf.get(&path, &[]).header("content-type"),
            "application/json"
        );
    }
}

/// Asks for the GeoJSON file under conditions; the answer must have this status and body.
fn check_range(shelf: &Shelf, headers: &[(&str, &str)], status: u16, expected: &[u8]) -> Answer {
    let answer = shelf.get(&shelf.file_path(FileFormat::GeoJson), headers);
    assert_eq!(answer.status, status, "{headers:?}");
    assert!(
        answer.body == expected,
        "{headers:?} got {} bytes",
        answer.body.len()
    );
    answer
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let shelf = Shelf::sample();
    let whole = shelf.get(&shelf.file_path(FileFormat::GeoJson), &[]);
    let all = &whole.body[..];
    let size = all.len();
    assert!(size > 300_000, "more than one piece is read: {size}");
    let tag = whole.header("etag");
    let part = check_range(&shelf, &[("Range", "bytes=300000-")], 206, &all[300_000..]);
    let place = format!("bytes 300000-{}/{size}", size - 1);
    assert_eq!(part.header("content-range"), place);
    check_range(&shelf, &[("Range", "bytes=10-19")], 206, &all[10..20]);
    check_range(&shelf, &[("Range", "bytes=-7")], 206, &all[size - 7..]);
    check_range(
        &shelf,
        &[("Range", "bytes=5-9"), ("If-Range", tag)],
        206,
        &all[5..10],
    );
    check_range(
        &shelf,
        &[("Range", "bytes=5-9"), ("If-Range", "\"old\"")],
        200,
        all,
    );
    check_range(&shelf, &[("Range", "bytes=1-2,5-9")], 200, all);
    check_range(&shelf, &[("Range", "lines=1-2")], 200, all);
    let beyond = shelf.get(
        &shelf.file_path(FileFormat::GeoJson),
        &[("Range", "bytes=9999999-")],
    );
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.header("content-range"), format!("bytes */{size}"));
}

#[test]
fn who_has_the_file_is_not_sent_it_again() {
    let shelf = Shelf::sample();
    let path = shelf.file_path(FileFormat::GeoPackage);
    let tag = shelf.get(&path, &[]).header("etag").to_owned();
    let answer = shelf.get(&path, &[("If-None-Match", &tag)]);
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    assert_eq!(answer.header("etag"), tag);
    let head = shelf.city.ask("HEAD", &path, &[("Range", "bytes=0-9")]);
    assert_eq!(head.status, 200);
    assert_eq!(
        head.header("content-length"),
        shelf.release.files[0].bytes.to_string()
    );
    assert_eq!(head.header("accept-ranges"), "bytes");
}

#[test]
fn nothing_but_files_of_releases_can_be_fetched() {
    let shelf = Shelf::sample();
    let file = format!("{DATASET}.csv");
    for path in [
        format!("/downloads/{DATASET}/latest/other.csv"),
        format!("/downloads/{DATASET}/3/{file}"),
        format!("/downloads/{DATASET}/0/{file}"),
        format!("/downloads/{DATASET}/02/{file}"),
        format!("/downloads/{DATASET}/-1/{file}"),
        format!("/downloads/{DATASET}/2/..%2F1%2F{file}"),
        format!("/downloads/{DATASET}/latest/..%2F..%2F..%2F..%2Fobzor.toml"),
        format!("/downloads/{DATASET}/latest/%2E%2E/{file}"),
        format!("/downloads/{DATASET}/../../../store/obzor.gpkg"),
        "/downloads/..%2F..%2Fstore/latest/obzor.gpkg".to_owned(),
        "/downloads/../latest/obzor.toml".to_owned(),
        "/downloads/%2e%2e%2f%2e%2e/latest/manifest.json".to_owned(),
        format!("/downloads/{DATASET}%2F1/latest/manifest.json"),
        "/downloads/sample-564729-street-lighting/latest/manifest.json".to_owned(),
        format!("/downloads/{DATASET}/2/"),
        format!("/downloads/{DATASET}/2"),
        format!("/downloads/{DATASET}"),
        "/downloads".to_owned(),
    ] {
        assert_eq!(shelf.get(&path, &[]).status, 404, "{path}");
    }
}
