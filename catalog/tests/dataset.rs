//! Reads a dataset from its file, keeps it as a record and finds what is wrong with it.

use catalog::{CatalogError, Dataset, Licence, Problem, Protection};
use layers::{Language, OfficeRecord, RecordChange};

fn trees() -> Dataset {
    Dataset::from_toml(include_str!("datasets/trees.toml")).expect("a dataset")
}

/// Breaks the sample and checks that exactly these entries are found to be wrong.
fn check(break_it: impl Fn(&mut Dataset), expected: &[(&str, Problem)]) {
    let mut dataset = trees();
    break_it(&mut dataset);
    let found: Vec<_> = dataset
        .check()
        .into_iter()
        .map(|finding| (finding.entry, finding.problem))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(entry, problem)| ((*entry).to_owned(), problem.clone()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_sound_record_has_no_findings() {
    check(|_| {}, &[]);
}

#[test]
fn every_problem_of_a_record_is_reported() {
    check(
        |dataset| {
            dataset.id = "Děčany".to_owned();
            dataset.municipality_code = 12;
            dataset.layers.clear();
            dataset.themes.push(dataset.themes[0]);
            dataset.steward.clear();
            dataset.title.en = " ".to_owned();
            dataset.keywords[1].cs.clear();
            dataset.spatial_coverage[0].code = 0;
            dataset.publisher.company_number = "00000018".to_owned();
            dataset.contact.email = "opendata".to_owned();
            dataset.terms_of_use.works = Protection::CcBy4;
            dataset.terms_of_use.reason.clear();
        },
        &[
            ("id", Problem::NotAnId),
            ("municipality_code", Problem::NotACode),
            ("layers", Problem::Missing),
            ("themes", Problem::Repeated),
            ("title", Problem::MissingIn(Language::English)),
            ("keywords", Problem::MissingIn(Language::Czech)),
            ("spatial_coverage", Problem::NotACode),
            ("steward", Problem::Missing),
            ("publisher.company_number", Problem::NotACompanyNumber),
            ("contact.email", Problem::NotAnEmail),
            ("terms_of_use.author", Problem::AuthorNeeded),
            ("terms_of_use.reason", Problem::Missing),
        ],
    );
}

#[test]
fn a_company_number_needs_its_check_digit() {
    for sound in ["00000019", "00261891"] {
        check(
            |dataset| sound.clone_into(&mut dataset.publisher.company_number),
            &[],
        );
    }
    for wrong in ["", "00261890", "0261891", "0026189a", "002618911"] {
        check(
            |dataset| wrong.clone_into(&mut dataset.publisher.company_number),
            &[("publisher.company_number", Problem::NotACompanyNumber)],
        );
    }
}

#[test]
fn the_strictest_answer_makes_the_licence() {
    let mut terms = trees().terms_of_use;
    assert_eq!(terms.licence(), Licence::Cc0);
    terms.works = Protection::CcBy4;
    assert_eq!(terms.licence(), Licence::CcBy4);
}

#[test]
fn a_dataset_survives_its_file() {
    let dataset = trees();
    let again = Dataset::from_toml(&dataset.to_toml()).expect("what we wrote");
    assert_eq!(again, dataset);
}

#[test]
fn a_dataset_survives_the_store() {
    let dataset = trees();
    let RecordChange::Put {
        kind, key, body, ..
    } = dataset.to_change(0)
    else {
        panic!("a dataset is put");
    };
    let mut record = OfficeRecord {
        kind,
        key,
        version: 1,
        body,
    };
    assert_eq!(
        Dataset::from_record(&record).expect("what we wrote"),
        dataset
    );

    record.key = "another".to_owned();
    let misplaced = Dataset::from_record(&record);
    assert!(matches!(
        misplaced,
        Err(CatalogError::MisplacedRecord { .. })
    ));

    record.body["periodicity"] = "SOMETIMES".into();
    let unreadable = Dataset::from_record(&record).expect_err("no such frequency");
    assert!(unreadable.to_string().contains("SOMETIMES"), "{unreadable}");
}

#[test]
fn a_misspelt_entry_is_an_error_with_its_place() {
    let text = include_str!("datasets/trees.toml").replace("steward", "stewart");
    let error = Dataset::from_toml(&text).expect_err("an unknown entry");
    assert!(error.to_string().contains("stewart"), "{error}");
}
