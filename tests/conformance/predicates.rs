//! CQL2: predicates of the standard's tables, asked of the sample district and judged by reading all its features;
//! and combinations of them, judged by their parts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Ported;
use super::service::Service;

pub(super) const TESTS: &[Ported] = &[
    ("/conf/basic-cql2/test-data", |s| {
        judge(s, BASIC);
    }),
    ("/conf/basic-cql2/logical", |s| {
        combine(s, BASIC);
    }),
    ("/conf/advanced-comparison-operators/test-data", |s| {
        judge(s, ADVANCED);
    }),
    ("/conf/advanced-comparison-operators/logical", |s| {
        combine(s, ADVANCED);
    }),
    ("/conf/case-insensitive-comparison/test-data", |s| {
        judge(s, CASEI);
    }),
    ("/conf/case-insensitive-comparison/logical", |s| {
        combine(s, CASEI);
    }),
    ("/conf/accent-insensitive-comparison/test-data", |s| {
        judge(s, ACCENTI);
    }),
    ("/conf/accent-insensitive-comparison/logical", |s| {
        combine(s, ACCENTI);
    }),
    ("/conf/basic-spatial-functions/test-data", |s| {
        judge(s, BOXES);
    }),
    ("/conf/basic-spatial-functions/logical", |s| {
        combine(s, BOXES);
    }),
    ("/conf/basic-spatial-functions-plus/test-data", |s| {
        judge(s, SHAPES);
    }),
    ("/conf/spatial-functions/test-data", |s| {
        judge(s, SHAPES);
    }),
    ("/conf/spatial-functions/logical", |s| {
        combine(s, SHAPES);
    }),
    ("/conf/temporal-functions/test-data", |s| {
        judge(s, TIMES);
    }),
    ("/conf/temporal-functions/logical", |s| {
        combine(s, TIMES);
    }),
    ("/conf/property-property/test-data", |s| {
        judge(s, PROPERTIES);
    }),
    ("/conf/property-property/logical", |s| {
        combine(s, PROPERTIES);
    }),
    ("/conf/arithmetic/test-data", |s| {
        judge(s, ARITHMETIC);
    }),
    ("/conf/arithmetic/logical", |s| {
        combine(s, ARITHMETIC);
    }),
    ("/conf/array-functions/logical", |s| {
        combine(s, ARRAYS);
    }),
];

