//! A city whose village has published a dataset twice, under the address that a real city would have.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use catalog::{Dataset, Entry, FileFormat, Release};
use layers::store::GeoPackageStore;
use layers::{LayerId, LayerSet, OfficeStore, RecordKind};

use crate::answer::Answer;
use crate::city::{City, run};
use crate::gdal;

/// The municipality whose dataset is published.
pub(super) const VILLAGE: i64 = 564_729;
/// What is published.
pub(super) const DATASET: &str = "sample-564729-greenery";
/// What is described and not published.
pub(super) const UNPUBLISHED: &str = "sample-564729-street-lighting";
/// What nobody may know of: its layer is not public.
pub(super) const HIDDEN: &str = "decany-leases";
/// The address of the portal, as the world would know it.
pub(super) const PUBLIC_URL: &str = "https://data.chomutov.example";
/// What makes the second release differ from the first.
const CHANGE: &str =
    "UPDATE trees SET height = 12.5 WHERE municipality_code = 564729 AND code = 'S-00001'";

/// The city and its release in force.
pub(super) struct Shelf {
    pub(super) city: City,
    pub(super) release: Release,
}

impl Shelf {
    /// Returns the city in whose name nothing real is said; all tests have it in common.
    pub(super) fn sample() -> Arc<Self> {
        static SAMPLE: Mutex<Weak<Shelf>> = Mutex::new(Weak::new());
        let mut sample = SAMPLE.lock().unwrap_or_else(PoisonError::into_inner);
        sample.upgrade().unwrap_or_else(|| {
            let shelf = Arc::new(Self::start(true));
            *sample = Arc::downgrade(&shelf);
            shelf
        })
    }

    /// Starts the same city as if its data were real.
    pub(super) fn real() -> Self {
        Self::start(false)
    }

    fn start(sample: bool) -> Self {
        let city = City::start_on(|instance| {
            let config = format!("public_url = \"{PUBLIC_URL}\"\nsample = {sample}\n");
            fs::write(instance.join("obzor.toml"), config).unwrap();
            let store = instance.join("store/obzor.gpkg");
            describe_leases(&store);
            publish(instance);
            gdal::execute(&store, CHANGE);
            publish(instance);
        });
        let entry = Entry::of(&open(&city.store()), DATASET).unwrap();
        Self {
            city,
            release: entry.unwrap().release.unwrap(),
        }
    }

    /// Gets a public address, or a path, from the city.
    pub(super) fn get(&self, address: &str, headers: &[(&str, &str)]) -> Answer {
        let path = address.strip_prefix(PUBLIC_URL).unwrap_or(address);
        self.city.get_with(path, headers)
    }

    /// Returns the path of the published dataset.
    pub(super) fn dataset_path() -> String {
        format!("/catalog/{VILLAGE}/datasets/{DATASET}")
    }

    /// Returns the path of a file of the release in force.
    pub(super) fn file_path(&self, format: FileFormat) -> String {
        let files = &self.release.files;
        let file = files.iter().find(|file| file.format == format).unwrap();
        format!("/downloads/{DATASET}/latest/{}", file.name)
    }
}

fn open(store: &Path) -> GeoPackageStore {
    GeoPackageStore::open(store, LayerSet::shipped().unwrap().into()).unwrap()
}

fn describe_leases(store: &Path) {
    let store = open(store);
    let record = store.record(RecordKind::Dataset, UNPUBLISHED).unwrap();
    let mut leases = Dataset::from_record(&record.unwrap()).unwrap();
    HIDDEN.clone_into(&mut leases.id);
    leases.layers = vec![LayerId::new("leases").unwrap()];
    store.write(&[leases.to_change(0)]).unwrap();
}

fn publish(instance: &Path) {
    let instance = instance.to_str().unwrap();
    run(
        env!("CARGO_BIN_EXE_obzor"),
        &["publish", DATASET, "--instance", instance],
    );
}

/// Returns the SHA-256 of a file, by another program than ours.
pub(super) fn sha256(path: &Path) -> String {
    let printed = run("sha256sum", &[path.to_str().unwrap()]);
    printed.split_whitespace().next().unwrap().to_owned()
}
