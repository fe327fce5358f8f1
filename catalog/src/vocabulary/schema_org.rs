//! schema.org: a dataset as search engines read it from its page.

use layers::Language;
use serde_json::{Value as Json, json};

use crate::{Addresses, Release};

/// Writes the dataset of a release in one language.
pub fn schema_org(release: &Release, addresses: &Addresses, language: Language) -> Json {
    let dataset = &release.dataset;
    let keywords = dataset.keywords.iter();
    let downloads = release.files.iter().map(|file| {
        json!({
            "@type": "DataDownload",
            "name": file.format.title().in_language(language),
            "encodingFormat": file.format.media_type(),
            "contentSize": format!("{} B", file.bytes),
            "sha256": file.sha256,
            "contentUrl": addresses.latest_file(dataset, &file.name),
        })
    });
    json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": addresses.dataset(dataset),
        "url": addresses.page(dataset),
        "name": dataset.title.in_language(language),
        "description": dataset.description.in_language(language),
        "inLanguage": language.code(),
        "keywords": keywords.map(|word| word.in_language(language)).collect::<Vec<_>>(),
        "license": dataset.terms_of_use.licence().iri(),
        "isAccessibleForFree": true,
        "version": release.number.to_string(),
        "dateModified": release.published_at.to_rfc3339(),
        "publisher": {
            "@type": "GovernmentOrganization",
            "name": dataset.publisher.name.in_language(language),
        },
        "distribution": downloads.collect::<Vec<_>>(),
    })
}
