//! The abstract tests of OGC API Features and of CQL2, by their identifiers, asked of the built program on both stores.
//!
//! `conformance/abstract-tests.txt` lists all of them: the part of the standard, and the identifier there. Each is ported,
//! or named with the reason why it is not (`conformance/exceptions.rs`).

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

mod core;
mod cql2;
mod crs;
mod description;
mod edits;
mod encodings;
mod exceptions;
mod features;
mod filter;
mod predicates;
mod schemas;
mod service;
mod sorting;

use self::exceptions::EXCEPTIONS;
use self::service::{Service, services};

const LIST: &str = include_str!("conformance/abstract-tests.txt");

/// An identifier of an abstract test, and what it asks of a service.
type Ported = (&'static str, fn(&Service));

/// The ported tests by the part of the standard.
const PORTED: [(&str, &[Ported]); 14] = [
    ("features-1", core::TESTS),
    ("features-1", features::TESTS),
    ("features-1", encodings::TESTS),
    ("features-1", description::TESTS),
    ("features-2", crs::TESTS),
    ("features-3", filter::TESTS),
    ("features-4", edits::TESTS),
    ("features-5", edits::OF_SCHEMAS),
    ("features-5", schemas::TESTS),
    ("features-5", schemas::OF_SORTABLES),
    ("features-5", schemas::OF_QUERYABLES),
    ("features-8", sorting::TESTS),
    ("cql2", cql2::TESTS),
    ("cql2", predicates::TESTS),
];

/// Asks the tests of a part of both services.
fn check(part: &str, tests: &[Ported]) {
    check_on(&services(), part, tests);
}

/// Asks tests of both services, and tells all that fail.
fn check_on(services: &[Service; 2], part: &str, tests: &[Ported]) {
    let mut wrong = Vec::new();
    for service in services {
        for (id, test) in tests {
            let passes = catch_unwind(AssertUnwindSafe(|| test(service))).is_ok();
            if !passes {
                wrong.push(format!("{part} {id} on the {}", service.store()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these fail, the reasons stand above: {wrong:#?}"
    );
}

#[test]
fn every_abstract_test_is_ported_or_named_with_a_reason() {
    let listed: BTreeSet<_> = LIST
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .collect();
    assert_eq!(listed.len(), 205);
    let ported: Vec<_> = PORTED
        .iter()
        .flat_map(|(part, tests)| tests.iter().map(move |(id, _)| (*part, *id)))
        .collect();
    let excepted = EXCEPTIONS.iter().map(|(part, id, reason)| {
        assert!(reason.len() > 20, "{id} has no reason");
        (*part, *id)
    });
    let named: Vec<_> = ported.iter().copied().chain(excepted).collect();
    let different: BTreeSet<_> = named.iter().copied().collect();
    assert_eq!(different.len(), named.len(), "one is named twice");
    let missing: Vec<_> = listed.symmetric_difference(&different).collect();
    assert!(missing.is_empty(), "listed or named only: {missing:#?}");
}

#[test]
fn features_part_1_core() {
    check("features-1", core::TESTS);
}

#[test]
fn features_part_1_features() {
    check("features-1", features::TESTS);
}

#[test]
fn features_part_1_encodings() {
    check("features-1", encodings::TESTS);
    check("features-1", description::TESTS);
}

#[test]
fn features_part_2() {
    check("features-2", crs::TESTS);
}

#[test]
fn features_part_3() {
    check("features-3", filter::TESTS);
}

#[test]
fn features_part_4() {
    let services = service::start();
    check_on(&services, "features-4", edits::TESTS);
    check_on(&services, "features-5", edits::OF_SCHEMAS);
}

#[test]
fn features_part_5() {
    check("features-5", schemas::TESTS);
    check("features-5", schemas::OF_QUERYABLES);
    check("features-5", schemas::OF_SORTABLES);
}

#[test]
fn features_part_8() {
    check("features-8", sorting::TESTS);
}

#[test]
fn cql2_classes() {
    check("cql2", cql2::TESTS);
}

#[test]
fn cql2_predicates() {
    check("cql2", predicates::TESTS);
}
