//! CQL2: every predicate with every property that has a type for it; what is true, what is not, and what is unknown.

use std::collections::BTreeSet;

use super::Ported;
use super::service::{Service, encoded};

pub(super) const TESTS: &[Ported] = &[
    ("/conf/cql2-text/validate", text),
    ("/conf/cql2-text/escaping", escaping),
    ("/conf/cql2-json/validate", json),
    ("/conf/basic-cql2/basic-test", types_are_told),
    ("/conf/basic-cql2/comparison", comparison),
    ("/conf/basic-cql2/is-null", is_null),
    ("/conf/basic-cql2/boolean", boolean),
    ("/conf/advanced-comparison-operators/like", like),
    ("/conf/advanced-comparison-operators/between", between),
    ("/conf/advanced-comparison-operators/in", in_list),
    ("/conf/case-insensitive-comparison/casei", casei),
    ("/conf/case-insensitive-comparison/casei-like", casei_like),
    ("/conf/accent-insensitive-comparison/accenti", accenti),
    (
        "/conf/accent-insensitive-comparison/accenti-like",
        accenti_like,
    ),
    (
        "/conf/accent-insensitive-comparison/accenti-casei",
        accenti_casei,
    ),
    (
        "/conf/accent-insensitive-comparison/accenti-casei-like",
        accenti_casei_like,
    ),
    (
        "/conf/basic-spatial-functions/s_intersects",
        s_intersects_box,
    ),
    (
        "/conf/basic-spatial-functions-plus/s_intersects",
        s_intersects_any,
    ),
    ("/conf/spatial-functions/s_intersects", s_intersects_any),
    ("/conf/spatial-functions/s_disjoint", s_disjoint),
    ("/conf/spatial-functions/s_equals", s_equals),
    ("/conf/spatial-functions/s_touches", s_touches),
    ("/conf/spatial-functions/s_crosses", s_crosses),
    ("/conf/spatial-functions/s_within", s_within),
    ("/conf/spatial-functions/s_contains", s_contains),
    ("/conf/spatial-functions/s_overlaps", s_overlaps),
    ("/conf/temporal-functions/temporal-functions-1", times),
    ("/conf/temporal-functions/temporal-functions-2", intervals),
    (
        "/conf/property-property/comparison-value-property",
        values_first,
    ),
    (
        "/conf/property-property/comparison-property-property",
        properties_alone,
    ),
    (
        "/conf/property-property/comparison-value-value",
        values_alone,
    ),
    ("/conf/arithmetic/arithmetic", arithmetic),
    ("/conf/array-functions/array-predicates", arrays),
];

/// The classes of conditions; each is claimed.
const CLASSES: [&str; 11] = [
    "basic-cql2",
    "advanced-comparison-operators",
    "case-insensitive-comparison",
    "accent-insensitive-comparison",
    "basic-spatial-functions",
    "basic-spatial-functions-plus",
    "spatial-functions",
    "temporal-functions",
    "property-property",
    "arithmetic",
    "array-functions",
];
/// Layers with properties of every type, small enough to be asked often: lines and areas.
const LAYERS: [&str; 2] = ["closures", "green-areas"];
/// Shapes of every kind in the district.
const SHAPES: [&str; 6] = [
    "POINT(13.41 50.46)",
    "MULTIPOINT(13.41 50.46,13.5 50.5)",
    "LINESTRING(13.3 50.4,13.5 50.5)",
    "POLYGON((13.3 50.4,13.5 50.4,13.5 50.5,13.3 50.5,13.3 50.4))",
    "MULTIPOLYGON(((13.3 50.4,13.5 50.4,13.5 50.5,13.3 50.4)),((13.6 50.4,13.7 50.4,13.7 50.5,13.6 50.4)))",
    "BBOX(13.3,50.4,13.5,50.5)",
];
const YEAR: &str = "INTERVAL('2025-01-01','2025-12-31')";

/// Counts the features that a filter finds; it must be read.
fn count(service: &Service, layer: &str, filter: &str) -> u64 {
    service.matched(layer, &format!("filter={}", encoded(filter)))
}

