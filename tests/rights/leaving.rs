//! What leaves as files: a release and a package hold what everybody may see, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use catalog::{Dataset, Territory};
use flate2::read::GzDecoder;
use layers::{
    Layer, LayerId, LayerSet, MUNICIPALITY_FIELD, OfficeStore, PrivacyClass, RecordKind, Text,
};
use mvt_reader::Reader;
use serde_json::Value;

use super::cells::Cells;
use super::expected::{Actor, everybody};
use super::planted::{self, OURS, Row, tile_of};
use crate::city::City;
use crate::package::archive::Archive;
use crate::package::entries;

const CLASSES: [PrivacyClass; 3] = [
    PrivacyClass::Public,
    PrivacyClass::Internal,
    PrivacyClass::Personal,
];

/// A city with a dataset of each layer, of which those are published that can be.
pub(super) struct Publisher {
    pub(super) city: City,
    pub(super) layers: Arc<LayerSet>,
    pub(super) rows: BTreeMap<String, Vec<Row>>,
    /// What became of each dataset.
    outcomes: BTreeMap<String, String>,
}

impl Publisher {
    pub(super) fn start() -> Self {
        let layers = Arc::new(LayerSet::shipped().unwrap());
        let mut rows = BTreeMap::new();
        let city = City::start_on(|instance| {
            let sample = planted::open(instance, &layers);
            let template = sample.records(RecordKind::Dataset).unwrap().swap_remove(0);
            let template = Dataset::from_record(&template).unwrap();
            drop(sample);
            rows = planted::plant(instance, &layers);
            let datasets = datasets(&layers, &template);
            let changes: Vec<_> = datasets.map(|dataset| dataset.to_change(0)).collect();
            let store = planted::open(instance, &layers);
            store.write(&changes).unwrap();
        });
        let (code, said) = city.obzor(&["publish", "--all", "--json"]);
        assert_eq!(code, Some(4), "some are published, some refused: {said}");
        let reports = said.rsplit_once(']').unwrap().0;
        let reports: Vec<Value> = serde_json::from_str(&format!("{reports}]")).unwrap();
        let outcomes = reports.iter().map(|report| {
            let word = |name: &str| report[name].as_str().unwrap().to_owned();
            (word("dataset"), word("outcome"))
        });
        Self {
            outcomes: outcomes.collect(),
            city,
            layers,
            rows,
        }
    }
}

/// Whether everybody may have the features of a layer as a dataset.
pub(super) fn can_be_published(layer: &Layer) -> bool {
    let says_something = layer.fields.iter().any(|field| {
        field.privacy == PrivacyClass::Public
            && field.name != MUNICIPALITY_FIELD
            && layer.public_if.as_ref() != Some(&field.name)
    });
    everybody().sees_layer(layer) && layer.municipal && says_something
}

/// Returns a dataset of each layer alone, a table with a layer on the map, and one of each hidden layer beside a public.
fn datasets(layers: &LayerSet, template: &Dataset) -> impl Iterator<Item = Dataset> {
    let on_map = |layer: &&Arc<Layer>| can_be_published(layer) && layer.geometry.is_some();
    let first = &layers.iter().find(on_map).unwrap().id;
    layers.iter().flat_map(move |layer| {
        let mut alone = vec![layer.id.clone()];
        if layer.geometry.is_none() {
            alone.insert(0, first.clone());
        }
        let beside = vec![first.clone(), layer.id.clone()];
        let hidden = (!can_be_published(layer)).then(|| dataset("with", layer, beside, template));
        hidden
            .into_iter()
            .chain([dataset("of", layer, alone, template)])
    })
}

