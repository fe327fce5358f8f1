//! Lets a sound dataset through the gate and stops the others.

use catalog::{Dataset, PersonalData};
use layers::{LayerId, LayerSet, read_definitions};
use opendata::{Obstacle, check_dataset};

const DATASET: &str = r#"
    id = "decany-trees"
    municipality_code = 564729
    layers = ["trees"]
    periodicity = "MONTHLY"
    themes = ["ENVI"]
    steward = "Obecní úřad"
    title = { cs = "Stromy", en = "Trees" }
    description = { cs = "Stromy obce.", en = "Trees of the municipality." }
    keywords = [{ cs = "stromy", en = "trees" }]
    spatial_coverage = [{ kind = "municipality", code = 564729 }]
    publisher = { name = { cs = "Obec", en = "Municipality" }, company_number = "00000019" }
    contact = { name = { cs = "Úřad", en = "Office" }, email = "opendata@decany.example" }

    [terms_of_use]
    works = "none"
    database_work = "none"
    database_right = "CC0-1.0"
    personal_data = "none"
    decided_by = "Starosta"
    decided_on = "2026-11-23"
    reason = "Úřední dílo."
"#;

/// A layer of an instance of which everybody may see only that something is there.
const SECRETS: &str = r#"
    id = "secrets"
    alias = "tajne"
    title = { cs = "Tajné", en = "Secrets" }
    description = { cs = "Tajné.", en = "Secrets." }
    group = "safety"
    class = "passport"
    geometry = "Point"
    audience = "public"
    municipal = true
    public_if = "public"
    label = "Něco"
    steward = "x"
    update_frequency = "P1Y"
    common_last = ["municipality_code", "public", "note"]
    fields = []
"#;

/// A layer of an instance that belongs to nobody.
const LAKES: &str = r#"
    id = "lakes"
    alias = "jezera"
    title = { cs = "Jezera", en = "Lakes" }
    description = { cs = "Jezera.", en = "Lakes." }
    group = "territory"
    class = "passport"
    geometry = "MultiPolygon"
    audience = "public"
    municipal = false
    label = "{name}"
    steward = "x"
    update_frequency = "P1Y"
    common = ["name"]
    fields = []
"#;

fn id(name: &str) -> LayerId {
    LayerId::new(name).expect("a layer id")
}

/// Checks a sound dataset of these layers, changed by `change`.
fn check(layers: &[&str], change: impl Fn(&mut Dataset), expected: &[Obstacle]) {
    let mut dataset = Dataset::from_toml(DATASET).expect("a dataset");
    dataset.layers = layers.iter().copied().map(id).collect();
    change(&mut dataset);
    let own = [("secrets.toml", SECRETS), ("lakes.toml", LAKES)];
    let set = read_definitions(&own.map(|(name, text)| (name.to_owned(), text.to_owned())));
    assert_eq!(
        check_dataset(&dataset, &set.expect("sound definitions")),
        expected
    );
}

#[test]
fn a_sound_dataset_passes() {
    check(&["trees"], |_| {}, &[]);
    check(&["waste-sites", "waste-containers"], |_| {}, &[]);
}

#[test]
fn every_obstacle_is_reported() {
    let expected = [
        Obstacle::UnknownLayer(id("dragons")),
        Obstacle::NotPublic(id("leases")),
        Obstacle::NothingToSay(id("secrets")),
        Obstacle::NotMunicipal(id("lakes")),
        Obstacle::PersonalData,
    ];
    let contains = |dataset: &mut Dataset| {
        dataset.terms_of_use.personal_data = PersonalData::Contained;
    };
    check(
        &["trees", "dragons", "leases", "secrets", "lakes"],
        contains,
        &expected,
    );
}

#[test]
fn a_table_alone_is_not_a_spatial_dataset() {
    check(&["waste-containers"], |_| {}, &[Obstacle::NoGeometry]);
}

#[test]
fn an_unsound_record_stops_the_dataset() {
    let mut broken = Dataset::from_toml(DATASET).expect("a dataset");
    broken.steward.clear();
    let found = check_dataset(&broken, &LayerSet::shipped().expect("sound definitions"));
    assert!(matches!(&found[..], [Obstacle::Record(finding)] if finding.entry == "steward"));
}

#[test]
fn what_is_not_public_can_never_be_published() {
    let set = LayerSet::shipped().expect("sound definitions");
    let mut dataset = Dataset::from_toml(DATASET).expect("a dataset");
    for layer in set
        .iter()
        .filter(|layer| layer.audience > layers::PrivacyClass::Public)
    {
        dataset.layers = vec![layer.id.clone()];
        let found = check_dataset(&dataset, &set);
        assert!(
            found.contains(&Obstacle::NotPublic(layer.id.clone())),
            "{}",
            layer.id
        );
    }
}
