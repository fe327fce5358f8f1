//! What is written as a document reads back the same.

use geo_types::{Geometry, LineString, Polygon};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::merge::{Content, Held};
use crate::{Finding, Flaw, FlawKind, LayerSet, Problem, Text, Value};

/// Any value of a type.
fn value_of(field_type: &FieldType) -> BoxedStrategy<Value> {
    let some: BoxedStrategy<Value> = match field_type {
        FieldType::Text | FieldType::Reference(_) => any::<String>().prop_map(Value::Text).boxed(),
        FieldType::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        FieldType::Real => {
            let real = prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO;
            real.prop_map(Value::Real).boxed()
        }
        FieldType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        FieldType::Date => (0_i32..2_000_000)
            .prop_map(|day| {
                Value::Date(chrono::NaiveDate::from_num_days_from_ce_opt(day + 1).expect("a day"))
            })
            .boxed(),
        FieldType::Timestamp => (0_i64..4_000_000_000_000)
            .prop_map(|ms| Value::Timestamp(DateTime::from_timestamp_millis(ms).expect("a time")))
            .boxed(),
        FieldType::List(columns) => {
            let row: Vec<_> = columns
                .iter()
                .map(|column| value_of(&column.field_type))
                .collect();
            vec(row, 0..3).prop_map(Value::List).boxed()
        }
    };
    prop_oneof![1 => Just(Value::Null), 4 => some].boxed()
}

fn geometry() -> impl Strategy<Value = Option<Geometry<f64>>> {
    let place = (-900_000.0..-400_000.0, -1_300_000.0..-900_000.0);
    let shape = prop_oneof![
        place.clone().prop_map(|at| Geometry::Point(at.into())),
        vec(place.clone(), 2..6).prop_map(|line| Geometry::LineString(LineString::from(line))),
        vec(place, 3..6)
            .prop_map(|ring| Geometry::Polygon(Polygon::new(LineString::from(ring), Vec::new()))),
    ];
    proptest::option::of(shape)
}

/// The shipped layer with the most kinds of fields, under names that its fields had once.
fn layer() -> (Layer, Vec<Vec<String>>) {
    let shipped = LayerSet::shipped().expect("sound definitions");
    let kinds = |layer: &Layer| {
        let fields = layer.fields.iter();
        let kinds: std::collections::HashSet<_> = fields
            .map(|field| std::mem::discriminant(&field.field_type))
            .collect();
        kinds.len()
    };
    let richest = shipped
        .iter()
        .max_by_key(|layer| kinds(layer))
        .expect("a layer");
    let names = richest
        .fields
        .iter()
        .map(|field| vec![format!("{}_now", field.name), field.name.clone()]);
    ((**richest).clone(), names.collect())
}

/// The same layer after every field got another name.
fn renamed(layer: &Layer) -> Layer {
    let mut renamed = layer.clone();
    for field in &mut renamed.fields {
        field.name += "_now";
    }
    renamed
}

