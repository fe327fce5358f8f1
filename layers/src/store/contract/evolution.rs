//! What holds when a definition changes: fields gain names, are added and retired, and every revision stays readable,
//! for programs with the new definitions and for those that still run with the old ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::versions::agree;
use super::{
    Fresh, STONES, Store, all, commit, id, layer_id, layers, office_view, plan_to_undo, read,
    recode, refuse, stone,
};
use crate::store::{LayerPlan, Step};
use crate::{
    Audience, Change, Feature, Field, FieldType, LayerSet, Problem, Revision, StoreError, Value,
};

/// The old names of those fields of a stone that get others.
const CODE: usize = 1;
const HEIGHT: usize = 3;
const COUNT: usize = 4;
const MARKS: usize = 9;
const COLOUR: usize = 10;

pub(super) fn run(fresh: Fresh<'_>) {
    a_plan_changes_nothing(fresh);
    every_revision_reads_under_old_and_new_names(fresh);
    a_field_may_get_its_old_name_back(fresh);
    what_is_added_needs_no_migration(fresh);
    an_index_is_added_once(fresh);
    nobody_is_disturbed_by_a_rename(fresh);
    what_was_planned_before_is_done_after(fresh);
}

/// The suite's layers with other stones.
fn with_stones(change: impl FnOnce(&mut Vec<Field>)) -> Arc<LayerSet> {
    let before = layers();
    let changed = before.iter().map(Arc::clone);
    let mut changed: Vec<_> = changed
        .filter(|layer| layer.id.as_str() != STONES)
        .collect();
    let mut stones = (**before.named(STONES).expect("defined")).clone();
    change(&mut stones.fields);
    for name in &mut stones.key {
        let field = stones.fields.iter().find(|field| field.is_called(name));
        name.clone_from(&field.expect("a field of the key").name);
    }
    changed.push(Arc::new(stones));
    Arc::new(LayerSet::new(before.groups().to_vec(), changed))
}

fn rename(field: &mut Field, name: &str) {
    let former = std::mem::replace(&mut field.name, name.to_owned());
    field.was.push(former);
}

/// The stones of the new definitions: a key, a number and a list renamed, one field retired, one added.
pub(super) fn evolved() -> Arc<LayerSet> {
    with_stones(|fields| {
        rename(&mut fields[CODE], "sign");
        rename(&mut fields[HEIGHT], "tallness");
        rename(&mut fields[MARKS], "carvings");
        fields[COUNT].retired = true;
        fields.push(Field {
            name: "colour".to_owned(),
            was: Vec::new(),
            codes: None,
            mandatory: false,
            field_type: FieldType::Text,
            ..fields[CODE].clone()
        });
    })
}

fn set(number: u64, values: &[(&str, Value)]) -> Change {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    Change::Update {
        layer: layer_id(STONES),
        id: id(number),
        expected_rev: None,
        geometry: None,
        set: values.collect(),
    }
}

fn full_stone(number: u64, code: &str) -> Change {
    let mut change = stone(number, code);
    if let Change::Insert { values, .. } = &mut change {
        values[HEIGHT] = Value::Real(1.5);
        values[COUNT] = Value::Integer(7);
        values[MARKS] = Value::List(vec![vec![Value::from("x"), Value::Real(0.5)]]);
    }
    change
}

fn at(store: &dyn Store, revision: i64) -> Vec<Feature> {
    let mut query = all(store, STONES);
    query.at = Some(Revision(revision));
    read(store, &query)
}

/// How many stones have a value at a revision; none is the newest.
fn count(store: &dyn Store, at: Option<i64>, name: &str, value: Value) -> u64 {
    let mut query = all(store, STONES);
    query.at = at.map(Revision);
    query.equal = vec![(name.to_owned(), value)];
    let found = read(store, &query).len() as u64;
    assert_eq!(store.count(&query).expect("a count"), found);
    found
}

fn a_plan_changes_nothing(fresh: Fresh<'_>) {
    let place = fresh();
    let old = &*place.open();
    commit(old, vec![full_stone(1, "a")]);
    let plans = place.plan_evolution(&evolved()).expect("a plan");
    let stones = plans.iter().find(|plan| plan.layer.as_str() == STONES);
    let stones = stones.expect("a plan of the stones");
    let renamed = stones.steps.iter().filter_map(|step| match step {
        Step::RenameColumn { former, name } => Some((former.as_str(), name.as_str())),
        _ => None,
    });
    let expected = [
        ("code", "sign"),
        ("height", "tallness"),
        ("marks", "carvings"),
    ];
    assert!(renamed.eq(expected), "{stones:?}");
    let adds = |step: &Step| matches!(step, Step::AddColumn { name, .. } if name == "colour");
    assert!(stones.steps.iter().any(adds), "{stones:?}");
    assert_eq!(stones.retired, ["count"]);
    assert!(stones.obstacles.is_empty(), "{stones:?}");
    let evolved_stones = Arc::clone(evolved().get(&layer_id(STONES)).expect("stones"));
    let shown = [Audience::PUBLIC, Audience::OFFICE].map(|audience| {
        let view = audience.view(&evolved_stones).expect("stones are public");
        view.field("count").is_some()
    });
    assert_eq!(
        shown,
        [false, true],
        "nobody is shown what is retired, and nothing is lost"
    );
    let others = plans.iter().filter(|plan| plan.layer.as_str() != STONES);
    assert!(others.clone().count() > 0 && others.clone().all(LayerPlan::is_empty));
    assert!(place.open_with(layers()).is_ok(), "nothing has changed");
    match place.open_with(evolved()) {
        Err(StoreError::Unusable(why)) => assert!(why.contains("`obzor migrate`"), "{why}"),
        other => panic!("not refused: {:?}", other.err()),
    }
}

