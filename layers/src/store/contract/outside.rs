//! What every store makes of an edit by another program.

use std::path::Path;
use std::process::Command;

use super::{STONES, Store, all, commit, read, stone};
use crate::{Feature, Value};

/// Two stones as another program holds them.
const STONES_TO_COME: &str = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5514"}},"features":[
    {"type":"Feature","properties":{"zone":3,"code":"n1","open":true,"height":0.1},"geometry":{"type":"Point","coordinates":[-800100.5,-990100]}},
    {"type":"Feature","properties":{"zone":3,"code":"n2","open":false,"height":2},"geometry":{"type":"Point","coordinates":[-800200,-990200]}}]}"#;

/// Lets `append` take a file of two stones into a store of one, and returns the features that are there then.
pub(crate) fn appended(store: &dyn Store, append: impl FnOnce(&Path)) -> Vec<Feature> {
    commit(store, vec![stone(1, "a")]);
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("more.geojson");
    std::fs::write(&source, STONES_TO_COME).expect("written");
    append(&source);
    let there = read(store, &all(store, STONES));
    assert_eq!(there.len(), 3);
    assert_eq!(
        there[1].values[..4],
        [
            Value::Integer(3),
            "n1".into(),
            Value::Boolean(true),
            Value::Real(0.1)
        ]
    );
    let ids: std::collections::HashSet<_> = there.iter().map(|feature| feature.id).collect();
    assert_eq!(ids.len(), 3);
    there
}

/// Runs a program of GDAL, which must have nothing to complain of, and returns what it says.
pub(crate) fn gdal(command: &mut Command) -> String {
    let output = command.output().expect("GDAL is installed");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).into_owned()
}