fn content(layer: &Layer) -> impl Strategy<Value = Content> + use<> {
    let values: Vec<_> = layer
        .fields
        .iter()
        .map(|field| value_of(&field.field_type))
        .collect();
    (geometry(), values).prop_map(|(geometry, values)| Content { geometry, values })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_conflict_reads_back_the_same(
        contents in { let (layer, _) = layer(); [content(&layer), content(&layer), content(&layer)] },
        place in 0_usize..100,
        kind in 0..3,
        texts in [any::<String>(), any::<String>()],
        nanos in 0_i64..4_000_000_000_000_000_000,
    ) {
        let (layer, names) = layer();
        let place = place % layer.fields.len();
        let held = contents.map(|content| match kind {
            0 => Held::Value(content.values[place].clone()),
            1 => Held::Geometry(content.geometry),
            _ if content.values[0].is_null() => Held::Feature(None),
            _ => Held::Feature(Some(content)),
        });
        let [base, theirs, mine] = held;
        let part = match kind {
            0 => Part::Field(layer.fields[place].name.clone()),
            1 => Part::Geometry,
            _ => Part::Feature,
        };
        let at = DateTime::from_timestamp_nanos(nanos);
        let [author, device] = texts;
        let by = Signature { author: author.clone(), at, revision: Some(Revision(7)) };
        let operation = OperationId::from(uuid::Uuid::from_u64_pair(1, 2));
        let conflict = Conflict {
            operation, layer: layer.id.clone(), feature: uuid::Uuid::from_u64_pair(3, 4).into(), municipality: Some(5),
            part: part.clone(), base, theirs, mine, theirs_by: Some(by), author, device, at,
        };
        let text = write_conflict(Some(&layer), &conflict).to_string();
        let [operation, feature] = [conflict.operation.to_string(), conflict.feature.to_string()];
        let place = ConflictPlace {
            operation: &operation, part: part.key(), layer: layer.id.as_str(), feature: &feature,
            municipality: Some(5), revision: Some(Revision(9)),
        };
        // Fields that have other names now, are found by those that they had.
        let now = renamed(&layer);
        let schema = Schema { layer: &now, names: &names };
        let read = read_conflict(Some(schema), &place, serde_json::from_str(&text).expect("JSON")).expect("a conflict");
        let part = match part {
            Part::Field(name) => Part::Field(name + "_now"),
            part => part,
        };
        // Zero has a sign, which `==` does not see.
        prop_assert_eq!(format!("{read:?}"), format!("{:?}", Conflict { part, ..conflict }));
    }

    #[test]
    fn a_decision_reads_back_the_same(choice in 0_usize..3, by in any::<String>(), nanos in 0_i64..4_000_000_000_000_000_000) {
        let decision = Decision {
            choice: CHOICES[choice].0,
            operation: OperationId::from(uuid::Uuid::from_u64_pair(1, 2)),
            by,
            at: DateTime::from_timestamp_nanos(nanos),
        };
        prop_assert_eq!(read_decision(write_decision(&decision)).expect("a decision"), decision);
    }
}

fn check_outcome(outcome: &Outcome) {
    let text = write_outcome(outcome).to_string();
    let read = read_outcome(None, &serde_json::from_str(&text).expect("JSON"));
    assert_eq!(&read.expect("an outcome"), outcome);
}

#[test]
fn an_outcome_reads_back_the_same() {
    let parts = ["code", "@geometry", "@feature"].map(Part::of_key).to_vec();
    for outcome in [
        Outcome::Applied { rev: Some(3) },
        Outcome::Merged { rev: None },
        Outcome::Conflict {
            rev: Some(1),
            parts,
        },
        Outcome::Unpermitted,
    ] {
        check_outcome(&outcome);
    }
}

#[test]
fn every_finding_is_told_again_in_the_same_words() {
    let (layer, _) = layer();
    let fields = layer.fields.iter();
    let types = fields.map(|field| field.field_type.clone());
    let nul = Value::from("\0");
    let expected =
        types.flat_map(|of| [of.mismatch(&nul), crate::from_json(&of, &json!({})).err()]);
    let mut problems: Vec<_> = expected.flatten().map(Problem::WrongType).collect();
    problems.extend(findings::GEOMETRY_TYPES.map(|of| Problem::WrongGeometry(of.ogc_name())));
    problems.extend(findings::PLAIN);
    let flaw = |kind| {
        Problem::InvalidGeometry(Flaw {
            kind,
            at: Some([-790_000.1, 0.5]),
        })
    };
    problems.extend(findings::FLAWS.map(flaw));
    problems.extend([
        Problem::InvalidGeometry(Flaw {
            kind: FlawKind::NotFinite,
            at: None,
        }),
        Problem::NotInCodeList("kinds".to_owned()),
        Problem::OutOfRange(0.1, 9.0),
        Problem::Attached("správce".to_owned()),
        Problem::DuplicateKey("1/č".to_owned()),
        Problem::Stale(7),
        Problem::Malformed(Text {
            cs: "špatně".to_owned(),
            en: "wrong".to_owned(),
        }),
    ]);
    let findings = problems
        .into_iter()
        .map(|problem| Finding::of_field("code", problem));
    let findings: Vec<_> = findings
        .chain([Finding::of_feature(Problem::Missing)])
        .collect();
    check_outcome(&Outcome::Rejected(findings));
}