fn every_revision_reads_under_old_and_new_names(fresh: Fresh<'_>) {
    let place = fresh();
    let old = &*place.open();
    commit(old, vec![full_stone(1, "a"), full_stone(2, "b")]);
    commit(old, vec![set(2, &[("height", Value::Real(2.5))])]);
    let before = [at(old, 1), at(old, 2)];
    place.evolve(&evolved()).expect("changed");
    assert!(
        place
            .plan_evolution(&evolved())
            .expect("a plan")
            .iter()
            .all(LayerPlan::is_empty)
    );
    let new = &*place.open_with(evolved()).expect("a store");

    // The old program writes, knowing nothing of it.
    commit(old, vec![recode(1, "c", Some(1)), full_stone(3, "d")]);
    let findings = &refuse(old, vec![recode(1, "d", None)])[0].findings;
    assert!(
        matches!(findings[0].problem, Problem::DuplicateKey(_)),
        "{findings:?}"
    );
    // The new one writes, under new and former names.
    let changes = [
        ("tallness", Value::Real(4.5)),
        ("colour", "red".into()),
        ("code", "e".into()),
    ];
    commit(new, vec![set(1, &changes)]);
    let findings = &refuse(new, vec![set(1, &[("sign", "d".into())])])[0].findings;
    assert!(
        matches!(findings[0].problem, Problem::DuplicateKey(_)),
        "{findings:?}"
    );

    for (revision, before) in (1..).zip(before) {
        assert_eq!(at(old, revision), before, "revision {revision}");
    }
    for number in 1..=3 {
        agree(old, &office_view(old, STONES), id(number));
        agree(new, &office_view(new, STONES), id(number));
    }
    both_see_the_same(old, new);
}

