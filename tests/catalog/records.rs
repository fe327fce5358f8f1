//! The records are what the Czech norm asks for, as judged by programs that are not ours.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::city::reference_data;

use super::HARVESTER;
use super::shelf::{Shelf, VILLAGE};

/// What the outside judge says about one case.
#[derive(Deserialize)]
struct Verdict {
    schema: Vec<String>,
    /// By the edition of the norm to come, whose context would replace today's.
    coming: Vec<String>,
    shapes: Vec<String>,
}

/// A catalogue with its datasets, as the harvester collects them.
struct Harvest {
    catalog: Json,
    datasets: Vec<Json>,
}

impl Harvest {
    fn of(shelf: &Shelf) -> Self {
        let catalog = shelf.get(&format!("/catalog/{VILLAGE}"), &HARVESTER).json();
        let listed = catalog["datová_sada"].as_array().unwrap();
        let dataset = |iri: &Json| shelf.get(iri.as_str().unwrap(), &HARVESTER).json();
        let datasets: Vec<_> = listed.iter().map(dataset).collect();
        assert!(!datasets.is_empty());
        Self { catalog, datasets }
    }

    fn case(&self, name: &str) -> Json {
        json!({ "name": name, "catalog": self.catalog, "datasets": self.datasets })
    }

    /// Makes a case in which an entry is missing; `place` leads to it from the case.
    fn without(&self, place: &str) -> Json {
        let mut case = self.case(place);
        let (holder, entry) = place.rsplit_once('/').unwrap();
        let holder = case.pointer_mut(holder).and_then(Json::as_object_mut);
        let removed = holder.and_then(|holder| holder.remove(entry));
        assert!(removed.is_some(), "{place} is not in the record");
        case
    }
}

fn judge(data: &Path, cases: &[Json]) -> BTreeMap<String, Verdict> {
    let top = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut judge = Command::new(top.join(".tools/judge/bin/python"))
        .arg(top.join("tests/catalog/judge.py"))
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/setup --test installs the judge");
    let input = Json::from(cases).to_string();
    judge
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_real_citys_records_are_what_norm_and_harvester_ask_for() {
    let Some(data) = reference_data() else {
        return;
    };
    let harvest = Harvest::of(&Shelf::real());
    let verdicts = judge(&data, &[harvest.case("as served")]);
    let verdict = &verdicts["as served"];
    assert_eq!(verdict.schema, [""; 0]);
    assert_eq!(verdict.coming, [""; 0]);
    assert_eq!(verdict.shapes, [""; 0]);
}

#[test]
fn a_samples_records_differ_in_the_publisher_alone() {
    let Some(data) = reference_data() else {
        return;
    };
    let harvest = Harvest::of(&Shelf::sample());
    let verdicts = judge(&data, &[harvest.case("as served")]);
    let verdict = &verdicts["as served"];
    assert_eq!(verdict.schema, [""; 0]);
    assert_eq!(
        verdict.shapes,
        ["Warning: CAT-5 poskytovatel není OVM z RPP"]
    );
    for record in harvest.datasets.iter().chain([&harvest.catalog]) {
        let publisher = record["poskytovatel"].as_str().unwrap();
        let host = publisher.split('/').nth(2).unwrap();
        assert_eq!(host.rsplit('.').next(), Some("example"), "{publisher}");
    }
}

#[test]
fn the_judges_see_whatever_is_missing() {
    let Some(data) = reference_data() else {
        return;
    };
    let mandatory = [
        "/catalog/název",
        "/catalog/popis",
        "/catalog/poskytovatel",
        "/catalog/datová_sada",
        "/datasets/0/název",
        "/datasets/0/název/cs",
        "/datasets/0/popis",
        "/datasets/0/poskytovatel",
        "/datasets/0/téma",
        "/datasets/0/periodicita_aktualizace",
        "/datasets/0/klíčové_slovo",
        "/datasets/0/prvek_rúian",
        "/datasets/0/distribuce",
        "/datasets/0/distribuce/0/přístupové_url",
        "/datasets/0/distribuce/1/soubor_ke_stažení",
        "/datasets/0/distribuce/2/formát",
        "/datasets/0/distribuce/0/typ_média",
        "/datasets/0/distribuce/1/podmínky_užití",
        "/datasets/0/distribuce/2/podmínky_užití/osobní_údaje",
        "/datasets/0/distribuce/0/podmínky_užití/autorské_dílo",
    ];
    let harvest = Harvest::of(&Shelf::real());
    let cases: Vec<_> = mandatory
        .iter()
        .map(|place| harvest.without(place))
        .collect();
    let verdicts = judge(&data, &cases);
    for place in mandatory {
        let Verdict { schema, shapes, .. } = &verdicts[place];
        let is_violated = shapes.iter().any(|shape| shape.starts_with("Violation"));
        assert!(is_violated, "the shapes miss {place}: {shapes:?}");
        // The schema does not ask for Czech texts, distributions or datasets; the harvester does.
        let is_left_to_shapes = ["cs", "distribuce"].contains(&place.rsplit('/').next().unwrap());
        assert!(
            is_left_to_shapes || !schema.is_empty(),
            "the schema misses {place}"
        );
    }
}
