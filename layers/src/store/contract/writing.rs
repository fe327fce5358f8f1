//! What a store does with a change set.

use super::{
    DIARY, Fresh, MEADOWS, STONES, all, apply, at, change_set, commit, delete, id, insert,
    layer_id, load, now, read, recode, refuse, square, stone,
};
use crate::{
    Bbox, Change, ChangeKind, ChangeSet, Finding, GeometryType, Municipalities, Problem, Rejection,
    Revision, StoreError, Value,
};

pub(super) fn run(fresh: Fresh<'_>) {
    a_change_set_is_committed_whole_or_not_at_all(fresh);
    every_rejection_is_returned(fresh);
    what_follows_from_a_rejected_insert_is_not_reported_again(fresh);
    revisions_are_gap_free_and_say_who_and_why(fresh);
    rev_counts_commits_and_guards_against_stale_edits(fresh);
    a_key_belongs_to_one_feature_at_a_time(fresh);
    geometry_is_kept_in_the_form_of_its_layer(fresh);
    the_log_tells_boxes_before_and_after(fresh);
    a_fid_is_never_given_twice(fresh);
    an_author_and_a_reason_are_texts(fresh);
    a_load_that_is_not_wanted_any_more_leaves_nothing(fresh);
    one_bad_feature_in_a_load_stops_it_and_is_told(fresh);
    what_a_rejected_feature_would_have_taken_is_free(fresh);
}

fn an_author_and_a_reason_are_texts(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    for (author, reason) in [("jana\0", "survey"), ("jana", "sur\0vey")] {
        let set = ChangeSet {
            author: author.to_owned(),
            reason: reason.to_owned(),
            at: now(),
            municipalities: Municipalities::All,
            changes: Box::new(std::iter::once(stone(1, "a"))),
        };
        let refused = store.apply(set);
        assert!(
            matches!(refused, Err(StoreError::NulCharacter)),
            "{refused:?}"
        );
    }
    assert_eq!(store.head().expect("a head"), Revision(0));
}

fn a_change_set_is_committed_whole_or_not_at_all(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    refuse(
        store,
        vec![
            recode(1, "z", None),
            delete(STONES, 2, None),
            stone(3, "c"),
            stone(3, "d"),
        ],
    );
    let there = read(store, &all(store, STONES));
    let codes: Vec<_> = there.iter().map(|f| f.values[1].as_text()).collect();
    assert_eq!(codes, [Some("a"), Some("b")]);
    assert_eq!(store.head().expect("a head"), Revision(1));
    assert_eq!(store.changes(Revision(1)).expect("a log"), []);
}

fn every_rejection_is_returned(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let mut bad_values = vec![Value::Null; 10];
    bad_values[0] = Value::Integer(10);
    bad_values[1] = "a".into();
    let nowhere = Change::Delete {
        layer: layer_id("nowhere"),
        id: id(1),
        expected_rev: None,
    };
    let unknown_field = Change::Update {
        layer: layer_id(STONES),
        id: id(1),
        expected_rev: Some(7),
        geometry: Some(square(0.0, 0.0, 1.0)),
        set: vec![("colour".to_owned(), "red".into())],
    };
    let rejections = refuse(
        store,
        vec![
            insert(STONES, 5, None, bad_values),
            stone(6, "fine"),
            stone(1, "b"),
            recode(2, "a", None),
            recode(9, "x", None),
            delete(STONES, 9, None),
            delete(STONES, 2, Some(4)),
            nowhere,
            unknown_field,
            insert(MEADOWS, 1, Some(at(0.0, 0.0)), vec![Value::Null]),
        ],
    );
    let found: Vec<_> = rejections.iter().map(problems).collect();
    let key = |code: &str| Problem::DuplicateKey(format!("1/{code}"));
    let polygon = Problem::WrongGeometry(GeometryType::MultiPolygon.ogc_name());
    let point = Problem::WrongGeometry(GeometryType::Point.ogc_name());
    let expected = [
        (
            0,
            vec![
                Problem::GeometryPresence,
                Problem::OutOfRange(0.0, 9.0),
                Problem::Missing,
            ],
        ),
        (2, vec![Problem::DuplicateId, key("b")]),
        (3, vec![key("a")]),
        (4, vec![Problem::NoSuchFeature]),
        (5, vec![Problem::NoSuchFeature]),
        (6, vec![Problem::Stale(1)]),
        (7, vec![Problem::UnknownLayer]),
        (8, vec![Problem::Stale(1), Problem::UnknownField, point]),
        (9, vec![polygon, Problem::WrongArity]),
    ];
    assert_eq!(found, expected);
}

