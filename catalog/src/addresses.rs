//! Addresses: where the catalogue, its datasets and their files are found; those of datasets are their names for good.

use crate::{Dataset, FileFormat};

/// The addresses of one instance. They are made of codes and ids only, so that no change of a title changes them.
#[derive(Clone, Debug)]
pub struct Addresses {
    base: String,
    sample: bool,
}

impl Addresses {
    /// Begins all addresses with `base`, which has no slash at its end; a sample instance publishes in nobody's name.
    pub fn new(base: impl Into<String>, sample: bool) -> Self {
        Self {
            base: base.into(),
            sample,
        }
    }

    /// Whether the data are samples.
    pub fn is_sample(&self) -> bool {
        self.sample
    }

    /// Returns the first page of the portal.
    pub fn portal(&self) -> String {
        format!("{}/", self.base)
    }

    /// Returns the IRI of a municipality's catalogue, which is where it is found.
    pub fn catalog(&self, municipality_code: i64) -> String {
        format!("{}/catalog/{municipality_code}", self.base)
    }

    /// Returns the IRI of a dataset, which is where its record is found.
    pub fn dataset(&self, dataset: &Dataset) -> String {
        let catalog = self.catalog(dataset.municipality_code);
        format!("{catalog}/datasets/{}", dataset.id)
    }

    /// Returns the page about a dataset for people.
    pub fn page(&self, dataset: &Dataset) -> String {
        format!("{}?f=html", self.dataset(dataset))
    }

    /// Returns the IRI of a distribution, which is where its record is found.
    pub fn distribution(&self, dataset: &Dataset, format: FileFormat) -> String {
        let dataset = self.dataset(dataset);
        format!("{dataset}/distributions/{}", format.extension())
    }

    /// Returns the address of a file of the release in force; it stays the same from release to release.
    pub fn latest_file(&self, dataset: &Dataset, name: &str) -> String {
        format!("{}/downloads/{}/latest/{name}", self.base, dataset.id)
    }
}
