//! An offline package holds what the server shows to everybody, of one revision, and is whole or not there.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use layers::PrivacyClass;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::city::{City, instance, run};
use crate::clients::shipped;
use crate::gdal::{execute, summaries};

pub(crate) mod archive;
mod damaged;
mod killed;

use self::archive::Archive;

const VILLAGE: &str = "564729";
const REFUSED: Option<i32> = Some(3);

/// Prepares `obzor package build` of the village, at a time that the clock does not change.
fn build_command(instance: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
    command
        .args(["package", "build", "--json", "--municipality", VILLAGE])
        .arg("--out")
        .arg(out)
        .arg("--instance")
        .arg(instance)
        .env("SOURCE_DATE_EPOCH", "1790000000");
    command
}

/// Builds the package of the village and returns what the program reports.
pub(crate) fn build(instance: &Path, out: &Path) -> Value {
    let output = build_command(instance, out).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the package of the village of the sample, built once per run; nobody may change it.
fn sample_package() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample-package.zip");
        build(instance().path(), &package);
        package
    })
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns all entries of a package with their names, in their order.
pub(crate) fn entries(package: &Path) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(File::open(package).unwrap()).unwrap();
    let count = zip.len();
    let entry = |place| {
        let mut file = zip.by_index(place).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(entry).collect()
}

fn entry(package: &Path, name: &str) -> Vec<u8> {
    let mut all = entries(package).into_iter();
    all.find(|(found, _)| found == name).unwrap().1
}

fn json_entry(package: &Path, name: &str) -> Value {
    serde_json::from_slice(&entry(package, name)).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(bytes) {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}

/// All public layers that have a geometry, as one composite.
fn composite() -> String {
    let (public, _) = shipped();
    let drawn = public.iter().filter(|layer| layer.geometry.is_some());
    let ids: Vec<_> = drawn.map(|layer| layer.id.as_str()).collect();
    ids.join(",")
}

#[test]
fn every_tile_is_the_served_one() {
    let city = City::shared();
    let archive = Archive::read(&entry(sample_package(), "tiles.pmtiles"));
    assert!(archive.tiles.len() > 100);
    let names = composite();
    let mut largest = 0;
    for tile in &archive.tiles {
        let path = format!("/tiles/{names}/{}/{}/{}", tile.z, tile.x, tile.y);
        let served = city.get(&path);
        assert_eq!(served.status, 200, "{path}");
        assert_eq!(archive::unzip(&tile.bytes), served.body, "{path}");
        largest = largest.max(tile.bytes.len());
    }
    assert!(largest > 10_000, "the tiles are not hollow");
    let zooms: Vec<u8> = archive.tiles.iter().map(|tile| tile.z).collect();
    assert_eq!((zooms.first(), zooms.last()), (Some(&6), Some(&16)));
    let ids = archive.metadata["vector_layers"].as_array().unwrap();
    assert_eq!(ids.len(), names.split(',').count());
}

#[test]
fn gdal_finds_every_public_feature_of_the_municipality_in_the_zip() {
    let instance = instance();
    let package = instance.path().join("a.zip");
    let report = build(instance.path(), &package);
    let inside = format!("/vsizip/{}/features.gpkg", package.display());
    let packed = summaries(&inside, &[]);
    let (public, _) = shipped();
    assert_eq!(packed.len(), public.len());
    let store = instance.path().join("store/obzor.gpkg");
    let mut all = 0;
    for layer in &public {
        assert!(layer.municipal, "{}", layer.id);
        let mut condition = format!("municipality_code = {VILLAGE}");
        if let Some(field) = &layer.public_if {
            condition = format!("{condition} AND {field} = 1");
        }
        let arguments = [layer.id.as_str(), "-where", &condition];
        let stored = summaries(store.to_str().unwrap(), &arguments)
            .pop()
            .unwrap();
        let packed = packed.iter().find(|packed| packed.name == stored.name);
        // The extent of what a condition chooses is one that GDAL does not tell.
        assert_eq!(
            packed.map(|packed| packed.count),
            Some(stored.count),
            "{}",
            layer.id
        );
        all += stored.count;
    }
    assert!(all > 5_000);
    assert_eq!(report["features"], all);
}

#[test]
fn the_manifest_tells_of_every_entry_and_the_style_names_no_other() {
    let package = sample_package();
    let mut entries = entries(package);
    let (name, manifest) = entries.remove(0);
    assert_eq!(name, "manifest.json");
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), entries.len());
    for (file, (name, bytes)) in listed.iter().zip(&entries) {
        assert_eq!(file["path"], name.as_str());
        assert_eq!(file["bytes"], bytes.len());
        assert_eq!(file["sha256"], sha256(bytes), "{name}");
    }
    let names: BTreeSet<_> = entries.iter().map(|(name, _)| name.as_str()).collect();
    for style in ["style.cs.json", "style.en.json"] {
        let style = json_entry(package, style).to_string();
        let addresses: Vec<&str> = style
            .match_indices("://")
            .map(|(at, _)| &style[at + 3..])
            .collect();
        assert!(addresses.len() > 5);
        for address in addresses {
            let path = address.split('"').next().unwrap();
            assert!(
                names.contains(path) || names.contains(format!("{path}.json").as_str()),
                "{path}"
            );
        }
    }
    assert_eq!(manifest["municipality"]["name"], "Děčany");
    let config = json_entry(package, "map.cs.json");
    assert_eq!(config["start"], manifest["start"]);
    assert_eq!(config["style"], "package://style.cs.json");
}