fn problems(rejection: &Rejection) -> (usize, Vec<Problem>) {
    let findings = rejection.findings.iter();
    (
        rejection.index,
        findings.map(|finding| finding.problem.clone()).collect(),
    )
}

fn what_follows_from_a_rejected_insert_is_not_reported_again(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let mut outside = stone(1, "a");
    if let Change::Insert { geometry, .. } = &mut outside {
        *geometry = Some(at(2e6, 0.0));
    }
    let set = vec![outside, recode(1, "b", Some(1)), delete(STONES, 1, None)];
    let rejections = refuse(store, set);
    assert_eq!(rejections.len(), 1);
    assert_eq!(rejections[0].index, 0);
}

fn revisions_are_gap_free_and_say_who_and_why(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    assert_eq!(store.head().expect("a head"), Revision(0));
    assert_eq!(store.revision(Revision(0)).expect("an answer"), None);
    assert_eq!(commit(store, vec![stone(1, "a")]).revision, Revision(1));
    refuse(store, vec![stone(1, "a")]);
    assert_eq!(commit(store, vec![]).revision, Revision(1), "nothing done");
    assert_eq!(commit(store, vec![stone(2, "b")]).revision, Revision(2));
    assert_eq!(store.head().expect("a head"), Revision(2));
    let info = store.revision(Revision(2)).expect("an answer");
    let info = info.expect("a revision");
    assert_eq!(
        (info.author.as_str(), info.reason.as_str()),
        ("clerk", "survey")
    );
    assert_eq!((info.revision, info.at), (Revision(2), now()));
    assert_eq!(store.revision(Revision(3)).expect("an answer"), None);
}

fn rev_counts_commits_and_guards_against_stale_edits(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a")]);
    commit(store, vec![recode(1, "b", Some(1))]);
    commit(store, vec![recode(1, "c", None), recode(1, "d", Some(3))]);
    assert_eq!(read(store, &all(store, STONES))[0].rev, 4);
    let rejections = refuse(store, vec![recode(1, "e", Some(3))]);
    assert_eq!(rejections[0].findings[0].problem, Problem::Stale(4));
    // An update that says nothing is a commit like any other.
    let nothing = Change::Update {
        layer: layer_id(STONES),
        id: id(1),
        expected_rev: Some(4),
        geometry: None,
        set: vec![],
    };
    let applied = commit(store, vec![nothing]);
    assert_eq!(applied.touched[0].kind, ChangeKind::Update);
    assert_eq!(read(store, &all(store, STONES))[0].rev, 5);
    commit(store, vec![delete(STONES, 1, Some(5))]);
    assert_eq!(read(store, &all(store, STONES)), []);
}

fn a_key_belongs_to_one_feature_at_a_time(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    // Changes apply one after the other, so a key is free as soon as its feature has given it up.
    let exchange = vec![
        recode(1, "x", None),
        recode(2, "a", None),
        recode(1, "b", None),
    ];
    commit(store, exchange);
    commit(store, vec![delete(STONES, 1, None), stone(3, "b")]);
    assert!(apply(store, vec![stone(4, "a")]).is_err());
}

fn geometry_is_kept_in_the_form_of_its_layer(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let area = square(0.0, 0.0, 5.0);
    commit(
        store,
        vec![insert(
            MEADOWS,
            1,
            Some(area.clone()),
            vec![Value::Null, Value::Null],
        )],
    );
    let there = read(store, &all(store, MEADOWS));
    assert_eq!(
        there[0].geometry,
        Some(GeometryType::MultiPolygon.normalise(area))
    );
}

