//! Random histories of several writers, and the invariants of merging.

use std::collections::BTreeMap;

use layers::merge::{Conflict, Held, Operation, Part};
use layers::{Change, FeatureId, Revision, Value, to_json};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

use crate::city::{City, POSTS, apply, drawn, post_at, update};
use crate::world::{PLACE, Step, World};

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0_usize..5;
    let fields = vec((0_usize..9, any::<u8>()), 1..4);
    let send = (
        who.clone(),
        any::<u32>(),
        0_usize..8,
        any::<bool>(),
        any::<bool>(),
    );
    let step = prop_oneof![
        8 => (who.clone(), 0_u64..6, fields).prop_map(|(who, on, fields)| Step::Update { who, on, fields }),
        1 => (who.clone(), any::<u8>()).prop_map(|(who, value)| Step::Create { who, value }),
        1 => (who.clone(), 0_u64..6).prop_map(|(who, on)| Step::Delete { who, on }),
        4 => send.prop_map(|(who, mask, turn, twice, lost)| Step::Send { who, mask, turn, twice, lost }),
        2 => who.prop_map(|who| Step::Read { who }),
        1 => any::<u8>().prop_map(|share| Step::Replay { share }),
    ];
    vec(step, 1..60)
}

impl World {
    /// Everybody sends all they have.
    fn finish(&mut self) {
        for who in 0..self.writers.len() {
            self.send(who, u32::MAX, 0, false, false);
            assert!(
                self.writers[who].outbox.is_empty(),
                "what is whole is taken whole"
            );
        }
        self.replay(255);
        self.nothing_typed_is_out_of_reach();
        self.changes_lead_from_any_state_to_the_next();
        self.an_undone_edit_leaves_every_bit();
        self.city.is_what_its_store_keeps();
    }

    /// (ii) Every value is in the history of its feature, or in a conflict, and every operation is kept as it was sent.
    fn nothing_typed_is_out_of_reach(&self) {
        let mut written: BTreeMap<(FeatureId, &str), Vec<Json>> = BTreeMap::new();
        let layer = self.city.layers.named(POSTS).expect("a layer");
        for change in self.city.changes.iter().flatten() {
            let named: Vec<(&str, &Value)> = match change {
                Change::Insert { values, .. } => layer
                    .fields
                    .iter()
                    .map(|field| field.name.as_str())
                    .zip(values)
                    .collect(),
                Change::Update { set, .. } => set
                    .iter()
                    .map(|(name, value)| (name.as_str(), value))
                    .collect(),
                Change::Delete { .. } => Vec::new(),
            };
            for (name, value) in named {
                let (_, field) = layer.field(name).expect("a field");
                let value = to_json(&field.field_type, value);
                written.entry((change.id(), name)).or_default().push(value);
            }
        }
        for operation in &self.received {
            let recorded = &self.city.recorded[&operation.id];
            assert_eq!(&recorded.operation, operation);
            let end = &self.ends[&operation.id];
            for field in ["code", "status", "count", "zone"] {
                let Some(edit) = operation.set.get(field) else {
                    continue;
                };
                let is_written = written
                    .get(&(operation.feature, field))
                    .is_some_and(|all| all.contains(&edit.new));
                let is_kept = || {
                    self.city
                        .conflicts
                        .iter()
                        .any(|conflict| keeps(conflict, operation, field))
                };
                let is_refused = ["rejected", "unpermitted"].contains(&end.word);
                // The same as before was not typed, and of what is gone nothing is new.
                let is_old = edit.old.as_ref() == Some(&edit.new) || end.word == "merged";
                assert!(
                    is_written || is_kept() || is_refused || is_old || edit.new.is_null(),
                    "{field} of {operation:?}"
                );
            }
        }
    }

    /// (iii) The changes since a revision make the next state of it, from the empty one on.
    fn changes_lead_from_any_state_to_the_next(&self) {
        let states = self.city.snapshots.windows(2);
        for (states, changes) in states.zip(&self.city.changes) {
            let mut state = states[0].clone();
            for change in changes {
                apply(&self.city.layers, &mut state, change);
            }
            assert_eq!(state, states[1]);
        }
        assert_eq!(self.city.changes.len() + 1, self.city.snapshots.len());
    }

