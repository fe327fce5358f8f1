//! Photos and documents on features: who sees and changes them, and that each arrives once and whole.

mod copies;
mod early;
mod pieces;
mod shown;

use std::fs;
use std::path::{Path, PathBuf};

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value as ExifValue};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::city::City;

const TOWN: &str = "562971";
const VILLAGE: &str = "564729";
/// The layer whose photos are for the office, and the one of which some may be for everybody.
const LAMPS: &str = "/collections/street-lights/items";
const TREES: &str = "/collections/trees/items";

/// The picture into which tests write what a camera does.
const PICTURE: &[u8] = include_bytes!("attachments/lamp.jpg");
/// What stands in its EXIF.
const OWNER: &str = "Jana Fotografka";
const SERIAL: &str = "SN-0042-4711";

/// Somebody with a token.
struct Person<'a> {
    city: &'a City,
    bearer: String,
}

impl<'a> Person<'a> {
    /// Adds somebody with a role for a municipality.
    fn new(city: &'a City, name: &str, role: &str, municipality: &str) -> Self {
        let add = ["user", "add", name, "--role", role];
        done(
            city,
            &[&add[..], &["--municipality", municipality]].concat(),
        );
        let token = done(city, &["user", "token", name]);
        let bearer = format!("Bearer {}", token.trim());
        Self { city, bearer }
    }

    fn ask(&self, method: &str, path: &str) -> Answer {
        let headers = [("Authorization", self.bearer.as_str())];
        self.city.ask(method, path, &headers)
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path)
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let own = [("Authorization", self.bearer.as_str())];
        let headers = [&own[..], headers].concat();
        Answer::try_send(method, &self.city.url(path), &headers, body).unwrap()
    }

    /// Sends a form with a file, as a page does.
    fn attach(&self, list: &str, name: &str, file: &[u8], fields: &[(&str, &str)]) -> Answer {
        let (kind, body) = multipart(name, file, fields);
        self.send("POST", list, &[("Content-Type", &kind)], &body)
    }

    /// Returns the hashes of what shows on a feature.
    fn list(&self, list: &str) -> Vec<String> {
        hashes(&self.get(list))
    }
}

/// Runs `obzor` on the city's instance; it must succeed.
fn done(city: &City, arguments: &[&str]) -> String {
    let (code, said) = city.obzor(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said
}

fn hashes(list: &Answer) -> Vec<String> {
    assert_eq!(list.status, 200, "{}", list.text());
    let all = list.json()["attachments"].as_array().unwrap().clone();
    let hash = |one: &Value| one["sha256"].as_str().unwrap().to_owned();
    all.iter().map(hash).collect()
}

/// Returns the address of the attachments of one of a municipality's public features.
fn list_of(city: &City, items: &str, municipality: &str) -> String {
    let page = city.get(&format!("{items}?limit=1&municipality_code={municipality}"));
    let id = page.json()["features"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    format!("{items}/{id}/attachments")
}

/// Makes a photo that no other is the same as, with owner, serial number and position in its EXIF.
pub(crate) fn photo(salt: &str) -> Vec<u8> {
    let ascii = |tag, text: &str| (tag, ExifValue::Ascii(vec![text.as_bytes().to_vec()]));
    let degrees = |tag, whole, minutes| {
        let parts = [(whole, 1), (minutes, 1), (1_331, 100)];
        let parts = parts.map(|(num, denom)| Rational { num, denom });
        (tag, ExifValue::Rational(parts.to_vec()))
    };
    let fields = [
        ascii(Tag::Artist, OWNER),
        ascii(Tag::BodySerialNumber, SERIAL),
        ascii(Tag::ImageDescription, salt),
        ascii(Tag::GPSLatitudeRef, "N"),
        degrees(Tag::GPSLatitude, 50, 27),
        ascii(Tag::GPSLongitudeRef, "E"),
        degrees(Tag::GPSLongitude, 13, 24),
    ];
    let fields = fields.map(|(tag, value)| Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    });
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut tiff = std::io::Cursor::new(Vec::new());
    writer.write(&mut tiff, false).unwrap();
    let exif = [b"Exif\0\0", &tiff.into_inner()[..]].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&PICTURE[..2], &[0xff, 0xe1], &length, &exif, &PICTURE[2..]].concat()
}

/// Writes a form as a browser sends it; returns its media type and bytes.
pub(crate) fn multipart(name: &str, file: &[u8], fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    const EDGE: &str = "----obzor-test";
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"");
        body.extend(format!("--{EDGE}\r\n{head}\r\n\r\n{value}\r\n").bytes());
    }
    let head = format!(
        "Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: image/jpeg"
    );
    body.extend(format!("--{EDGE}\r\n{head}\r\n\r\n").bytes());
    body.extend(file);
    body.extend(format!("\r\n--{EDGE}--\r\n").bytes());
    (format!("multipart/form-data; boundary={EDGE}"), body)
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|at| at == text.as_bytes())
}

/// Returns the files of attachments in an instance, without those that are still on their way.
fn files(instance: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path())
    };
    let folders = entries(&instance.join("attachments"));
    let folders = folders.filter(|folder| folder.is_dir() && !folder.ends_with("incoming"));
    folders
        .flat_map(|folder| entries(&folder).collect::<Vec<_>>())
        .collect()
}

/// Returns the events of an act in the audit log.
fn events(city: &City, act: &str) -> Vec<Value> {
    let found = done(city, &["audit", "search", "--act", act, "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&found).unwrap();
    rows.into_iter().map(|row| row["event"].clone()).collect()
}
