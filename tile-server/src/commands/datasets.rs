//! `obzor datasets`: lists the datasets with their releases in force.

use std::fmt::Write;

use catalog::Entry;
use clap::Args;
use layers::LayerId;
use serde_json::{Value as Json, json};

use super::{InstanceArgs, print};
use crate::instance::Instance;

/// What may be typed after `obzor datasets`.
#[derive(Args, Debug)]
pub struct DatasetsArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists every dataset with its municipality and its newest release, if it has one.
pub fn run(args: &DatasetsArgs) -> anyhow::Result<()> {
    let store = Instance::of(&args.instance).open_store()?;
    let entries = Entry::all(&*store)?;
    if args.json {
        return print(&format!(
            "{:#}",
            entries.iter().map(as_json).collect::<Json>()
        ));
    }
    let mut text = format!(
        "{:<40} {:<12} {:>7} {:<10}  {}",
        "DATASET", "MUNICIPALITY", "RELEASE", "PUBLISHED", "TITLE"
    );
    for Entry { dataset, release } in &entries {
        let release = release.as_ref();
        let number = release.map_or_else(|| "-".to_owned(), |release| release.number.to_string());
        let day = release.map_or_else(
            || "-".to_owned(),
            |release| release.published_at.date_naive().to_string(),
        );
        write!(
            text,
            "\n{:<40} {:<12} {number:>7} {day:<10}  {}",
            dataset.id, dataset.municipality_code, dataset.title.cs
        )?;
    }
    print(&text)
}

fn as_json(entry: &Entry) -> Json {
    let (dataset, release) = (&entry.dataset, entry.release.as_ref());
    json!({
        "id": dataset.id,
        "municipality_code": dataset.municipality_code,
        "title": { "cs": dataset.title.cs, "en": dataset.title.en },
        "layers": dataset.layers.iter().map(LayerId::as_str).collect::<Vec<_>>(),
        "release": release.map(|release| release.number),
        "published_at": release.map(|release| release.published_at),
    })
}