fn the_log_tells_boxes_before_and_after(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let first = commit(
        store,
        vec![
            stone(1, "a"),
            insert(DIARY, 1, None, vec![Value::Integer(1), "rain".into()]),
        ],
    );
    let moved = Change::Update {
        layer: layer_id(STONES),
        id: id(1),
        expected_rev: None,
        geometry: Some(at(8.1, 9.3)),
        set: vec![],
    };
    let second = commit(store, vec![moved]);
    let third = commit(store, vec![delete(STONES, 1, None)]);
    let boxed = |x, y| Bbox::of(&at(x, y));
    let steps = [
        (&first.touched[0], ChangeKind::Insert, None, boxed(1.0, 1.0)),
        (&first.touched[1], ChangeKind::Insert, None, None),
        (
            &second.touched[0],
            ChangeKind::Update,
            boxed(1.0, 1.0),
            boxed(8.1, 9.3),
        ),
        (&third.touched[0], ChangeKind::Delete, boxed(8.1, 9.3), None),
    ];
    for (touched, kind, before, after) in steps {
        assert_eq!(
            (touched.kind, touched.before, touched.after),
            (kind, before, after)
        );
    }
    let log = store.changes(Revision(1)).expect("a log");
    let told: Vec<_> = log.iter().map(|c| (c.revision, c.feature())).collect();
    assert_eq!(
        told,
        [
            (Revision(2), Some(&second.touched[0])),
            (Revision(3), Some(&third.touched[0]))
        ]
    );
}

fn a_fid_is_never_given_twice(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let first = commit(store, vec![stone(1, "a")]).touched[0].fid;
    commit(store, vec![delete(STONES, 1, None)]);
    let second = commit(store, vec![stone(1, "a")]).touched[0].fid;
    assert!(second > first, "{second} is not after {first}");
}

fn a_load_that_is_not_wanted_any_more_leaves_nothing(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let many = || (1..200).map(|number| stone(number, &number.to_string()));
    let unwanted = store.load(change_set(many().collect()), &|| false);
    assert_eq!(unwanted.expect("no failure"), None);
    let empty = store.load(change_set(Vec::new()), &|| true);
    assert_eq!(empty.expect("no failure"), None);
    assert_eq!(read(store, &all(store, STONES)), []);
    assert_eq!(store.changes(Revision(0)).expect("a log"), []);
    let applied = load(store, many().collect()).expect("accepted");
    assert_eq!(
        (applied.revision, applied.touched.len()),
        (Revision(1), 199)
    );
}

fn one_bad_feature_in_a_load_stops_it_and_is_told(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(300, "taken")]);
    let mut many: Vec<_> = (1..200)
        .map(|number| stone(number, &number.to_string()))
        .collect();
    many[150] = stone(151, "taken");
    let refused = load(store, many).expect_err("a key that is taken");
    let StoreError::Rejected(rejections) = refused else {
        panic!("not rejected: {refused}");
    };
    let found: Vec<_> = rejections.listed.iter().map(problems).collect();
    let taken = Problem::DuplicateKey("1/taken".to_owned());
    assert_eq!(found, [(150, vec![taken])]);
    assert_eq!(store.head().expect("a head"), Revision(1));
    assert_eq!(store.changes(Revision(1)).expect("a log"), []);
}

fn what_a_rejected_feature_would_have_taken_is_free(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let nowhere = Change::Update {
        layer: layer_id(MEADOWS),
        id: id(4),
        expected_rev: None,
        geometry: None,
        set: Vec::new(),
    };
    let changes = vec![
        stone(3, "a"),
        stone(3, "b"),
        // Its key was only ever wanted by the one before, so the next one is too late.
        stone(4, "b"),
        stone(5, "b"),
        recode(5, "c", None),
        delete(STONES, 4, None),
        nowhere,
    ];
    let expected = [
        (1, Problem::DuplicateId),
        (3, Problem::DuplicateKey("1/b".to_owned())),
        (6, Problem::NoSuchFeature),
    ];
    for write in [apply, load] {
        let refused = match write(store, changes.clone()) {
            Err(StoreError::Rejected(rejections)) => rejections.listed.into_iter(),
            other => panic!("not rejected: {other:?}"),
        };
        let said = refused.map(|one| (one.index, one.findings));
        let expected = expected.clone();
        let expected = expected.map(|(index, problem)| (index, vec![Finding::of_feature(problem)]));
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }
}
