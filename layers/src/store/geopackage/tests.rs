//! What only the `GeoPackage` store promises: a file that others open and edit.

use std::process::Command;

use chrono::{DateTime, Utc};
use geo_types::point;

use super::*;
use crate::{Audience, Change, FeatureId, Value};

fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn lamp(number: u8, code: &str) -> Change {
    let layers = LayerSet::shipped().expect("sound definitions");
    let layer = layers.named("street-lights").expect("shipped");
    let values = layer
        .fields
        .iter()
        .map(|field| match field.name.as_str() {
            "code" => code.into(),
            "municipality_code" => Value::Integer(563_099),
            "status" | "luminaire_count" => Value::Integer(1),
            "public" => Value::Boolean(true),
            "support_type" => Value::Integer(10),
            "total_power" => Value::Real(35.0),
            "switchboard" | "source" => "R1".into(),
            "position_accuracy" => Value::Integer(9),
            "height" => Value::Real(0.1 + 0.2),
            _ => Value::Null,
        })
        .collect();
    Change::Insert {
        layer: layer.id.clone(),
        id: FeatureId::new_v7(1, &[number; 10]),
        geometry: Some(point!(x: -800_000.5 - f64::from(number), y: -990_000.25).into()),
        values,
    }
}

fn set(changes: Vec<Change>) -> ChangeSet<'static> {
    ChangeSet {
        author: "a clerk".into(),
        reason: "a test".into(),
        at: at(),
        changes: Box::new(changes.into_iter()),
    }
}

#[test]
fn a_new_store_takes_features_and_gdal_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("obzor.gpkg");
    let layers = Arc::new(LayerSet::shipped().expect("sound definitions"));
    let store = GeoPackageStore::create(&path, Arc::clone(&layers)).expect("a store");
    let applied = store
        .apply(set(vec![lamp(1, "A"), lamp(2, "B")]))
        .expect("accepted");
    assert_eq!(applied.revision, Revision(1));
    assert_eq!(applied.touched.len(), 2);
    let view = Audience::PUBLIC
        .view(layers.named("street-lights").expect("shipped"))
        .expect("public");
    let all: Vec<_> = store
        .read(&FeatureQuery::new(view))
        .expect("a stream")
        .collect::<Result<_, _>>()
        .expect("features");
    assert_eq!(all.len(), 2);
    let lamps = layers.named("street-lights").expect("shipped");
    let (support, _) = lamps.field("support_type").expect("a field");
    assert_eq!(all[1].values[support], Value::Integer(10));
    let out = Command::new("ogrinfo")
        .arg("-al")
        .arg(&path)
        .output()
        .expect("gdal");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(text.contains("Feature Count: 2"), "{text}");
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
}
