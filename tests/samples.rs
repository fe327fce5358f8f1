//! The sample district as `obzor sample` writes it.

use std::process::Command;
use std::sync::Arc;

use catalog::Dataset;
use layers::store::GeoPackageStore;
use layers::{LayerSet, OfficeStore, RecordKind, municipalities};
use opendata::check_dataset;

#[test]
fn every_municipality_of_the_sample_has_a_publishable_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(["sample", "--instance"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let layers = Arc::new(LayerSet::shipped().unwrap());
    let file = folder.path().join("store/obzor.gpkg");
    let store = GeoPackageStore::open(&file, Arc::clone(&layers)).unwrap();
    let records = store.records(RecordKind::Dataset).unwrap();
    let datasets: Vec<_> = records
        .iter()
        .map(|r| Dataset::from_record(r).unwrap())
        .collect();
    let municipalities = municipalities(&store, None).unwrap();
    assert_eq!(municipalities.len(), 26);
    let exact = municipalities.iter().filter(|m| m.exact);
    assert_eq!(
        exact.map(|m| m.name.as_str()).collect::<Vec<_>>(),
        ["Děčany"]
    );
    for code in municipalities.iter().map(|m| m.code) {
        let mut own = datasets
            .iter()
            .filter(|dataset| dataset.municipality_code == code);
        assert!(
            own.any(|dataset| check_dataset(dataset, &layers).is_empty()),
            "{code}"
        );
    }
}