#[test]
fn what_the_server_finds_is_in_the_list_under_the_same_title() {
    let city = City::shared();
    let list = json_entry(sample_package(), "search.json");
    let entries = list["entries"].as_array().unwrap();
    for (query, at_least) in [
        ("d%C4%9B%C4%8Dany", 2),
        ("d%C4%9B%C4%8Dany%2012", 1),
        ("DK-123%20d%C4%9B%C4%8Dany", 1),
    ] {
        let found = city.get(&format!("/search?limit=5&q={query}")).json();
        let found = found["results"].as_array().unwrap();
        assert!(found.len() >= at_least, "{query}");
        for hit in found {
            let entry = entries.iter().find(|entry| entry["id"] == hit["id"]);
            let entry = entry.unwrap_or_else(|| panic!("{hit} is not in the list"));
            assert_eq!(entry["title"]["cs"], hit["title"]);
            let layer = &list["layers"][entry["layer"].as_u64().unwrap() as usize];
            assert_eq!(layer["id"], hit["layer"]);
            assert_eq!(entry["fid"], hit["fid"]);
        }
    }
}

#[test]
fn nothing_that_is_not_public_is_in_any_byte() {
    const MARK: &str = "ZNACKA-7F3A";
    let instance = instance();
    let store = instance.path().join("store/obzor.gpkg");
    let (public, hidden) = shipped();
    let mut secret_names: BTreeSet<String> = BTreeSet::new();
    let mut public_names: BTreeSet<String> = BTreeSet::new();
    for layer in public.iter().chain(&hidden) {
        let is_hidden = layer.audience != PrivacyClass::Public;
        for field in &layer.fields {
            let is_secret = is_hidden || field.privacy != PrivacyClass::Public;
            let names = if is_secret {
                &mut secret_names
            } else {
                &mut public_names
            };
            names.insert(field.name.clone());
            if is_secret && field.field_type == layers::FieldType::Text && field.codes.is_none() {
                let sql = format!("UPDATE \"{}\" SET \"{}\" = '{MARK}'", layer.id, field.name);
                execute(&store, &sql);
            }
        }
    }
    let lamps = "UPDATE \"street-lights\" SET public = 0, code = 'ZNACKA-7F3A' WHERE fid IN \
                 (SELECT min(fid) FROM \"street-lights\" WHERE municipality_code = 564729)";
    execute(&store, lamps);
    let package = instance.path().join("a.zip");
    build(instance.path(), &package);
    let mut parts = entries(&package);
    let archive = Archive::read(
        &parts
            .iter()
            .find(|(name, _)| name == "tiles.pmtiles")
            .unwrap()
            .1,
    );
    let tiles = archive.tiles.iter().map(|tile| archive::unzip(&tile.bytes));
    parts.extend(tiles.map(|tile| ("a tile".to_owned(), tile)));
    let metadata = archive.metadata.to_string().into_bytes();
    parts.push(("the metadata of the tiles".to_owned(), metadata));
    let mut secrets: Vec<String> = vec![MARK.to_owned()];
    for name in secret_names.difference(&public_names) {
        // As a member and as a column; a bare word may stand in a description.
        secrets.extend([
            format!("\"name\":\"{name}\""),
            format!("\"{name}\":"),
            format!("\"{name}\" "),
        ]);
        secrets.extend(Some(name).filter(|name| name.contains('_')).cloned());
    }
    secrets.extend(hidden.iter().map(|layer| layer.id.to_string()));
    secrets.extend(hidden.iter().map(|layer| layer.title.cs.clone()));
    assert!(secrets.len() > 10, "{secrets:?}");
    let mut leaks = Vec::new();
    for (name, bytes) in &parts {
        let text = String::from_utf8_lossy(bytes);
        let found = secrets.iter().filter(|secret| holds_word(&text, secret));
        leaks.extend(found.map(|secret| format!("{name}: {secret}")));
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

/// Whether a text has the word, not only as part of a longer one.
fn holds_word(text: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (
            text[..at].chars().next_back(),
            text[at + word.len()..].chars().next(),
        );
        !joins(before) && !joins(after)
    })
}

