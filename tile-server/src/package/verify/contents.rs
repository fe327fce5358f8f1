//! What is in the entries: the manifest, and whether it tells the truth about all the others.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::DateTime;

use super::super::manifest::{FORMAT, FileEntry, Manifest, VERSION};
use super::super::{MANIFEST, REQUIRED, TILES};
use super::layout::LaidOut;
use super::{Problem, Zip};
use crate::checksum::digest;

/// How many bytes a manifest may have.
const LARGEST_MANIFEST: u64 = 4 << 20;
/// How many bytes the header of a `PMTiles` archive has.
const ARCHIVE_HEADER: u64 = 127;
/// The deepest zoom level at which a map may open.
const DEEPEST_START: f64 = 24.0;

/// Checks the manifest and every entry against it; returns the manifest if it can be read.
pub(super) fn check_contents(
    zip: &mut Zip,
    entries: &[LaidOut],
    problems: &mut Vec<Problem>,
) -> Option<Manifest> {
    if zip.file_names_raw().next() != Some(MANIFEST.as_bytes()) {
        problems.push(Problem::NoManifest);
        return None;
    }
    // When it does not lie as it should, that was said already.
    let first = entries.first().filter(|entry| entry.index == 0)?;
    let manifest = read_manifest(zip, first)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    problems.extend(
        wrong_members(&manifest)
            .into_iter()
            .map(Problem::WrongMember),
    );
    let mut listed: BTreeMap<&str, &FileEntry> = BTreeMap::new();
    for file in &manifest.files {
        if listed.insert(&file.path, file).is_some() {
            problems.push(Problem::ListedTwice(file.path.clone()));
        }
    }
    let missing = REQUIRED.iter().filter(|path| !listed.contains_key(**path));
    problems.extend(missing.map(|path| Problem::NotListed(path)));
    for entry in entries.iter().filter(|entry| entry.path != MANIFEST) {
        match listed.remove(entry.path.as_str()) {
            Some(file) => problems.extend(entry_problem(zip, entry, file)),
            None => problems.push(Problem::Unlisted(entry.path.clone())),
        }
        if entry.path == TILES {
            problems.extend(archive_problem(zip, entry));
        }
    }
    problems.extend(
        listed
            .keys()
            .map(|path| Problem::Missing((*path).to_owned())),
    );
    Some(manifest)
}

fn read_manifest(zip: &mut Zip, entry: &LaidOut) -> Result<Manifest, Problem> {
    if entry.bytes > LARGEST_MANIFEST {
        return Err(Problem::LargeManifest(entry.bytes));
    }
    let text = read(zip, entry, LARGEST_MANIFEST)?;
    // The format first: another one may have other members.
    let unreadable = |error: serde_json::Error| Problem::UnreadableManifest(error.to_string());
    let json: serde_json::Value = serde_json::from_slice(&text).map_err(unreadable)?;
    if json["format"] != FORMAT || json["version"] != VERSION {
        let named = format!("{} {}", json["format"], json["version"]);
        return Err(Problem::OtherFormat(named));
    }
    serde_json::from_value(json).map_err(unreadable)
}

/// Returns the first bytes of an entry.
fn read(zip: &mut Zip, entry: &LaidOut, at_most: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let file = zip
        .by_index(entry.index)
        .map_err(|error| unreadable(entry, &error))?;
    file.take(at_most)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(entry, &error))?;
    Ok(bytes)
}

fn unreadable(entry: &LaidOut, error: &dyn std::error::Error) -> Problem {
    Problem::UnreadableEntry {
        path: entry.path.clone(),
        detail: error.to_string(),
    }
}

/// Returns the members that no package can have.
fn wrong_members(manifest: &Manifest) -> Vec<&'static str> {
    let [west, south, east, north] = manifest.bbox;
    let [lon, lat] = manifest.start.center;
    let is_place = |lon: f64, lat: f64| lon.abs() <= 180.0 && lat.abs() <= 90.0;
    let checks = [
        (
            "municipality",
            manifest.municipality.code > 0 && !manifest.municipality.name.is_empty(),
        ),
        ("revision", manifest.revision >= 0),
        ("audience", !manifest.audience.is_empty()),
        (
            "built_at",
            DateTime::parse_from_rfc3339(&manifest.built_at).is_ok(),
        ),
        (
            "bbox",
            west < east && south < north && is_place(west, south) && is_place(east, north),
        ),
        (
            "start",
            is_place(lon, lat) && (0.0..=DEEPEST_START).contains(&manifest.start.zoom),
        ),
    ];
    let wrong = checks.into_iter().filter(|(_, is_right)| !is_right);
    wrong.map(|(name, _)| name).collect()
}

/// Returns in what an entry differs from what the manifest says of it.
fn entry_problem(zip: &mut Zip, entry: &LaidOut, file: &FileEntry) -> Option<Problem> {
    if entry.bytes != file.bytes {
        return Some(Problem::WrongSize {
            path: entry.path.clone(),
            expected: file.bytes,
            found: entry.bytes,
        });
    }
    let content = zip.by_index(entry.index);
    let found = match content {
        Ok(mut content) => digest(&mut content).map_err(|error| unreadable(entry, &error)),
        Err(error) => Err(unreadable(entry, &error)),
    };
    match found {
        Ok((_, sha256)) if sha256 == file.sha256 => None,
        Ok(_) => Some(Problem::WrongChecksum(entry.path.clone())),
        Err(problem) => Some(problem),
    }
}

/// Returns what is wrong with the header of the tiles: a client must be able to read them by it alone.
fn archive_problem(zip: &mut Zip, entry: &LaidOut) -> Option<Problem> {
    let header = read(zip, entry, ARCHIVE_HEADER).ok()?;
    let what = if header.len() as u64 != ARCHIVE_HEADER || !header.starts_with(b"PMTiles\x03") {
        "není archiv PMTiles 3"
    } else if !parts_fit(&header, entry.bytes) {
        "části archivu přesahují jeho konec"
    } else if header[96..100] != [1, 2, 2, 1] || header[100] > header[101] {
        "není seřazený archiv dlaždic MVT s kompresí gzip"
    } else {
        return None;
    };
    Some(Problem::BadArchive { path: TILES, what })
}

/// Whether root directory, metadata, leaf directories and data lie within the archive.
fn parts_fit(header: &[u8], length: u64) -> bool {
    let (numbers, _) = header[8..72].as_chunks::<8>();
    let numbers: Vec<u64> = numbers
        .iter()
        .map(|bytes| u64::from_le_bytes(*bytes))
        .collect();
    let (parts, _) = numbers.as_chunks::<2>();
    parts
        .iter()
        .all(|[offset, size]| offset.checked_add(*size).is_some_and(|end| end <= length))
}
