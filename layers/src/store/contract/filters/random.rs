//! Random features and random filters, of few values, so that they meet.

use chrono::{DateTime, NaiveDate};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::Value;
use crate::store::contract::{MEADOWS, STONES};

const TEXTS: [&str; 16] = [
    "", "a", "B", "b", "Žába", "zaba", "ZÁBA", "Straße", "STRASSE", "%", "a_", "a\\b", "ΟΔΟΣ",
    "οδος", "e\u{301}", "é'",
];
const PATTERNS: [&str; 12] = [
    "%", "_", "%a%", "a\\_", "\\%", "Z%", "_ába", "%ß%", "%ss%", "a\\\\b", "\\é%", "%é_",
];
const INTEGERS: [i64; 7] = [-3, 0, 1, 2, 7, 9_007_199_254_740_993, i64::MAX];
const REALS: [f64; 7] = [-1.5, -0.0, 1.0, 2.0, 2.5, 1e300, 9_007_199_254_740_992.0];
const DAYS: [&str; 4] = ["1989-11-17", "2020-02-29", "2026-05-31", "2026-06-01"];
const TIMES: [&str; 5] = [
    "1989-11-17T00:00:00Z",
    "2020-02-29T12:00:00.123Z",
    "2026-05-31T23:59:59.999Z",
    "2026-05-31T23:59:59.9995Z",
    "2026-06-01T00:00:00Z",
];
/// Areas, lines and points on whole metres, so that they touch.
const GEOMETRIES: [&str; 8] = [
    "POINT(2 2)",
    "POINT(2.5 1.5)",
    "LINESTRING(0 0, 4 4)",
    "LINESTRING(1 0, 1 3)",
    "POLYGON((0 0, 3 0, 3 3, 0 3, 0 0))",
    "POLYGON((1 1, 2 1, 2 2, 1 2, 1 1))",
    "MULTIPOINT((0 0), (9 9))",
    "GEOMETRYCOLLECTION(POINT(5 4), POLYGON((1 1, 4 1, 1 4, 1 1)))",
];

fn one_of<T: Clone + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(values)
}

/// Returns values of stones and of meadows, the same in every run.
pub(super) fn features() -> (Vec<Vec<Value>>, Vec<Vec<Value>>) {
    let mut runner = TestRunner::deterministic();
    let mut drawn = |strategy: BoxedStrategy<Vec<Value>>, many: usize| {
        let many = vec(strategy, many).new_tree(&mut runner).expect("values");
        many.current()
    };
    let mut stones = drawn(stone().boxed(), 70);
    for (number, values) in stones.iter_mut().enumerate() {
        values[1] = format!("c{number}").as_str().into();
    }
    (stones, drawn(vec(text_value(), 2).boxed(), 30))
}

fn text_value() -> impl Strategy<Value = Value> {
    optional(one_of(&TEXTS).prop_map(Value::from))
}

fn optional(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 4 => value]
}

fn stone() -> impl Strategy<Value = Vec<Value>> {
    let day = one_of(&DAYS).prop_map(|day| Value::Date(day.parse::<NaiveDate>().expect("a day")));
    let time = one_of(&TIMES).prop_map(|time| {
        let at = DateTime::parse_from_rfc3339(time)
            .expect("a time")
            .timestamp_millis();
        Value::Timestamp(DateTime::from_timestamp_millis(at).expect("a time"))
    });
    let depth = || optional(one_of(&REALS).prop_map(Value::Real));
    let mark = (one_of(&TEXTS), depth()).prop_map(|(sign, depth)| vec![sign.into(), depth]);
    (
        (0_i64..3).prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
        depth(),
        optional(one_of(&INTEGERS).prop_map(Value::Integer)),
        optional(day),
        optional(time),
        text_value(),
        text_value(),
        optional(vec(mark, 0..3).prop_map(Value::List)),
    )
        .prop_map(
            |(zone, open, height, count, day, time, order, finder, marks)| {
                let code = Value::Null;
                vec![
                    zone, code, open, height, count, day, time, order, finder, marks,
                ]
            },
        )
}

/// Calls with so many random filters and the layers they are for.
pub(super) fn run(cases: u32, check: impl FnMut(&str, &str)) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    let check = std::cell::RefCell::new(check);
    let stones = condition(stone_leaf().boxed()).prop_map(|text| (STONES, text));
    let meadows = condition(meadow_leaf().boxed()).prop_map(|text| (MEADOWS, text));
    TestRunner::new(config)
        .run(&prop_oneof![3 => stones, 1 => meadows], |(layer, text)| {
            (check.borrow_mut())(layer, &text);
            Ok(())
        })
        .expect("every filter");
}

fn condition(leaf: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" AND "))),
            vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.clone().prop_map(|part| format!("NOT ({part})")),
            inner.prop_map(|part| format!("({part}) IS NULL")),
        ]
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn sign() -> impl Strategy<Value = &'static str> {
    one_of(&["=", "<>", "<", "<=", ">", ">="])
}

fn folded(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (text, 0_u8..6).prop_map(|(text, kind)| match kind {
        0 => format!("CASEI({text})"),
        1 => format!("ACCENTI({text})"),
        2 => format!("CASEI(ACCENTI({text}))"),
        _ => text,
    })
}

