//! DCAT-AP-CZ: the records that the national catalogue harvests, as JSON-LD.
//!
//! The national catalogue drops a record that lacks anything mandatory and tells nobody; here nothing can be left out.

use layers::Text;
use serde_json::{Value as Json, json};

use super::code_lists;
use super::terms_of_use;
use crate::{Addresses, Contact, Dataset, Release, ReleaseFile};

/// The media type of the records.
pub const JSON_LD: &str = "application/ld+json";

/// The act by which public bodies publish open data: the norm to come asks for it, the one in force allows it.
const FREE_ACCESS_ACT: &str = "https://www.e-sbirka.cz/eli/cz/sb/1999/106/2025-08-19";

/// One edition of the norm.
#[derive(Clone, Copy, Debug)]
pub struct CatalogProfile {
    catalog_context: &'static str,
    dataset_context: &'static str,
}

impl CatalogProfile {
    /// The open formal norm (OFN) of 28 May 2024.
    pub const OFN_2024_05_28: Self = Self {
        catalog_context: "https://ofn.gov.cz/dcat-ap-cz-rozhraní-katalogů-otevřených-dat/2024-05-28/kontexty/rozhraní-katalogů-otevřených-dat.jsonld",
        dataset_context: "https://ofn.gov.cz/dcat-ap-cz-rozhraní-katalogů-otevřených-dat/2024-05-28/kontexty/rozhraní-katalogů-otevřených-dat.jsonld",
    };

    /// Writes the catalogue of a municipality with its published datasets; none when nothing is published.
    pub fn catalog(&self, releases: &[&Release], addresses: &Addresses) -> Option<Json> {
        let dataset = &releases.first()?.dataset;
        let publisher = &dataset.publisher;
        let title = |lead: &str, name: &str| format!("{lead}: {name}");
        let datasets = releases
            .iter()
            .map(|release| addresses.dataset(&release.dataset));
        Some(json!({
            "@context": self.catalog_context,
            "iri": addresses.catalog(dataset.municipality_code),
            "typ": "Katalog",
            "název": {
                "cs": title("Katalog otevřených dat", &publisher.name.cs),
                "en": title("Open data catalogue", &publisher.name.en),
            },
            "popis": {
                "cs": title("Prostorová data, která jako otevřená zveřejňuje", &publisher.name.cs),
                "en": title("Spatial data published as open data by", &publisher.name.en),
            },
            "poskytovatel": code_lists::publisher(publisher, addresses.is_sample()),
            "kontaktní_bod": contact(&dataset.contact),
            "domovská_stránka": addresses.portal(),
            "datová_sada": datasets.collect::<Vec<_>>(),
        }))
    }

    /// Writes the dataset of a release with its distributions.
    pub fn dataset(&self, release: &Release, addresses: &Addresses) -> Json {
        let dataset = &release.dataset;
        let themes = dataset.themes.iter().copied().map(code_lists::theme);
        let territories = dataset.spatial_coverage.iter().copied();
        let files = release.files.iter();
        let keywords =
            |pick: fn(&Text) -> &str| dataset.keywords.iter().map(pick).collect::<Vec<_>>();
        json!({
            "@context": self.dataset_context,
            "iri": addresses.dataset(dataset),
            "typ": "Datová sada",
            "název": dataset.title,
            "popis": dataset.description,
            "poskytovatel": code_lists::publisher(&dataset.publisher, addresses.is_sample()),
            "téma": themes.collect::<Vec<_>>(),
            "periodicita_aktualizace": code_lists::frequency(dataset.periodicity),
            "klíčové_slovo": { "cs": keywords(|word| &word.cs), "en": keywords(|word| &word.en) },
            "prvek_rúian": territories.map(code_lists::territory).collect::<Vec<_>>(),
            "kontaktní_bod": contact(&dataset.contact),
            "dokumentace": addresses.page(dataset),
            "právní_předpis": [FREE_ACCESS_ACT],
            "distribuce": files.map(|file| distribution(dataset, file, addresses)).collect::<Vec<_>>(),
        })
    }

    /// Writes one distribution of a release as a document of its own.
    pub fn distribution(
        &self,
        release: &Release,
        file: &ReleaseFile,
        addresses: &Addresses,
    ) -> Json {
        let mut document = json!({ "@context": self.dataset_context });
        if let (Json::Object(document), Json::Object(record)) = (
            &mut document,
            distribution(&release.dataset, file, addresses),
        ) {
            document.extend(record);
        }
        document
    }
}

fn distribution(dataset: &Dataset, file: &ReleaseFile, addresses: &Addresses) -> Json {
    let download = addresses.latest_file(dataset, &file.name);
    json!({
        "iri": addresses.distribution(dataset, file.format),
        "typ": "Distribuce",
        "název": file.format.title(),
        "podmínky_užití": terms_of_use::specification(&dataset.terms_of_use),
        "přístupové_url": download,
        "soubor_ke_stažení": download,
        "formát": code_lists::file_type(file.format),
        "typ_média": code_lists::media_type(file.format),
        "právní_předpis": [FREE_ACCESS_ACT],
    })
}

fn contact(contact: &Contact) -> Json {
    json!({
        "typ": "Organizace",
        "jméno": contact.name,
        "e-mail": format!("mailto:{}", contact.email),
    })
}