/// A predicate, and whether a feature meets it, by reading the feature.
type Predicate = (&'static str, fn(&Value) -> bool);

/// Predicates of one layer, and what narrows the layer to a part that is quickly read.
type Group = (&'static str, &'static str, &'static [Predicate]);

const VILLAGE: &str = "municipality_code = 564729";

const BASIC: Group = (
    "trees",
    VILLAGE,
    &[
        ("taxon_cs = 'dub letní'", |f| {
            text(f, "taxon_cs") == "dub letní"
        }),
        ("taxon_cs > 'dub letní'", |f| {
            text(f, "taxon_cs") > "dub letní"
        }),
        ("taxon_cs <= 'dub letní'", |f| {
            text(f, "taxon_cs") <= "dub letní"
        }),
        ("taxon_cs <> 'dub letní'", |f| {
            text(f, "taxon_cs") != "dub letní"
        }),
        ("height >= 8.5", |f| number(f, "height") >= 8.5),
        ("height < 8.5", |f| number(f, "height") < 8.5),
        ("assessed_on > DATE('2024-06-30')", |f| {
            text(f, "assessed_on") > "2024-06-30"
        }),
        ("assessed_on <= DATE('2024-06-30')", |f| {
            text(f, "assessed_on") <= "2024-06-30"
        }),
        ("name IS NULL AND height < 5", |f| {
            f["properties"]["name"].is_null() && number(f, "height") < 5.0
        }),
    ],
);

const ADVANCED: Group = (
    "trees",
    VILLAGE,
    &[
        ("taxon_cs LIKE 'j%'", |f| {
            text(f, "taxon_cs").starts_with('j')
        }),
        ("taxon_cs LIKE '_ub%'", |f| {
            text(f, "taxon_cs").get(1..3) == Some("ub")
        }),
        ("taxon_cs NOT LIKE '%obec%'", |f| {
            !text(f, "taxon_cs").contains("obec")
        }),
        ("height BETWEEN 5 AND 9", |f| {
            (5.0..=9.0).contains(&number(f, "height"))
        }),
        ("height NOT BETWEEN 5 AND 9", |f| {
            !(5.0..=9.0).contains(&number(f, "height"))
        }),
        ("vitality IN (1, 3)", |f| {
            [1.0, 3.0].contains(&number(f, "vitality"))
        }),
        ("taxon_cs IN ('dub letní','javor mléč')", |f| {
            ["dub letní", "javor mléč"].contains(&text(f, "taxon_cs"))
        }),
    ],
);

const CASEI: Group = (
    "trees",
    VILLAGE,
    &[
        ("CASEI(taxon_cs) = CASEI('HRUŠEŇ OBECNÁ')", |f| {
            text(f, "taxon_cs") == "hrušeň obecná"
        }),
        ("CASEI(taxon_latin) LIKE 'acer%'", |f| {
            text(f, "taxon_latin").starts_with("Acer")
        }),
        (
            "CASEI(taxon_latin) IN (CASEI('PYRUS communis'),CASEI('none'))",
            |f| text(f, "taxon_latin") == "Pyrus communis",
        ),
        ("taxon_latin LIKE 'ACER%' OR height < 7", |f| {
            number(f, "height") < 7.0
        }),
    ],
);

const ACCENTI: Group = (
    "trees",
    VILLAGE,
    &[
        ("ACCENTI(taxon_cs) = 'hrusen obecna'", |f| {
            text(f, "taxon_cs") == "hrušeň obecná"
        }),
        ("ACCENTI(taxon_cs) LIKE ACCENTI('třešeň%')", |f| {
            text(f, "taxon_cs").starts_with("třešeň")
        }),
        ("ACCENTI(CASEI(taxon_cs)) LIKE 'javor mlec'", |f| {
            text(f, "taxon_cs") == "javor mléč"
        }),
        (
            "CASEI(ACCENTI(taxon_cs)) = CASEI(ACCENTI('JABLOŇ domácí'))",
            |f| text(f, "taxon_cs") == "jabloň domácí",
        ),
    ],
);

const BOXES: Group = (
    "trees",
    VILLAGE,
    &[
        ("S_INTERSECTS(geometry,BBOX(13.9,50.43,13.91,50.44))", |f| {
            in_box(f, [13.9, 50.43, 13.91, 50.44])
        }),
        (
            "S_INTERSECTS(geometry,BBOX(13.9,50.436,13.93,50.45))",
            |f| in_box(f, [13.9, 50.436, 13.93, 50.45]),
        ),
        ("S_INTERSECTS(geometry,BBOX(13.908,50.4,14,50.5))", |f| {
            in_box(f, [13.908, 50.4, 14.0, 50.5])
        }),
        (
            "NOT S_INTERSECTS(geometry,BBOX(13.908,50.4,14,50.5))",
            |f| !in_box(f, [13.908, 50.4, 14.0, 50.5]),
        ),
    ],
);

const SHAPES: Group = (
    "trees",
    VILLAGE,
    &[
        (
            "S_INTERSECTS(geometry,POLYGON((13.908 50.4,14 50.4,14 50.5,13.908 50.5,13.908 50.4)))",
            |f| in_box(f, [13.908, 50.4, 14.0, 50.5]),
        ),
        ("S_WITHIN(geometry,BBOX(13.9,50.436,13.93,50.45))", |f| {
            in_box(f, [13.9, 50.436, 13.93, 50.45])
        }),
        ("S_DISJOINT(geometry,BBOX(13.9,50.436,13.93,50.45))", |f| {
            !in_box(f, [13.9, 50.436, 13.93, 50.45])
        }),
        ("S_CONTAINS(BBOX(13.9,50.43,13.91,50.44),geometry)", |f| {
            in_box(f, [13.9, 50.43, 13.91, 50.44])
        }),
    ],
);

const TIMES: Group = (
    "closures",
    "true",
    &[
        ("T_AFTER(valid_from,DATE('2025-06-01'))", |f| {
            text(f, "valid_from") > "2025-06-01"
        }),
        ("T_BEFORE(valid_until,INTERVAL('2025-06-01','..'))", |f| {
            text(f, "valid_until") < "2025-06-01"
        }),
        (
            "T_INTERSECTS(INTERVAL(valid_from,valid_until),INTERVAL('2025-03-01','2025-06-01'))",
            |f| text(f, "valid_from") <= "2025-06-01" && text(f, "valid_until") >= "2025-03-01",
        ),
        (
            "T_DURING(INTERVAL(valid_from,valid_until),INTERVAL('2025-01-01','2025-12-31'))",
            |f| text(f, "valid_from") > "2025-01-01" && text(f, "valid_until") < "2025-12-31",
        ),
        (
            "T_OVERLAPS(INTERVAL(valid_from,valid_until),INTERVAL('2026-01-01','2028-01-01'))",
            |f| text(f, "valid_from") < "2026-01-01" && text(f, "valid_until") > "2026-01-01",
        ),
    ],
);

const PROPERTIES: Group = (
    "closures",
    "true",
    &[
        ("DATE('2025-06-01') <= valid_from", |f| {
            text(f, "valid_from") >= "2025-06-01"
        }),
        ("DATE('2025-06-01') > valid_until", |f| {
            text(f, "valid_until") < "2025-06-01"
        }),
        ("code >= source OR valid_from < DATE('2025-01-01')", |f| {
            text(f, "code") >= text(f, "source") || text(f, "valid_from") < "2025-01-01"
        }),
        (
            "DATE('2025-12-01') BETWEEN valid_from AND valid_until",
            |f| (text(f, "valid_from")..=text(f, "valid_until")).contains(&"2025-12-01"),
        ),
    ],
);

const ARITHMETIC: Group = (
    "trees",
    VILLAGE,
    &[
        ("height > crown_diameter * 2", |f| {
            number(f, "height") > number(f, "crown_diameter") * 2.0
        }),
        ("height - crown_diameter < 4", |f| {
            number(f, "height") - number(f, "crown_diameter") < 4.0
        }),
        ("trunk_girth % 2 = 0", |f| {
            number(f, "trunk_girth") % 2.0 == 0.0
        }),
        ("trunk_girth div 100 = 0", |f| {
            number(f, "trunk_girth") < 100.0
        }),
    ],
);

const ARRAYS: Group = (
    "street-lights",
    VILLAGE,
    &[
        ("A_CONTAINS(luminaires.light_source,('led'))", |f| {
            sources(f).contains(&"led")
        }),
        (
            "A_OVERLAPS(luminaires.light_source,('sodium','led'))",
            |f| sources(f).iter().any(|one| ["sodium", "led"].contains(one)),
        ),
        ("A_CONTAINEDBY(luminaires.light_source,('led'))", |f| {
            sources(f).iter().all(|one| *one == "led")
        }),
        ("height > 5.5", |f| number(f, "height") > 5.5),
    ],
);

fn text<'a>(feature: &'a Value, name: &str) -> &'a str {
    feature["properties"][name].as_str().unwrap()
}

