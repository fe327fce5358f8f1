//! Filters: geometries lie as the extension says, and nothing of a filter's text is ever in the SQL.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::cql2::{Filter, read_text};
use crate::crs::Crs;
use crate::store::postgis::query::Selection;
use crate::{Feature, FeatureQuery};

fn bound(text: &str, query: &FeatureQuery) -> Option<Filter> {
    let expression = read_text(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    Filter::bind(&expression, &query.view, Crs::SJtsk).ok()
}

const RELATIONS: [&str; 8] = [
    "Contains",
    "Crosses",
    "Disjoint",
    "Equals",
    "Intersects",
    "Overlaps",
    "Touches",
    "Within",
];

/// Geometries on few positions, so that they touch, cross and lie on one another.
fn geometry() -> impl Strategy<Value = String> {
    let position = || {
        (0_u8..7, 0_u8..7)
            .prop_map(|(x, y)| format!("{} {}", f32::from(x) / 2.0, f32::from(y) / 2.0))
    };
    let line =
        |least, most| vec(position(), least..most).prop_map(|positions| positions.join(", "));
    let ring = || {
        vec(position(), 3..5).prop_map(|mut positions| {
            positions.push(positions[0].clone());
            positions.join(", ")
        })
    };
    prop_oneof![
        position().prop_map(|at| format!("POINT({at})")),
        line(2, 4).prop_map(|line| format!("LINESTRING({line})")),
        line(2, 4).prop_map(|points| format!("MULTIPOINT({points})")),
        ring().prop_map(|ring| format!("POLYGON(({ring}))")),
        ring().prop_map(|ring| format!("POLYGON(({ring}))")),
        (line(2, 3), line(2, 3)).prop_map(|(a, b)| format!("MULTILINESTRING(({a}), ({b}))")),
    ]
}

/// Two geometries, sometimes equal ones.
fn pairs() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        9 => (geometry(), geometry()),
        1 => geometry().prop_map(|one| (one.clone(), one)),
    ]
}

#[test]
fn geometries_lie_as_the_extension_says() {
    let city = City::new();
    let query = all(&city.store(), STONES);
    let mut client = city.plain();
    let nothing = Feature {
        id: id(1),
        fid: 1,
        rev: 1,
        geometry: None,
        values: vec![Value::Null; 10],
    };
    let columns = RELATIONS
        .map(|relation| format!("ST_{relation}(a, b)"))
        .join(", ");
    // Not by WHERE: the planner would compare the geometries before it knows that they are valid.
    let sql = format!(
        "SELECT CASE WHEN ST_IsValid(a) AND ST_IsValid(b) THEN ARRAY[{columns}] END
         FROM ST_GeomFromText($1) a, ST_GeomFromText($2) b"
    );
    let statement = client.prepare(&sql).expect("a statement");
    let seen = std::cell::Cell::new([0; RELATIONS.len()]);
    let client = std::cell::RefCell::new(client);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(600)
    };
    let checked = TestRunner::new(config).run(&pairs(), |(a, b)| {
        let rows = client
            .borrow_mut()
            .query(&statement, &[&a, &b])
            .expect("an answer");
        let expected: Option<Vec<bool>> = rows[0].get(0);
        for (place, relation) in RELATIONS.iter().enumerate() {
            let Some(filter) = bound(&format!("S_{relation}({a}, {b})"), &query) else {
                continue;
            };
            let Some(expected) = &expected else {
                panic!("only the extension refuses {a} or {b}");
            };
            let lies = filter.accepts(&query.view, &nothing);
            prop_assert_eq!(lies, expected[place], "{} {} {}", relation, a, b);
            let mut counts = seen.get();
            counts[place] += usize::from(lies);
            seen.set(counts);
        }
        Ok(())
    });
    checked.expect("every pair");
    assert!(
        seen.get().iter().all(|count| *count > 0),
        "{:?}",
        seen.get()
    );
}

#[test]
fn nothing_that_a_filter_says_is_in_the_sql() {
    let city = City::new();
    let store = city.store();
    let plain = all(&store, STONES);
    let filter = "code = 'taint1' OR CASEI(\"order\") LIKE 'taint2%' OR ACCENTI(code) IN ('taint3', 'x') OR \
                  count = 424242 OR height < 42.4242 OR set_on > DATE('2042-04-24') OR \
                  seen_at > TIMESTAMP('2042-04-24T00:00:00Z') OR code > '''; DROP TABLE taint4 --'";
    let query = FeatureQuery {
        filter: bound(filter, &plain),
        ..plain
    };
    assert!(query.filter.is_some());
    let renames = store.renames.known();
    let newest = Selection::newest(&query, &renames)
        .expect("a selection")
        .rows(&query);
    let past = Selection::past(&query, Revision(1), &renames)
        .expect("a selection")
        .rows(&query);
    for sql in [newest.sql, past.sql] {
        for taint in ["taint", "4242", "2042", "DROP"] {
            assert!(!sql.contains(taint), "{taint} is in {sql}");
        }
    }
    assert_eq!(read(&store, &query), []);
}
