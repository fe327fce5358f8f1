//! Random filters read back as they were written; random texts end in an answer.

use chrono::DateTime;
use geo_types::{Geometry, GeometryCollection, line_string, point, polygon};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cql2::expression::{Moment, Node, Number};
use crate::cql2::{
    Arithmetic, ArrayRelation, Comparison, Expression, Fold, Operator, Place, Relation,
    TimeRelation, read_json, read_text,
};

fn at(node: Node) -> Expression {
    node.at(Place::Pointer(String::new()))
}

fn call(operator: Operator, arguments: impl Into<Vec<Expression>>) -> Expression {
    at(Node::Call(operator, arguments.into()))
}

/// A text; one that ends with a backslash cannot be written in CQL2.
fn text() -> impl Strategy<Value = String> {
    "[a-zž'\"\\\\%_ (),\n]{0,6}x?".prop_filter("an end", |text| !text.ends_with('\\'))
}

fn property() -> impl Strategy<Value = Expression> {
    prop_oneof!["[a-c]", "[a-c'\" ]{1,3}", Just("and".to_owned())]
        .prop_map(|name| at(Node::Property(name)))
}

fn instant() -> impl Strategy<Value = Expression> {
    (
        -30_000_000_000_i64..200_000_000_000,
        0_u32..1000,
        any::<bool>(),
    )
        .prop_map(|(seconds, ms, is_day)| {
            let at_time = DateTime::from_timestamp(seconds, ms * 1_000_000).expect("a time");
            at(Node::Moment(if is_day {
                Moment::Date(at_time.date_naive())
            } else {
                Moment::Timestamp(at_time)
            }))
        })
}

fn number() -> impl Strategy<Value = Expression> {
    let real = any::<f64>().prop_filter("finite", |number| number.is_finite());
    prop_oneof![
        (-1000_i64..1000).prop_map(|number| at(Node::Number(Number::Integer(number)))),
        real.prop_map(|number| at(Node::Number(Number::Real(number)))),
        property(),
    ]
    .prop_recursive(3, 6, 2, |inner| {
        let operator = prop_oneof![
            Just(Arithmetic::Plus),
            Just(Arithmetic::Minus),
            Just(Arithmetic::Power),
            Just(Arithmetic::WholeDivide),
        ];
        (operator, inner.clone(), inner)
            .prop_map(|(sign, a, b)| call(Operator::Calculate(sign), [a, b]))
    })
}

fn scalar() -> impl Strategy<Value = Expression> {
    let fold = |text| call(Operator::Fold(Fold::Case), [at(Node::Text(text))]);
    prop_oneof![
        text().prop_map(|text| at(Node::Text(text))),
        text().prop_map(fold),
        number(),
        instant(),
        any::<bool>().prop_map(|flag| at(Node::Boolean(flag))),
    ]
}

fn geometry() -> impl Strategy<Value = Expression> {
    (-9.5..9.5_f64, -9.0..9.0_f64, 0_u8..5).prop_map(|(x, y, kind)| {
        let line = line_string![(x: x, y: y), (x: x + 1.0, y: y)];
        let area = polygon![(x: x, y: y), (x: x + 1.0, y: y), (x: x, y: y + 1.0)];
        at(match kind {
            0 => Node::Geometry(point!(x: x, y: y).into()),
            1 => Node::Geometry(line.into()),
            2 => Node::Geometry(area.into()),
            3 => Node::Geometry(Geometry::GeometryCollection(GeometryCollection(vec![
                line.into(),
                area.into(),
            ]))),
            _ => Node::Bbox([x, y, x + 1.0, y]),
        })
    })
}

fn interval() -> impl Strategy<Value = Expression> {
    (instant(), property(), any::<bool>()).prop_map(|(from, to, is_open)| {
        let to = if is_open { at(Node::Open) } else { to };
        at(Node::Interval(Box::new([from, to])))
    })
}

fn array() -> impl Strategy<Value = Expression> {
    let values = |values| at(Node::Array(values));
    vec(scalar(), 0..4)
        .prop_map(values)
        .prop_recursive(2, 6, 3, move |inner| vec(inner, 1..3).prop_map(values))
}

fn condition() -> impl Strategy<Value = Expression> {
    let predicate = prop_oneof![
        (scalar(), scalar())
            .prop_map(|(a, b)| call(Operator::Compare(Comparison::LessOrEqual), [a, b])),
        (property(), text()).prop_map(|(a, b)| call(Operator::Like, [a, at(Node::Text(b))])),
        (scalar(), number(), number()).prop_map(|(a, b, c)| call(Operator::Between, [a, b, c])),
        (scalar(), vec(scalar(), 1..4))
            .prop_map(|(a, b)| call(Operator::In, [a, at(Node::Array(b))])),
        (geometry(), property())
            .prop_map(|(a, b)| call(Operator::Spatial(Relation::Within), [a, b])),
        (interval(), instant())
            .prop_map(|(a, b)| call(Operator::Temporal(TimeRelation::MetBy), [a, b])),
        (property(), array())
            .prop_map(|(a, b)| call(Operator::Array(ArrayRelation::ContainedBy), [a, b])),
        vec(array(), 0..3)
            .prop_map(|arguments| call(Operator::Function("Foo".to_owned()), arguments)),
    ];
    predicate.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|parts| call(Operator::And, parts)),
            vec(inner.clone(), 2..4).prop_map(|parts| call(Operator::Or, parts)),
            inner.clone().prop_map(|part| call(Operator::Not, [part])),
            inner.prop_map(|part| call(Operator::IsNull, [part])),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_filter_reads_back_from_text_and_json(filter in condition()) {
        let text = filter.to_string();
        prop_assert_eq!(&read_text(&text).map_err(|fault| fault.describe(&text).en), &Ok(filter.clone()), "{}", text);
        let json = filter.to_json().to_string();
        prop_assert_eq!(&read_json(&json), &Ok(filter), "{}", json);
    }

    #[test]
    fn any_words_end_in_an_answer(words in vec(prop_oneof![
        "\\PC{0,3}",
        "(AND|OR|NOT|IN|IS|NULL|LIKE|BETWEEN|DATE|POINT|BBOX|INTERVAL|S_WITHIN|A_EQUALS|CASEI) ?",
        "[()',=<>+\\-*/^0-9a-z\"]{1,4} ?",
    ], 0..30)) {
        let text = words.concat();
        if let Err(fault) = read_text(&text) {
            prop_assert!(!fault.describe(&text).cs.is_empty());
        }
        let _ = read_json(&text);
    }
}
