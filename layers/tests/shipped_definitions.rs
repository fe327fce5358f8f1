//! Holds the definitions that ship to what the city expects of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use layers::{Audience, CodeList, Field, FieldType, Layer, LayerSet, PrivacyClass};

fn shipped() -> LayerSet {
    LayerSet::shipped().expect("sound definitions")
}

fn layer(id: &str) -> Arc<Layer> {
    Arc::clone(shipped().named(id).expect("a layer that ships"))
}

fn public_fields(id: &str) -> Vec<String> {
    let view = Audience::PUBLIC.view(&layer(id)).expect("a public layer");
    view.fields().map(|field| field.name.clone()).collect()
}

/// Returns the fields and those nested in their lists.
fn all_fields(fields: &[Field]) -> Vec<&Field> {
    let mut all = Vec::new();
    for field in fields {
        all.push(field);
        if let FieldType::List(items) = &field.field_type {
            all.extend(all_fields(items));
        }
    }
    all
}

#[test]
fn the_layers_of_the_city_are_there() {
    let expected = "street-lights switchboards lighting-cables road-sections streets trees green-areas rain-sewers \
        utility-lines optical-lines heat-lines waste-sites waste-containers playgrounds parking cemeteries graves \
        cameras buildings addresses parcels city-land leases zoning-areas closures municipalities";
    let expected: BTreeSet<&str> = expected.split_whitespace().collect();
    let set = shipped();
    let found: BTreeSet<&str> = set.iter().map(|layer| layer.id.as_str()).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_layer_tree_names_every_layer_once() {
    let text = include_str!("../definitions/groups.toml");
    let file: toml::Table = text.parse().expect("groups.toml");
    let mut named = Vec::new();
    for group in file["groups"].as_array().expect("groups") {
        let layers = group["layers"].as_array().expect("layers of a group");
        named.extend(
            layers
                .iter()
                .map(|id| id.as_str().expect("an id").to_owned()),
        );
    }
    let set = shipped();
    let found: Vec<_> = set.iter().map(|layer| layer.id.to_string()).collect();
    assert_eq!(named, found);
}

#[test]
fn every_code_list_is_used_and_unambiguous() {
    let text = include_str!("../definitions/code-lists.toml");
    let file: toml::Table = text.parse().expect("code-lists.toml");
    let written: BTreeSet<String> = file["lists"]
        .as_array()
        .expect("lists")
        .iter()
        .map(|list| list["id"].as_str().expect("an id").to_owned())
        .collect();
    let set = shipped();
    let lists: Vec<&Arc<CodeList>> = set
        .iter()
        .flat_map(|layer| all_fields(&layer.fields))
        .filter_map(|field| field.codes.as_ref())
        .collect();
    let used: BTreeSet<String> = lists.iter().map(|list| list.id.clone()).collect();
    assert_eq!(written, used);
    for list in lists {
        for (place, code) in list.codes.iter().enumerate() {
            let title = &code.title;
            assert!(
                !title.cs.trim().is_empty() && !title.en.trim().is_empty(),
                "{}",
                list.id
            );
            for other in &list.codes[..place] {
                assert_ne!(other.value, code.value, "{}", list.id);
                assert_ne!(other.title.cs, title.cs, "{}", list.id);
            }
        }
    }
}

#[test]
fn a_common_name_means_one_thing_in_every_layer() {
    let set = shipped();
    let by_layer = |name: &str| {
        let fields = set.iter().filter_map(|layer| layer.field(name));
        fields.map(|(_, field)| field).collect::<Vec<_>>()
    };
    let text = include_str!("../definitions/common-fields.toml");
    let file: toml::Table = text.parse().expect("common-fields.toml");
    for entry in file["fields"].as_array().expect("fields") {
        let name = entry["name"].as_str().expect("a name");
        let fields = by_layer(name);
        assert!(fields.len() > 1, "{name} is not common");
        for field in &fields[1..] {
            assert_eq!(field.field_type, fields[0].field_type, "{name}");
            assert_eq!(field.codes, fields[0].codes, "{name}");
        }
    }
}

#[test]
fn what_is_not_public_stays_so() {
    let set = shipped();
    let hidden: BTreeSet<&str> = set
        .iter()
        .filter(|layer| Audience::PUBLIC.view(layer).is_none())
        .map(|layer| layer.id.as_str())
        .collect();
    let expected = ["heat-lines", "leases", "optical-lines", "utility-lines"];
    assert_eq!(hidden, BTreeSet::from(expected));
    assert_eq!(
        public_fields("cameras"),
        ["purpose", "municipality_code", "public"]
    );
    for layer in set.iter() {
        for (name, least) in [
            ("note", PrivacyClass::Internal),
            ("owner_company_id", PrivacyClass::Internal),
            ("book_value", PrivacyClass::Internal),
            ("contract_number", PrivacyClass::Internal),
            ("tenant", PrivacyClass::Personal),
            ("deceased", PrivacyClass::Personal),
            ("applicant", PrivacyClass::Personal),
        ] {
            let privacy = layer.field(name).map_or(least, |(_, field)| field.privacy);
            assert!(privacy >= least, "{}.{name}", layer.id);
        }
    }
}

#[test]
fn a_passport_hides_rows_that_are_not_public() {
    for layer in shipped().iter() {
        let marked = layer.field("public").is_some();
        assert_eq!(layer.public_if.is_some(), marked, "{}", layer.id);
    }
    assert_eq!(layer("street-lights").public_if.as_deref(), Some("public"));
}

#[test]
fn every_layer_that_people_look_for_is_found_in_the_right_order() {
    let rank = |id| layer(id).search.as_ref().expect("a searched layer").rank;
    let first = ["municipalities", "streets", "addresses", "parcels"];
    assert!(first.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
    for layer in shipped().iter() {
        let later = layer
            .search
            .as_ref()
            .is_none_or(|search| search.rank > rank("parcels"));
        assert!(later || first.contains(&layer.id.as_str()), "{}", layer.id);
    }
}

#[test]
fn coverages_are_areas_that_fill_the_territory() {
    let set = shipped();
    let coverages: Vec<_> = set
        .iter()
        .filter(|layer| layer.coverage)
        .map(|layer| layer.id.as_str())
        .collect();
    assert_eq!(coverages, ["municipalities", "parcels", "zoning-areas"]);
}

#[test]
fn the_example_of_the_guide_is_a_sound_definition() {
    let guide = include_str!("../../docs/layers.md");
    let (_, rest) = guide.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("the end of the example");
    let own = [("benches.toml".to_owned(), example.to_owned())];
    let set = layers::read_definitions(&own).expect("a sound example");
    assert!(set.named("benches").is_some());
}