/// Compares the four revisions as the old program and the new one see them.
fn both_see_the_same(old: &dyn Store, new: &dyn Store) {
    for revision in 1..=4 {
        let mut seen = at(new, revision);
        for feature in &mut seen {
            let colour = feature.values.remove(COLOUR);
            let is_red = revision == 4 && feature.id == id(1);
            assert_eq!(colour, if is_red { "red".into() } else { Value::Null });
        }
        assert_eq!(seen, at(old, revision), "revision {revision}");
    }
    let newest = read(old, &all(old, STONES));
    assert_eq!(newest, at(old, 4));
    let said = |place: usize| {
        newest
            .iter()
            .map(|stone| stone.values[place].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(said(CODE), ["e".into(), "b".into(), Value::from("d")]);
    assert_eq!(said(HEIGHT), [4.5, 2.5, 1.5].map(Value::Real));
    for (store, names) in [(old, &["height"][..]), (new, &["tallness", "height"])] {
        for name in names {
            assert_eq!(count(store, Some(1), name, Value::Real(1.5)), 2, "{name}");
            assert_eq!(count(store, Some(3), name, Value::Real(1.5)), 2, "{name}");
            assert_eq!(count(store, Some(4), name, Value::Real(4.5)), 1, "{name}");
            assert_eq!(count(store, None, name, Value::Real(4.5)), 1, "{name}");
        }
    }
}

fn a_field_may_get_its_old_name_back(fresh: Fresh<'_>) {
    let place = fresh();
    let old = &*place.open();
    commit(old, vec![full_stone(1, "a")]);
    place.evolve(&evolved()).expect("changed");
    let new = &*place.open_with(evolved()).expect("a store");
    commit(new, vec![set(1, &[("tallness", Value::Real(2.5))])]);
    let back = || {
        with_stones(|fields| {
            *fields = evolved().named(STONES).expect("defined").fields.clone();
            fields[HEIGHT].was.clear();
            rename(&mut fields[HEIGHT], "height");
        })
    };
    place.evolve(&back()).expect("changed");
    let newest = &*place.open_with(back()).expect("a store");
    commit(newest, vec![set(1, &[("height", Value::Real(3.5))])]);
    for store in [old, new, newest] {
        let said = (1..=3).map(|revision| at(store, revision)[0].values[HEIGHT].clone());
        assert!(said.eq([1.5, 2.5, 3.5].map(Value::Real)));
    }
    commit(old, vec![set(1, &[("height", Value::Real(5.5))])]);
    commit(new, vec![set(1, &[("tallness", Value::Real(6.5))])]);
    assert_eq!(count(newest, None, "height", Value::Real(6.5)), 1);

    let taken = with_stones(|fields| {
        *fields = back().named(STONES).expect("defined").fields.clone();
        fields[COLOUR].was = vec!["colour".to_owned()];
        fields[COLOUR].name = "code".to_owned();
        fields[CODE].was.clear();
    });
    match place.evolve(&taken) {
        Err(StoreError::Unusable(why)) => assert!(why.contains("the name of sign"), "{why}"),
        other => panic!("not refused: {other:?}"),
    }
}

fn what_is_added_needs_no_migration(fresh: Fresh<'_>) {
    let place = fresh();
    let old = &*place.open();
    commit(old, vec![full_stone(1, "a")]);
    let wider = with_stones(|fields| {
        fields.insert(
            CODE,
            Field {
                name: "colour".to_owned(),
                field_type: FieldType::Text,
                codes: None,
                ..fields[CODE].clone()
            },
        );
    });
    place.evolve(&layers()).expect("nothing to do yet");
    let new = &*place.open_with(wider).expect("a store");
    commit(
        new,
        vec![set(
            1,
            &[("colour", "red".into()), ("height", Value::Real(2.5))],
        )],
    );
    commit(old, vec![full_stone(2, "b")]);
    assert_eq!(count(new, Some(2), "colour", "red".into()), 1);
    assert_eq!(count(new, None, "colour", Value::Null), 1);
    assert_eq!(at(new, 1)[0].values[CODE], Value::Null);
    assert_eq!(
        read(old, &all(old, STONES))[0].values[HEIGHT],
        Value::Real(2.5)
    );
}

fn an_index_is_added_once(fresh: Fresh<'_>) {
    let place = fresh();
    commit(&*place.open(), vec![full_stone(1, "a"), stone(2, "b")]);
    let steps = |wanted: Arc<LayerSet>| {
        let plans = place.plan_evolution(&wanted).expect("a plan").into_iter();
        plans.flat_map(|plan| plan.steps).collect::<Vec<_>>()
    };
    let indexed = || with_stones(|fields| fields[COUNT].indexed = true);
    let name = "count".to_owned();
    assert_eq!(steps(indexed()), [Step::AddIndex { name }]);
    let store = &*place.open_with(indexed()).expect("a store");
    assert_eq!(count(store, None, "count", Value::Integer(7)), 1);
    assert_eq!(steps(indexed()), []);
    // It goes with its column.
    let renamed = || {
        with_stones(|fields| {
            fields[COUNT].indexed = true;
            rename(&mut fields[COUNT], "number");
        })
    };
    let adds = |step: &Step| matches!(step, Step::AddIndex { .. });
    assert!(!steps(renamed()).iter().any(adds));
    place.evolve(&renamed()).expect("changed");
    assert_eq!(steps(renamed()), []);
}

fn nobody_is_disturbed_by_a_rename(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(
        store,
        (0..500).map(|n| full_stone(n, &n.to_string())).collect(),
    );
    let done = AtomicBool::new(false);
    let answers = AtomicUsize::new(0);
    let read_on = || {
        while !done.load(Ordering::SeqCst) {
            assert_eq!(read(store, &all(store, STONES)).len(), 500);
            assert!(at(store, 1)[0].values[HEIGHT] == Value::Real(1.5));
            answers.fetch_add(1, Ordering::SeqCst);
        }
    };
    let write_on = || {
        while !done.load(Ordering::SeqCst) {
            commit(
                store,
                vec![
                    recode(1, "one", None),
                    set(2, &[("height", Value::Real(2.5))]),
                ],
            );
            answers.fetch_add(1, Ordering::SeqCst);
        }
    };
    thread::scope(|scope| {
        let workers = [scope.spawn(read_on), scope.spawn(write_on)];
        let wait_for = |more: usize| {
            let start = answers.load(Ordering::SeqCst);
            let goes_on = || !workers.iter().any(thread::ScopedJoinHandle::is_finished);
            while answers.load(Ordering::SeqCst) < start + more && goes_on() {
                thread::yield_now();
            }
        };
        wait_for(20);
        let changed = place.evolve(&evolved());
        wait_for(20);
        done.store(true, Ordering::SeqCst);
        changed.expect("changed");
    });
}

fn what_was_planned_before_is_done_after(fresh: Fresh<'_>) {
    let place = fresh();
    let old = &*place.open();
    commit(old, vec![full_stone(1, "a")]);
    commit(
        old,
        vec![set(
            1,
            &[("height", Value::Real(2.5)), ("code", "b".into())],
        )],
    );
    let planned = plan_to_undo(old, Revision(2));
    place.evolve(&evolved()).expect("changed");
    let new = &*place.open_with(evolved()).expect("a store");
    assert_eq!(plan_to_undo(new, Revision(2)).len(), planned.len());
    commit(new, planned);
    let undone = |store: &dyn Store| read(store, &all(store, STONES))[0].values[..COLOUR].to_vec();
    assert_eq!(undone(new), at(new, 1)[0].values[..COLOUR]);
    let again = plan_to_undo(new, Revision(3));
    commit(new, again);
    assert_eq!(undone(new)[CODE], "b".into());
    assert_eq!(undone(old)[HEIGHT], Value::Real(2.5));
}