fn number(feature: &Value, name: &str) -> f64 {
    feature["properties"][name].as_f64().unwrap()
}

fn sources(feature: &Value) -> Vec<&str> {
    let rows = feature["properties"]["luminaires"]
        .as_array()
        .unwrap()
        .iter();
    rows.map(|row| row["light_source"].as_str().unwrap())
        .collect()
}

fn in_box(feature: &Value, [west, south, east, north]: [f64; 4]) -> bool {
    let place = &feature["geometry"]["coordinates"];
    let [x, y] = [0, 1].map(|at| place[at].as_f64().unwrap());
    (west..=east).contains(&x) && (south..=north).contains(&y)
}

fn found(service: &Service, (layer, part, _): Group, filter: &str) -> BTreeSet<String> {
    let found = service.filtered(layer, &format!("({part}) AND ({filter})"));
    found.into_iter().collect()
}

/// Asserts that each predicate finds just what a reader of all features finds; at least one divides them.
fn judge(service: &Service, group: Group) {
    let (layer, part, predicates) = group;
    let filter = super::service::encoded(part);
    let all = service.items(layer, &format!("limit=10000&filter={filter}"));
    let all = all["features"].as_array().unwrap();
    let mut divides = 0;
    for (filter, meets) in predicates {
        let expected: BTreeSet<_> = all
            .iter()
            .filter(|feature| meets(feature))
            .map(|feature| feature["id"].as_str().unwrap().to_owned())
            .collect();
        let found = found(service, group, filter);
        let (count, wanted) = (found.len(), expected.len());
        assert!(
            found == expected,
            "{layer}: {filter} finds {count}, not {wanted}"
        );
        divides += usize::from(0 < wanted && wanted < all.len());
    }
    assert!(
        divides * 2 > predicates.len(),
        "{divides} of {} say something",
        predicates.len()
    );
}

/// Asserts of combinations of predicates that they find what their parts make.
fn combine(service: &Service, group: Group) {
    let (_, _, predicates) = group;
    let parts: Vec<_> = predicates
        .iter()
        .map(|(filter, _)| {
            let not = format!("NOT ({filter})");
            (
                *filter,
                found(service, group, filter),
                found(service, group, &not),
            )
        })
        .collect();
    for first in 0..parts.len() {
        let part = |step: usize| &parts[(first + step) % parts.len()];
        let [
            (p1, true1, false1),
            (p2, _, false2),
            (p3, true3, _),
            (p4, true4, false4),
        ] = [part(0), part(1), part(2), part(3)];
        let filter =
            format!("(NOT ({p2}) AND ({p1})) OR (({p3}) and ({p4})) or not (({p1}) OR ({p4}))");
        let expected: BTreeSet<_> = (false2 & true1)
            .union(&(true3 & true4))
            .chain(&(false1 & false4))
            .cloned()
            .collect();
        assert!(found(service, group, &filter) == expected, "{filter}");
    }
}
