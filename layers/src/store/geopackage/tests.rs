//! What only the `GeoPackage` store promises: a file that others open and edit.

use std::path::PathBuf;
use std::process::Command;

use super::*;
use crate::store::contract::{self, Place, STONES, Store, all, commit, read, stone};

struct Folder(tempfile::TempDir);

impl Place for Folder {
    fn open(&self) -> Box<dyn Store> {
        let path = self.path();
        let layers = contract::layers();
        let store = if path.exists() {
            GeoPackageStore::open(&path, layers)
        } else {
            GeoPackageStore::create(&path, layers)
        };
        Box::new(store.expect("a store"))
    }
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("obzor.gpkg")
    }

    /// Runs a program of GDAL and returns what it says; it must have nothing to complain of.
    fn gdal(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        let output = command.args(arguments).arg(self.path()).output();
        let output = output.expect("GDAL is installed");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn gdal_lists_exactly_the_layers_and_reads_them() {
    let folder = Folder::new();
    let store = &*folder.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let list = folder.gdal("ogrinfo", &["-q"]);
    let names: Vec<_> = list.lines().collect();
    assert_eq!(
        names,
        [
            "1: stones (Point)",
            "2: meadows (Multi Polygon)",
            "3: diary (None)"
        ]
    );
    let text = folder.gdal("ogrinfo", &["-al"]);
    assert!(text.contains("Feature Count: 2"), "{text}");
    assert_eq!(read(store, &all(store, STONES)).len(), 2);
}

#[test]
fn the_store_keeps_the_contract() {
    contract::run_all(&|| Box::new(Folder::new()));
}
