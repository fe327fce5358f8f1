//! Checking a backup: everything that is wrong with the file is reported.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path};

use zip::ZipArchive;

use super::MANIFEST;
use super::manifest::{FORMAT, FileEntry, Manifest, VERSION};
use crate::checksum::digest;

/// A backup that is being read.
pub(super) type Zip = ZipArchive<BufReader<File>>;

/// How many bytes a manifest may have.
const LARGEST_MANIFEST: u64 = 64 << 20;
/// What an instance may have at its top.
const TOP: [&str; 6] = [
    "obzor.toml",
    "layers",
    "store",
    "public",
    "staff",
    "attachments",
];

/// Reads a backup from beginning to end; returns its manifest, or everything that is wrong.
///
/// The error is only that there is no readable file.
pub(crate) fn verify(path: &Path) -> io::Result<Result<Manifest, Vec<String>>> {
    let file = BufReader::new(File::open(path)?);
    let mut zip = match ZipArchive::new(file) {
        Ok(zip) => zip,
        Err(error) => {
            return Ok(Err(vec![format!(
                "it is no whole archive: {error}; perhaps its end is missing"
            )]));
        }
    };
    let mut problems = Vec::new();
    let manifest = read_manifest(&mut zip).map_err(|problem| problems.push(problem));
    if let Ok(manifest) = &manifest {
        check_entries(&mut zip, manifest, &mut problems);
    }
    Ok(match manifest {
        Ok(manifest) if problems.is_empty() => Ok(manifest),
        _ => Err(problems),
    })
}

fn read_manifest(zip: &mut Zip) -> Result<Manifest, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("{MANIFEST}: {error}");
    let entry = zip.by_name(MANIFEST).map_err(|error| unreadable(&error))?;
    let mut text = Vec::new();
    entry
        .take(LARGEST_MANIFEST)
        .read_to_end(&mut text)
        .map_err(|error| unreadable(&error))?;
    let json: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| unreadable(&error))?;
    // The format first: another one may have other members.
    if json["format"] != FORMAT || json["version"] != VERSION {
        return Err(format!(
            "{MANIFEST}: this program knows {FORMAT} {VERSION}, not {} {}",
            json["format"], json["version"]
        ));
    }
    serde_json::from_value(json).map_err(|error| unreadable(&error))
}

fn check_entries(zip: &mut Zip, manifest: &Manifest, problems: &mut Vec<String>) {
    let mut listed: BTreeMap<&str, &FileEntry> = BTreeMap::new();
    for file in &manifest.files {
        if !is_of_an_instance(&file.path) {
            problems.push(format!(
                "{}: no file of an instance is called so",
                file.path
            ));
        }
        if listed.insert(&file.path, file).is_some() {
            problems.push(format!("{}: the manifest lists it twice", file.path));
        }
    }
    let mut names = Vec::new();
    for name in zip.file_names() {
        match name {
            Ok(name) => names.push(name.into_owned()),
            Err(error) => problems.push(format!("the name of an entry cannot be read: {error}")),
        }
    }
    for name in names.iter().filter(|name| *name != MANIFEST) {
        match listed.remove(name.as_str()) {
            Some(file) => problems.extend(entry_problem(zip, file)),
            None => problems.push(format!("{name}: the manifest does not list it")),
        }
    }
    problems.extend(listed.keys().map(|path| format!("{path}: it is missing")));
}

/// Returns in what an entry differs from what the manifest says of it.
fn entry_problem(zip: &mut Zip, file: &FileEntry) -> Option<String> {
    let path = &file.path;
    let read = zip.by_name(path).map_err(io::Error::other);
    match read.and_then(|mut entry| digest(&mut entry)) {
        Err(error) => Some(format!("{path}: it cannot be read: {error}")),
        Ok((bytes, _)) if bytes != file.bytes => Some(format!(
            "{path}: it has {bytes} bytes, the manifest says {}",
            file.bytes
        )),
        Ok((_, sha256)) if sha256 != file.sha256 => {
            Some(format!("{path}: its checksum is not that of the manifest"))
        }
        Ok(_) => None,
    }
}

/// Whether a path stays in the folder of an instance, and in the part of it that backups hold.
fn is_of_an_instance(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    let top = match parts.next() {
        Some(Component::Normal(top)) => top.to_string_lossy().into_owned(),
        _ => return false,
    };
    TOP.contains(&top.as_str()) && parts.all(|part| matches!(part, Component::Normal(_)))
}