fn dataset(word: &str, of: &Layer, layers: Vec<LayerId>, template: &Dataset) -> Dataset {
    let id = format!("{word}-{}", of.id);
    Dataset {
        title: Text {
            cs: format!("Sada {id}"),
            en: format!("Set {id}"),
        },
        id,
        municipality_code: OURS,
        layers,
        spatial_coverage: vec![Territory {
            code: OURS,
            ..template.spatial_coverage[0]
        }],
        ..template.clone()
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn what_leaves_as_files_is_what_everybody_may_see() {
    let publisher = Publisher::start();
    let mut cells = Cells::default();
    publisher.releases(&mut cells);
    publisher.package(&mut cells);
    cells.hold(1_500);
}

impl Publisher {
    fn releases(&self, cells: &mut Cells) {
        let released = self.city.instance().join("public/releases");
        for layer in self.layers.iter() {
            let is_published = can_be_published(layer);
            let outcome = |id: &str| self.outcomes.get(id).map(String::as_str);
            let id = format!("of-{}", layer.id);
            let expected = if is_published { "published" } else { "blocked" };
            cells.expect(&id, outcome(&id), Some(expected));
            let folder = released.join(&id);
            cells.expect(&format!("{id} files"), folder.exists(), is_published);
            if !is_published {
                let beside = format!("with-{}", layer.id);
                cells.expect(&beside, outcome(&beside), Some("blocked"));
                let there = released.join(&beside).exists();
                cells.expect(&format!("{beside} files"), there, false);
            }
            for ending in ["gpkg", "geojson", "csv"] {
                let file = folder.join(format!("1/{id}.{ending}"));
                let bytes = fs::read(&file).unwrap_or_default();
                self.rows_in(cells, layer, &file, &bytes, |row| {
                    is_published && row.owner == OURS
                });
            }
        }
    }

    /// Looks for the rows of a layer in a file: their ids, and their texts as everybody sees them.
    fn rows_in(
        &self,
        cells: &mut Cells,
        layer: &Layer,
        file: &Path,
        bytes: &[u8],
        belongs: impl Fn(&Row) -> bool,
    ) {
        let name = file.file_name().unwrap().display();
        for row in &self.rows[layer.id.as_str()] {
            let sees = belongs(row) && everybody().sees_row(layer, row);
            cells.expect(&format!("{name} {}", row.id), holds(bytes, &row.id), sees);
            for class in CLASSES {
                if planted::text_field(layer, class).is_some() {
                    let text = row.text(class);
                    let expected = sees && everybody().sees_value(layer, row, class);
                    cells.expect(&format!("{name} {text}"), holds(bytes, &text), expected);
                }
            }
        }
    }

    fn package(&self, cells: &mut Cells) {
        let out = self.city.file("package.zip");
        let code = OURS.to_string();
        let out_text = out.to_str().unwrap();
        let build = [
            "package",
            "build",
            "--municipality",
            &code,
            "--out",
            out_text,
        ];
        let (code, said) = self.city.obzor(&build);
        assert_eq!(code, Some(0), "{said}");
        let parts: BTreeMap<String, Vec<u8>> = entries(&out).into_iter().collect();
        let archive = Archive::read(&parts["tiles.pmtiles"]);
        let tiles: BTreeMap<String, Vec<u8>> = archive
            .tiles
            .iter()
            .map(|tile| {
                let mut bytes = Vec::new();
                let mut packed = GzDecoder::new(&tile.bytes[..]);
                packed.read_to_end(&mut bytes).unwrap();
                (format!("{}/{}/{}", tile.z, tile.x, tile.y), bytes)
            })
            .collect();
        for layer in self.layers.iter() {
            let all = everybody();
            let features = &parts["features.gpkg"];
            let file = Path::new("features.gpkg");
            self.rows_in(cells, layer, file, features, |row| {
                !layer.municipal || row.owner == OURS
            });
            described(cells, layer, &all, &parts, &archive.metadata);
            self.found(cells, layer, &all, &parts["search.json"]);
            let seen = self.rows[layer.id.as_str()].iter();
            let seen = seen.filter(|row| layer.geometry.is_some() && all.sees_row(layer, row));
            let drawn = tiles
                .get(&tile_of(layer))
                .map_or(0, |tile| count(tile, layer));
            let what = format!("{} in the tiles of the package", layer.id);
            cells.expect(&what, drawn, seen.count());
            self.hidden_texts(cells, layer, &all, &parts.values().chain(tiles.values()));
        }
    }

    fn found(&self, cells: &mut Cells, layer: &Layer, all: &Actor, list: &[u8]) {
        for row in &self.rows[layer.id.as_str()] {
            let is_found = holds(list, &row.id);
            let is_searched = layer.search.is_some() && layer.geometry.is_some();
            // The label of some layers has no text of the row.
            if is_found || planted::is_searched(layer) {
                let expected = is_searched && all.sees_row(layer, row);
                cells.expect(&format!("search.json {}", row.id), is_found, expected);
            }
        }
    }

    /// What everybody must not see is in no part of the package.
    fn hidden_texts<'a>(
        &self,
        cells: &mut Cells,
        layer: &Layer,
        all: &Actor,
        parts: &(impl Iterator<Item = &'a Vec<u8>> + Clone),
    ) {
        for row in &self.rows[layer.id.as_str()] {
            for class in CLASSES {
                if !all.sees_value(layer, row, class) {
                    let text = row.text(class);
                    let is_there = parts.clone().any(|part| holds(part, &text));
                    cells.expect(&format!("{text} in the package"), is_there, false);
                }
            }
        }
    }
}

/// A layer is named where everybody may know of it.
fn described(
    cells: &mut Cells,
    layer: &Layer,
    all: &Actor,
    parts: &BTreeMap<String, Vec<u8>>,
    metadata: &Value,
) {
    let drawn = all.sees_layer(layer) && layer.geometry.is_some();
    let (quoted, title) = (
        format!("\"{}\"", layer.id),
        serde_json::to_string(&layer.title.cs).unwrap(),
    );
    for (part, text, expected) in [
        ("map.cs.json", &quoted, all.sees_layer(layer)),
        ("map.en.json", &quoted, all.sees_layer(layer)),
        ("style.cs.json", &quoted, drawn),
        ("legend.cs.json", &title, drawn),
    ] {
        let what = format!("{} in {part}", layer.id);
        cells.expect(&what, holds(&parts[part], text), expected);
    }
    let named = metadata["vector_layers"].as_array().unwrap();
    let named = named.iter().any(|one| one["id"] == layer.id.as_str());
    cells.expect(&format!("{} in the archive", layer.id), named, drawn);
}

/// Counts the features of a layer in a tile.
fn count(tile: &[u8], layer: &Layer) -> usize {
    let reader = Reader::new(tile.to_vec()).unwrap();
    let layers = reader.get_layer_metadata().unwrap();
    let own = layers.iter().find(|one| one.name == layer.id.as_str());
    own.map_or(0, |own| own.feature_count)
}