    /// (vii) An operation and the one that takes it back leave every bit as it was.
    fn an_undone_edit_leaves_every_bit(&mut self) {
        for (on, sheet) in self.model.sheets.clone() {
            let before = self.city.feature(POSTS, on).expect("there").clone();
            let edit = |old: &Json, new: &Json, east: &Json, number| {
                let mut edit = update(
                    number,
                    "undo",
                    on,
                    0,
                    &[("owner", old.clone(), new.clone())],
                );
                edit.geometry = Some(drawn(&post_at(east.as_f64().expect("a number"))));
                edit
            };
            let other = json!("somebody else");
            for (old, new, east) in [
                (&sheet["owner"], &other, &json!(77.0)),
                (&other, &sheet["owner"], &sheet[PLACE]),
            ] {
                self.next += 1;
                let mut done = edit(old, new, east, self.next);
                done.base = Revision(self.city.head());
                let judgement = self.city.receive(vec![done]);
                assert_eq!(judgement.outcomes[0].1.word(), "applied");
            }
            let after = self.city.feature(POSTS, on).expect("there");
            assert_eq!(
                (&after.geometry, &after.values),
                (&before.geometry, &before.values)
            );
        }
    }
}

/// Whether a conflict keeps what an operation said of a field.
fn keeps(conflict: &Conflict, operation: &Operation, field: &str) -> bool {
    let new = &operation.set[field].new;
    let is_it = |value: &Value| match value {
        Value::Integer(number) => new == number,
        Value::Text(text) => new == text,
        _ => false,
    };
    conflict.operation == operation.id
        && conflict.device == operation.device
        && match (&conflict.part, &conflict.mine) {
            (Part::Field(name), Held::Value(value)) => name == field && is_it(value),
            (Part::Feature, Held::Feature(Some(content))) => content.values.iter().any(is_it),
            _ => false,
        }
}

fn run(cases: u32, check: impl Fn(usize, Vec<Step>)) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    TestRunner::new(config)
        .run(&(3_usize..=5, steps()), |(writers, steps)| {
            check(writers, steps);
            Ok(())
        })
        .expect("every history");
    eprintln!("{cases} random histories");
}

pub(crate) fn every_operation_ends_as_the_model_says(cases: u32, city: &dyn Fn() -> City) {
    run(cases, |writers, steps| {
        let mut world = World::new(city(), writers, true);
        for step in &steps {
            world.step(step);
        }
        world.finish();
    });
}

/// (v) One writer alone, offline for any time, over any network, meets nobody.
pub(crate) fn one_writer_never_meets_a_conflict(cases: u32, city: &dyn Fn() -> City) {
    run(cases, |_, steps| {
        let mut world = World::new(city(), 1, false);
        for step in &steps {
            world.step(step);
        }
        world.finish();
        assert_eq!(world.city.conflicts, []);
    });
}

/// (vi) Two writers who change different fields of the same features never meet.
pub(crate) fn writers_of_different_fields_never_meet(cases: u32, city: &dyn Fn() -> City) {
    run(cases, |_, steps| {
        let mut world = World::new(city(), 2, false);
        for mut step in steps {
            match &mut step {
                Step::Update { who, fields, .. } => {
                    let side = *who & 1;
                    for (field, _) in fields {
                        *field = (*field & !1 | side).min(8 - side);
                    }
                }
                Step::Create { .. } | Step::Delete { .. } => continue,
                _ => {}
            }
            world.step(&step);
        }
        world.finish();
        assert_eq!(world.city.conflicts, []);
    });
}

#[test]
fn histories_of_several_writers() {
    every_operation_ends_as_the_model_says(300, &City::new);
}

#[test]
fn histories_of_one_writer() {
    one_writer_never_meets_a_conflict(300, &City::new);
}

#[test]
fn histories_of_two_who_change_different_fields() {
    writers_of_different_fields_never_meet(300, &City::new);
}

#[test]
#[ignore = "slow: thirty thousand random histories"]
fn many_histories() {
    every_operation_ends_as_the_model_says(10_000, &City::new);
    one_writer_never_meets_a_conflict(10_000, &City::new);
    writers_of_different_fields_never_meet(10_000, &City::new);
}