#[test]
fn an_edit_during_the_build_stays_out_and_the_same_data_make_the_same_bytes() {
    let instance = instance();
    let store = instance.path().join("store/obzor.gpkg");
    let (first, second) = (instance.path().join("a.zip"), instance.path().join("b.zip"));
    let before = build(instance.path(), &first);
    let work = instance.path().join("spool/package/tiles.pmtiles");
    let mut child = build_command(instance.path(), &second)
        .env("TZ", "Asia/Tokyo")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !work.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the build has begun");
        thread::sleep(Duration::from_millis(5));
    }
    execute(&store, "UPDATE trees SET code = 'NEW-' || fid");
    assert!(
        child.try_wait().unwrap().is_none(),
        "the edit came before the end"
    );
    assert!(child.wait().unwrap().success());
    assert_eq!(
        sha256(&std::fs::read(&first).unwrap()),
        before["sha256"].as_str().unwrap()
    );
    assert!(
        std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap(),
        "the second package shows the edit"
    );
    let third = instance.path().join("c.zip");
    assert!(build(instance.path(), &third)["revision"].as_u64() > before["revision"].as_u64());
    assert!(holds_word(
        &String::from_utf8_lossy(&entry(&third, "search.json")),
        "NEW-1"
    ));
}

#[test]
fn a_municipality_is_known_by_its_name_and_names_like_it_are_offered() {
    let instance = instance();
    let out = instance.path().join("a.zip");
    let with = |municipality: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
        command.args(["package", "build", "--municipality", municipality, "--out"]);
        command.arg(&out).arg("--instance").arg(instance.path());
        command.output().unwrap()
    };
    let unknown = with("Decani");
    assert_eq!(unknown.status.code(), REFUSED);
    assert!(
        said(&unknown).contains("564729 Děčany"),
        "{}",
        said(&unknown)
    );
    assert!(!out.exists());
    let named = with("decany");
    assert!(named.status.success(), "{}", said(&named));
    assert!(String::from_utf8_lossy(&named.stdout).contains("Děčany (564729)"));
}

#[test]
fn only_a_package_is_replaced_unasked() {
    let instance = instance();
    let out = instance.path().join("obzor.toml");
    let refused = build_command(instance.path(), &out).output().unwrap();
    assert_eq!(refused.status.code(), REFUSED);
    assert!(said(&refused).contains("--force"), "{}", said(&refused));
    let out = instance.path().join("notes.txt");
    std::fs::write(&out, "notes").unwrap();
    let forced = build_command(instance.path(), &out)
        .arg("--force")
        .output()
        .unwrap();
    assert!(forced.status.success(), "{}", said(&forced));
    // Now it is one.
    build(instance.path(), &out);
    run(
        env!("CARGO_BIN_EXE_obzor"),
        &["package", "verify", out.to_str().unwrap()],
    );
}
