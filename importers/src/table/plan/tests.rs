//! Plans of small tables against features that a test makes up.

use layers::LayerSet;
use serde_json::{Value as Json, json};

use super::*;
use crate::table::{Cell, ForeignGeometry, MappingFile};

const COLUMNS: [&str; 8] = [
    "kod",
    "stav",
    "presnost_poloha",
    "zdroj",
    "verejne",
    "pocet_vetvi",
    "obec_kod",
    "nazev",
];
const MUNICIPALITY_CODE: i64 = 564_729;

fn cells(code: &str) -> Vec<Json> {
    vec![
        json!(code),
        json!(1),
        json!(9),
        json!("test"),
        json!("ano"),
        json!(3),
        json!(null),
        json!("Šťastná"),
    ]
}

fn cell(written: &Json) -> Cell<'static> {
    Cell::from(written).into_owned()
}

fn row(number: u64, cells: &[Json], east: f64) -> ForeignRow<'static> {
    ForeignRow {
        number,
        cells: cells.iter().map(cell).collect(),
        geometry: ForeignGeometry::Sound(geo_types::Point::new(east, -999_234.0).into()),
    }
}

/// Rows with the given cells, each a metre further east.
fn table(rows: impl IntoIterator<Item = Vec<Json>>) -> Vec<ForeignRow<'static>> {
    let rows = rows.into_iter().zip(1..);
    rows.map(|(cells, n)| row(n, &cells, -773_555.0 + n as f64))
        .collect()
}

fn plan(rows: &[ForeignRow<'static>], stored: &[Feature]) -> Result<ImportPlan, PlanError> {
    let layers = LayerSet::shipped().expect("sound");
    let layer = layers.named("switchboards").expect("shipped");
    let source = ForeignLayer {
        columns: COLUMNS.map(str::to_owned).to_vec(),
        ..ForeignLayer::default()
    };
    let mapping = MappingFile::default()
        .resolve(layer, &source.columns)
        .expect("sound");
    let import = Import {
        layer,
        municipality: Some(MUNICIPALITY_CODE),
        source: &source,
        mapping: &mapping,
    };
    let mut count = 0;
    import.plan(rows.to_vec(), stored.iter().cloned().map(Ok), || {
        count += 1;
        FeatureId::new_v7(count, &[0; 10])
    })
}

/// What a store would hold after the plan.
fn stored(plan: &ImportPlan) -> Vec<Feature> {
    plan.new
        .iter()
        .cloned()
        .filter_map(|change| match change {
            Change::Insert {
                id,
                geometry,
                values,
                ..
            } => Some(Feature {
                id,
                fid: 1,
                rev: 1,
                geometry,
                values,
            }),
            _ => None,
        })
        .collect()
}

/// Counts new, changed, same and rejected rows.
fn counts(plan: &ImportPlan) -> [usize; 4] {
    [
        plan.new.len(),
        plan.changed.len(),
        plan.outcome.same,
        plan.outcome.rejected.len(),
    ]
}

#[test]
fn a_second_import_finds_everything_the_same() {
    let table = table(["R1", "R2"].map(cells));
    let first = plan(&table, &[]).expect("a plan");
    assert_eq!(counts(&first), [2, 0, 0, 0], "{:?}", first.outcome.rejected);
    let second = plan(&table, &stored(&first)).expect("a plan");
    assert_eq!(counts(&second), [0, 0, 2, 0]);
}

#[test]
fn an_update_carries_only_what_differs_and_the_version_it_saw() {
    let before = plan(&table(["R1", "R2"].map(cells)), &[]).expect("a plan");
    let mut after = table([cells("R1")]);
    after[0].cells[5] = cell(&json!("5"));
    let found = plan(&after, &stored(&before)).expect("a plan");
    assert_eq!(counts(&found), [0, 1, 0, 0]);
    assert_eq!(found.outcome.left_alone, 1);
    let Change::Update {
        expected_rev,
        geometry,
        set,
        ..
    } = &found.changed[0]
    else {
        panic!("an update");
    };
    assert_eq!((expected_rev, geometry), (&Some(1), &None));
    assert_eq!(set, &[("circuit_count".to_owned(), Value::Integer(5))]);
}

#[test]
fn every_bad_row_is_listed_with_all_its_reasons() {
    let mut two_faults = cells("R3");
    two_faults[1] = json!(77);
    two_faults[5] = json!("pět");
    let mut elsewhere = cells("R1");
    elsewhere[6] = json!(563_099);
    let mut nameless = cells("");
    nameless[4] = json!(null);
    let table = table([
        cells("R1"),
        cells("R2"),
        cells("R2"),
        two_faults,
        elsewhere,
        nameless,
    ]);
    let found = plan(&table, &[]).expect("a plan");
    let rejected = found.outcome.rejected.iter();
    let kinds: Vec<(u64, Vec<_>)> = rejected
        .map(|row| {
            (
                row.row,
                row.reasons.iter().map(|reason| reason.kind).collect(),
            )
        })
        .collect();
    let expected: [(u64, Vec<&str>); 5] = [
        (2, vec!["duplicate"]),
        (3, vec!["duplicate"]),
        (4, vec!["not-in-code-list", "wrong-type"]),
        (5, vec!["wrong-municipality"]),
        (6, vec!["missing", "missing"]),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(counts(&found), [1, 0, 0, 5]);
}

#[test]
fn a_table_without_positions_changes_what_is_there_and_adds_nothing() {
    let with_positions = table([cells("R1")]);
    let before = plan(&with_positions, &[]).expect("a plan");
    let mut without = table(["R1", "R2"].map(cells));
    for row in &mut without {
        row.geometry = ForeignGeometry::None;
    }
    without[0].cells[7] = cell(&json!("Nový název"));
    let found = plan(&without, &stored(&before)).expect("a plan");
    assert_eq!(counts(&found), [0, 1, 0, 1]);
    assert_eq!(
        found.outcome.rejected[0].reasons[0].kind,
        "geometry-presence"
    );
    assert_eq!(found.outcome.notes.len(), 1);
}

#[test]
fn positions_of_another_system_stop_the_whole_import() {
    let mut utm = table([cells("R1")]);
    utm[0].geometry = ForeignGeometry::Sound(geo_types::Point::new(386_000.0, 5_590_000.0).into());
    assert!(matches!(plan(&utm, &[]), Err(PlanError::Positions(_))));
}
