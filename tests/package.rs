//! An offline package: what is in it is what the server shows.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use zip::ZipArchive;

use crate::city::City;
use crate::clients::shipped;

mod archive;

use self::archive::Archive;

const VILLAGE: &str = "564729";

/// Prepares `obzor package build` of the village.
fn build_command(instance: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
    command
        .args([
            "package",
            "build",
            "--municipality",
            VILLAGE,
            "--json",
            "--out",
        ])
        .arg(out)
        .arg("--instance")
        .arg(instance);
    command
}

/// Builds the package of the village and returns what the program reports.
fn build(instance: &Path, out: &Path) -> Value {
    let output = build_command(instance, out).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn entry(package: &Path, name: &str) -> Vec<u8> {
    let mut zip = ZipArchive::new(File::open(package).unwrap()).unwrap();
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// All public layers that have a geometry, as one composite.
fn composite() -> String {
    let (public, _) = shipped();
    let drawn = public.iter().filter(|layer| layer.geometry.is_some());
    let ids: Vec<_> = drawn.map(|layer| layer.id.as_str()).collect();
    ids.join(",")
}

#[test]
fn every_tile_is_the_served_one_to_the_byte() {
    let city = City::start();
    let package = city.file("a.zip");
    let report = build(&city.instance(), &package);
    let archive = Archive::read(&entry(&package, "tiles.pmtiles"));
    assert_eq!(report["tiles"], archive.tiles.len());
    assert!(archive.tiles.len() > 100);
    let names = composite();
    let mut largest = 0;
    for tile in &archive.tiles {
        let path = format!("/tiles/{names}/{}/{}/{}", tile.z, tile.x, tile.y);
        let served = city.get_with(&path, &[("Accept-Encoding", "gzip")]);
        assert_eq!(served.status, 200, "{path}");
        assert_eq!(served.body, tile.bytes, "{path}");
        largest = largest.max(tile.bytes.len());
    }
    assert!(largest > 10_000, "the tiles are not hollow");
    let zooms: Vec<u8> = archive.tiles.iter().map(|tile| tile.z).collect();
    assert_eq!((zooms.first(), zooms.last()), (Some(&6), Some(&16)));
    let ids = archive.metadata["vector_layers"].as_array().unwrap();
    assert_eq!(ids.len(), names.split(',').count());
}