/// Returns every plain property with a value of its type, as the standard's tests name them.
fn properties(service: &Service, layer: &str) -> Vec<(String, &'static str)> {
    let described = service.properties(layer, "schema").into_iter();
    let plain =
        described.filter(|(_, one)| one.get("enum").is_none() && one["x-ogc-role"].is_null());
    let with_value = plain.filter_map(|(name, one)| {
        let value = match (one["type"].as_str()?, one["format"].as_str()) {
            ("string", Some("date")) => "DATE('2025-04-14')",
            ("string", Some("date-time")) => "TIMESTAMP('2025-04-14T14:48:46Z')",
            ("string", _) => "'foo'",
            ("integer", _) => "1",
            ("number", _) => "3.14",
            ("boolean", _) => "true",
            _ => return None,
        };
        Some((name, value))
    });
    with_value.collect()
}

fn of_type(service: &Service, layer: &str, value: &str) -> Vec<String> {
    let properties = properties(service, layer).into_iter();
    properties
        .filter(|(_, own)| own.starts_with(value))
        .map(|(name, _)| name)
        .collect()
}

/// Asserts that of two conditions each known value meets just one, for what has values.
fn divide(service: &Service, layer: &str, known: &str, one: &str, other: &str) {
    let whole = count(service, layer, known);
    let parts = count(service, layer, one) + count(service, layer, other);
    assert_eq!(parts, whole, "{layer}: {one} and {other}");
    assert_eq!(
        count(service, layer, &format!("({one}) AND ({other})")),
        0,
        "{layer}: {one}"
    );
}

/// Asserts that a condition and its opposite divide what has a value.
fn negate(service: &Service, layer: &str, name: &str, condition: &str) {
    let known = format!("{name} IS NOT NULL");
    divide(
        service,
        layer,
        &known,
        condition,
        &format!("NOT ({condition})"),
    );
}

fn text(service: &Service) {
    service.claims("cql2/1.0/conf/cql2-text");
    for (filter, status) in [
        ("code = 'a' and not (public = true or code is null)", 200),
        ("((code = 'a')", 400),
        ("code = ", 400),
        ("code 'a'", 400),
    ] {
        let path = format!(
            "/collections/closures/items?limit=1&filter={}",
            encoded(filter)
        );
        assert_eq!(service.status(&path), status, "{filter}");
    }
}

fn escaping(service: &Service) {
    for filter in [
        "code <> 'it''s'",
        "code <> 'it\\'s'",
        "\"code\" <> 'x'",
        "code <> ''",
    ] {
        let all = count(service, "closures", "code IS NOT NULL");
        assert_eq!(count(service, "closures", filter), all, "{filter}");
    }
}

