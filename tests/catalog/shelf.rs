//! A city whose village has published a dataset, under the address that a real city would have.

use std::fs;
use std::path::Path;

use catalog::{Dataset, FileFormat, Release, ReleaseFile};
use chrono::{DateTime, Utc};
use layers::store::GeoPackageStore;
use layers::{LayerSet, OfficeStore, RecordKind};

use crate::answer::Answer;
use crate::city::{City, run};

/// The municipality whose dataset is published.
pub(super) const VILLAGE: i64 = 564_729;
/// What is published.
pub(super) const DATASET: &str = "sample-564729-street-lighting";
/// What is described and not published.
pub(super) const UNPUBLISHED: &str = "sample-564729-greenery";
/// What nobody may know of: one of its layers is not public.
pub(super) const HIDDEN: &str = "decany-leases";
/// The address of the portal, as the world would know it.
pub(super) const PUBLIC_URL: &str = "https://data.chomutov.example";

/// The city and what it has published.
pub(super) struct Shelf {
    pub(super) city: City,
    pub(super) release: Release,
}

impl Shelf {
    /// Starts a city in whose name nothing real is said.
    pub(super) fn sample() -> Self {
        Self::start(true)
    }

    /// Starts the same city as if its data were real.
    pub(super) fn real() -> Self {
        Self::start(false)
    }

    fn start(sample: bool) -> Self {
        let mut release = None;
        let city = City::start_on(|instance| {
            let config = format!("public_url = \"{PUBLIC_URL}\"\nsample = {sample}\n");
            fs::write(instance.join("obzor.toml"), config).unwrap();
            let store = open(instance);
            describe_leases(&store);
            publish(&store, instance, 1);
            release = Some(publish(&store, instance, 2));
        });
        Self {
            city,
            release: release.unwrap(),
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

fn open(instance: &Path) -> GeoPackageStore {
    let layers = LayerSet::shipped().unwrap().into();
    GeoPackageStore::open(&instance.join("store/obzor.gpkg"), layers).unwrap()
}

fn dataset(store: &GeoPackageStore, id: &str) -> Dataset {
    let record = store.record(RecordKind::Dataset, id).unwrap().unwrap();
    Dataset::from_record(&record).unwrap()
}

fn describe_leases(store: &GeoPackageStore) {
    let mut leases = dataset(store, UNPUBLISHED);
    HIDDEN.clone_into(&mut leases.id);
    leases.layers = vec![layers::LayerId::new("leases").unwrap()];
    store.write(&[leases.to_change(0)]).unwrap();
}

fn publish(store: &GeoPackageStore, instance: &Path, number: u32) -> Release {
    let dataset = dataset(store, DATASET);
    let folder = instance.join(format!("public/releases/{DATASET}/{number}"));
    fs::create_dir_all(&folder).unwrap();
    for companion in ["manifest.json", "report.json"] {
        fs::write(folder.join(companion), format!("{{\"number\":{number}}}")).unwrap();
    }
    let formats = [FileFormat::GeoPackage, FileFormat::GeoJson, FileFormat::Csv];
    let files = formats.map(|format| {
        let name = format!("{DATASET}.{}", format.extension());
        let path = folder.join(&name);
        let line = format!("{} of release {number}\n", format.extension());
        fs::write(&path, line.repeat(20_000)).unwrap();
        ReleaseFile {
            bytes: fs::metadata(&path).unwrap().len(),
            sha256: sha256(&path),
            name,
            format,
        }
    });
    let release = Release {
        features: dataset.layers.iter().map(|id| (id.clone(), 12)).collect(),
        dataset,
        number,
        revision: 1,
        published_at: "2026-11-23T04:00:00Z".parse::<DateTime<Utc>>().unwrap(),
        files: files.into(),
        checks: Vec::new(),
    };
    store.write(&[release.to_change()]).unwrap();
    release
}

/// Returns the SHA-256 of a file, by another program than ours.
pub(super) fn sha256(path: &Path) -> String {
    let printed = run("sha256sum", &[path.to_str().unwrap()]);
    printed.split_whitespace().next().unwrap().to_owned()
}