fn about_text(fields: &'static [&'static str]) -> impl Strategy<Value = String> {
    let field = move || folded(one_of(fields).prop_map(str::to_owned));
    let literal = || folded(one_of(&TEXTS).prop_map(quoted));
    let pattern = folded(one_of(&PATTERNS).prop_map(quoted));
    prop_oneof![
        (field(), sign(), prop_oneof![literal(), field()])
            .prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (field(), pattern).prop_map(|(a, pattern)| format!("{a} LIKE {pattern}")),
        (field(), vec(literal(), 1..4))
            .prop_map(|(a, among)| format!("{a} IN ({})", among.join(", "))),
        field().prop_map(|a| format!("{a} IS NULL")),
    ]
}

fn about_place() -> impl Strategy<Value = String> {
    let relation = one_of(&[
        "INTERSECTS",
        "DISJOINT",
        "WITHIN",
        "CONTAINS",
        "TOUCHES",
        "CROSSES",
        "OVERLAPS",
        "EQUALS",
    ]);
    (relation, one_of(&GEOMETRIES), any::<bool>()).prop_map(|(relation, geometry, is_first)| {
        let geometry = moved(geometry);
        if is_first {
            format!("S_{relation}({geometry}, geometry)")
        } else {
            format!("S_{relation}(geometry, {geometry})")
        }
    })
}

/// Moves the positions of a geometry from the origin to where the suite has its features.
fn moved(geometry: &str) -> String {
    let mut is_easting = true;
    let words = geometry.split_inclusive([' ', ',', '(', ')']).map(|word| {
        let number = word.trim_end_matches([' ', ',', '(', ')']);
        let Ok(value) = number.parse::<f64>() else {
            return word.to_owned();
        };
        let origin = if is_easting { -800_000.0 } else { -990_000.0 };
        is_easting = !is_easting;
        format!("{}{}", value + origin, &word[number.len()..])
    });
    words.collect()
}

fn meadow_leaf() -> impl Strategy<Value = String> {
    prop_oneof![about_text(&["name", "owner"]), about_place(), about_place()]
}

fn stone_leaf() -> impl Strategy<Value = String> {
    let number = || {
        prop_oneof![
            one_of(&["zone", "count", "height"]).prop_map(str::to_owned),
            one_of(&INTEGERS).prop_map(|number| number.to_string()),
            one_of(&REALS).prop_map(|number| format!("{number:?}")),
        ]
    };
    let calculated = (
        number(),
        one_of(&["+", "-", "*", "/", "%", "div", "^"]),
        number(),
    )
        .prop_map(|(a, sign, b)| format!("({a} {sign} {b})"));
    let time = || {
        prop_oneof![
            one_of(&["set_on", "seen_at"]).prop_map(str::to_owned),
            one_of(&DAYS).prop_map(|day| format!("DATE('{day}')")),
            one_of(&TIMES).prop_map(|time| format!("TIMESTAMP('{time}')")),
        ]
    };
    prop_oneof![
        about_text(&["\"order\"", "finder"]),
        (number(), sign(), number()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (calculated, sign(), number()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (number(), number(), number()).prop_map(|(a, b, c)| format!("{a} BETWEEN {b} AND {c}")),
        (number(), vec(number(), 1..4))
            .prop_map(|(a, among)| format!("{a} IN ({})", among.join(", "))),
        (sign(), any::<bool>()).prop_map(|(sign, flag)| format!("open {sign} {flag}")),
        (time(), sign(), time()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        about_times(),
        one_of(&["count", "marks", "geometry", "seen_at"])
            .prop_map(|field| format!("{field} IS NOT NULL")),
        about_place(),
        about_marks(),
    ]
}

fn about_times() -> impl Strategy<Value = String> {
    let end = prop_oneof![
        one_of(&["set_on", "seen_at"]).prop_map(str::to_owned),
        one_of(&DAYS).prop_map(quoted),
        one_of(&TIMES).prop_map(quoted),
        Just("'..'".to_owned()),
    ]
    .boxed();
    let relation = one_of(&[
        "AFTER",
        "BEFORE",
        "CONTAINS",
        "DISJOINT",
        "DURING",
        "EQUALS",
        "FINISHEDBY",
        "FINISHES",
        "INTERSECTS",
        "MEETS",
        "METBY",
        "OVERLAPPEDBY",
        "OVERLAPS",
        "STARTEDBY",
        "STARTS",
    ]);
    let field = one_of(&["set_on", "seen_at"]);
    (relation, field, end.clone(), end).prop_map(|(relation, field, from, to)| {
        format!("T_{relation}({field}, INTERVAL({from}, {to}))")
    })
}

fn about_marks() -> impl Strategy<Value = String> {
    let relation = || one_of(&["CONTAINS", "CONTAINEDBY", "EQUALS", "OVERLAPS"]);
    let signs = vec(one_of(&TEXTS).prop_map(quoted), 0..3);
    let depths = vec(
        one_of(&REALS).prop_map(|number| format!("{number:?}")),
        0..3,
    );
    prop_oneof![
        (relation(), signs).prop_map(|(relation, signs)| {
            format!("A_{relation}(marks.sign, ({}))", signs.join(", "))
        }),
        (relation(), depths).prop_map(|(relation, depths)| {
            format!("A_{relation}(({}), marks.depth)", depths.join(", "))
        }),
    ]
}