fn json(service: &Service) {
    service.claims("cql2/1.0/conf/cql2-json");
    let find = |filter: &str| {
        let filter = encoded(filter);
        service.get(&format!(
            "/collections/closures/items?limit=1&filter-lang=cql2-json&filter={filter}"
        ))
    };
    let found = find(r#"{"op":">=","args":[{"property":"valid_from"},{"date":"2025-06-01"}]}"#);
    let same = count(service, "closures", "valid_from >= DATE('2025-06-01')");
    assert_eq!(found.json()["numberMatched"], same);
    for wrong in [
        "{",
        "[]",
        r#"{"op":"like","args":[1]}"#,
        r#"{"op":"no-such","args":[]}"#,
    ] {
        assert_eq!(find(wrong).status, 400, "{wrong}");
    }
}

fn types_are_told(service: &Service) {
    for class in CLASSES {
        service.claims(&format!("cql2/1.0/conf/{class}"));
    }
    for layer in service.ids() {
        assert!(!properties(service, layer).is_empty(), "{layer}");
    }
}

fn comparison(service: &Service) {
    for layer in LAYERS {
        for (name, value) in properties(service, layer) {
            for (one, other) in [("=", "<>"), (">", "<="), ("<", ">=")] {
                let known = format!("{name} IS NOT NULL");
                let [one, other] = [one, other].map(|sign| format!("{name} {sign} {value}"));
                divide(service, layer, &known, &one, &other);
            }
        }
    }
}

fn is_null(service: &Service) {
    for layer in LAYERS {
        for (name, _) in properties(service, layer) {
            let [one, other] = ["IS NULL", "is not null"].map(|test| format!("{name} {test}"));
            divide(service, layer, "true", &one, &other);
        }
    }
}

fn boolean(service: &Service) {
    for layer in service.ids() {
        assert_eq!(count(service, layer, "true"), service.matched(layer, ""));
        assert_eq!(count(service, layer, "false"), 0);
    }
}

/// Asserts of every text that it meets a condition or its opposite.
fn texts(service: &Service, conditions: &[&str]) {
    for layer in LAYERS {
        for name in of_type(service, layer, "'") {
            for condition in conditions {
                negate(service, layer, &name, &condition.replace('@', &name));
            }
        }
    }
}

fn like(service: &Service) {
    texts(service, &["@ LIKE 'foo%'", "@ LIKE '_a%'", "@ LIKE '%'"]);
}

fn casei(service: &Service) {
    texts(
        service,
        &[
            "CASEI(@) = casei('Foo')",
            "CASEI(@) IN (casei('A'),casei('b'))",
        ],
    );
}

fn casei_like(service: &Service) {
    texts(service, &["CASEI(@) LIKE casei('Foo%')"]);
}

fn accenti(service: &Service) {
    texts(service, &["ACCENTI(@) = accenti('äöü')"]);
}

fn accenti_like(service: &Service) {
    texts(service, &["ACCENTI(@) LIKE accenti('Žiž%')"]);
}

fn accenti_casei(service: &Service) {
    texts(service, &["ACCENTI(CASEI(@)) = accenti(casei('Äöü'))"]);
}

fn accenti_casei_like(service: &Service) {
    texts(service, &["ACCENTI(CASEI(@)) LIKE accenti(casei('ŽIŽ%'))"]);
}

fn between(service: &Service) {
    for layer in LAYERS {
        for (name, value) in properties(service, layer) {
            let numeric = ["1", "3.14"].contains(&value);
            if numeric {
                negate(service, layer, &name, &format!("{name} BETWEEN 0 AND 100"));
                let same = format!("{name} >= 0 AND {name} <= 100");
                let between = count(service, layer, &format!("{name} BETWEEN 0 AND 100"));
                assert_eq!(between, count(service, layer, &same));
            }
        }
    }
}

fn in_list(service: &Service) {
    for layer in LAYERS {
        for (name, value) in properties(service, layer) {
            negate(
                service,
                layer,
                &name,
                &format!("{name} IN ({value},{value})"),
            );
            let one = count(service, layer, &format!("{name} IN ({value})"));
            assert_eq!(one, count(service, layer, &format!("{name} = {value}")));
        }
    }
}

/// Asserts of a relation with every shape that each geometry has it, or has not.
fn relate(service: &Service, relation: &str, shapes: &[&str]) {
    for layer in LAYERS {
        for shape in shapes {
            negate(
                service,
                layer,
                "geometry",
                &format!("{relation}(geometry,{shape})"),
            );
        }
    }
}

fn s_intersects_box(service: &Service) {
    relate(service, "S_INTERSECTS", &[SHAPES[0], SHAPES[5]]);
    let (id, corners) = service.spatial()[0];
    let whole = corners.map(|number| number.to_string()).join(",");
    let all = count(service, id, "geometry IS NOT NULL");
    assert_eq!(
        count(
            service,
            id,
            &format!("S_INTERSECTS(geometry,BBOX({whole}))")
        ),
        all
    );
}

fn s_intersects_any(service: &Service) {
    relate(service, "S_INTERSECTS", &SHAPES);
}

/// What is disjoint does not meet, and the other way round.
fn s_disjoint(service: &Service) {
    for layer in LAYERS {
        for shape in SHAPES {
            let [one, other] =
                ["S_DISJOINT", "S_INTERSECTS"].map(|name| format!("{name}(geometry,{shape})"));
            divide(service, layer, "geometry IS NOT NULL", &one, &other);
        }
    }
}

fn s_equals(service: &Service) {
    relate(service, "S_EQUALS", &SHAPES);
}

fn s_touches(service: &Service) {
    relate(service, "S_TOUCHES", &SHAPES);
}

fn s_crosses(service: &Service) {
    relate(service, "S_CROSSES", &SHAPES[2..]);
}

fn s_within(service: &Service) {
    relate(service, "S_WITHIN", &SHAPES);
}

fn s_contains(service: &Service) {
    relate(service, "S_CONTAINS", &SHAPES);
}

fn s_overlaps(service: &Service) {
    relate(service, "S_OVERLAPS", &SHAPES);
}

fn times(service: &Service) {
    for layer in LAYERS {
        for name in of_type(service, layer, "DATE") {
            for function in [
                "T_AFTER",
                "T_BEFORE",
                "T_EQUALS",
                "T_INTERSECTS",
                "T_DISJOINT",
            ] {
                for time in ["DATE('2025-04-24')", YEAR] {
                    negate(service, layer, &name, &format!("{function}({name},{time})"));
                }
            }
        }
    }
}

/// Each closure lies to the year in just one of the relations that divide all.
fn intervals(service: &Service) {
    const ALL: [&str; 13] = [
        "T_AFTER",
        "T_BEFORE",
        "T_EQUALS",
        "T_CONTAINS",
        "T_DURING",
        "T_FINISHEDBY",
        "T_FINISHES",
        "T_MEETS",
        "T_METBY",
        "T_OVERLAPPEDBY",
        "T_OVERLAPS",
        "T_STARTEDBY",
        "T_STARTS",
    ];
    let own = "INTERVAL(valid_from,valid_until)";
    let found =
        ALL.map(|function| count(service, "closures", &format!("{function}({own},{YEAR})")));
    let closures = service.matched("closures", "");
    assert_eq!(found.iter().sum::<u64>(), closures, "{found:?}");
    let [one, other] = ["T_DISJOINT", "T_INTERSECTS"].map(|name| format!("{name}({own},{YEAR})"));
    divide(service, "closures", "true", &one, &other);
}

fn values_first(service: &Service) {
    const TURNED: [(&str, &str); 6] = [
        ("=", "="),
        ("<>", "<>"),
        (">", "<"),
        ("<", ">"),
        (">=", "<="),
        ("<=", ">="),
    ];
    for layer in LAYERS {
        for (name, value) in properties(service, layer) {
            for (sign, turned) in TURNED {
                let first = count(service, layer, &format!("{value} {sign} {name}"));
                let second = count(service, layer, &format!("{name} {turned} {value}"));
                assert_eq!(first, second, "{value} {sign} {name}");
            }
        }
    }
}

fn properties_alone(service: &Service) {
    for layer in LAYERS {
        for (name, _) in properties(service, layer) {
            same_on_both_sides(service, layer, &name, &format!("{name} IS NOT NULL"));
        }
    }
}

fn values_alone(service: &Service) {
    for value in [
        "'foo'",
        "true",
        "3.14",
        "1",
        "TIMESTAMP('2022-04-14T14:48:46Z')",
        "DATE('2022-04-14')",
    ] {
        same_on_both_sides(service, LAYERS[0], value, "true");
    }
}

fn same_on_both_sides(service: &Service, layer: &str, term: &str, known: &str) {
    let known = count(service, layer, known);
    for (sign, expected) in [
        ("=", known),
        (">=", known),
        ("<=", known),
        ("<>", 0),
        ("<", 0),
        (">", 0),
    ] {
        let found = count(service, layer, &format!("{term} {sign} {term}"));
        assert_eq!(found, expected, "{layer}: {term} {sign} {term}");
    }
}

fn arithmetic(service: &Service) {
    for layer in LAYERS {
        for name in [
            of_type(service, layer, "1"),
            of_type(service, layer, "3.14"),
        ]
        .concat()
        {
            for (one, same) in [
                ("@ = 2 + 3 * 4", "@ = 14"),
                ("@ > (2 + 3) * 4 - 2 ^ 3", "@ > 12"),
                ("@ * 2 > 7 div 2", "@ > 1.5"),
                ("@ / 4 <= 7 % 4", "@ <= 12"),
            ] {
                let [one, same] =
                    [one, same].map(|filter| count(service, layer, &filter.replace('@', &name)));
                assert_eq!(one, same, "{layer}.{name}");
            }
        }
    }
}

fn arrays(service: &Service) {
    let lamps = |filter: &str| {
        let found = service.filtered(
            "street-lights",
            &format!("municipality_code = 564729 AND {filter}"),
        );
        found.into_iter().collect::<BTreeSet<_>>()
    };
    let all = lamps("true");
    let column = "luminaires.light_source";
    for function in ["A_EQUALS", "A_CONTAINS", "A_CONTAINEDBY", "A_OVERLAPS"] {
        let one = lamps(&format!("{function}({column},('led'))"));
        let other = lamps(&format!("NOT {function}({column},('led'))"));
        assert!(
            one.is_disjoint(&other) && one.len() + other.len() == all.len(),
            "{function}"
        );
    }
    let equal = lamps(&format!("A_EQUALS({column},('led'))"));
    let holds = lamps(&format!("A_CONTAINS({column},('led'))"));
    let held = lamps(&format!("A_CONTAINEDBY({column},('led'))"));
    assert!(!equal.is_empty() && holds.intersection(&held).eq(&equal));
}
