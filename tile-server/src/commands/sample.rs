//! `obzor sample`: fills an empty instance with the sample district.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use data_samples::District;
use indicatif::{ProgressBar, ProgressIterator, ProgressStyle};
use layers::{ChangeSet, Municipalities, RecordChange, Store};
use serde_json::json;

use super::{InstanceArgs, print};
use crate::config::{ConfigFile, MapEntry, StartEntry, TitleEntry};
use crate::instance::Instance;

/// What may be typed after `obzor sample`.
#[derive(Args, Debug)]
pub struct SampleArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Fills the folder; refuses one that already holds an instance.
pub fn run(args: &SampleArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    instance.create()?;
    let layers = Arc::new(instance.layers()?);
    let district = data_samples::district(&layers)?;
    let store = instance.create_store(layers)?;
    let (count, datasets) = (district.changes.len(), district.datasets.len());
    let config = sample_config(&district);
    fill(&*store, district)?;
    // Last, because a folder with a configuration counts as a complete instance.
    instance.write_config(&config)?;
    if args.json {
        print(
            &json!({ "instance": args.instance.instance, "features": count, "datasets": datasets })
                .to_string(),
        )
    } else {
        let folder = args.instance.instance.display();
        print(&format!(
            "{count} features and {datasets} datasets are in {folder}; now: obzor serve --instance {folder}"
        ))
    }
}

fn sample_config(district: &District) -> ConfigFile {
    ConfigFile {
        title: Some(TitleEntry {
            cs: "Ukázkový obvod Chomutov".to_owned(),
            en: "Sample district Chomutov".to_owned(),
        }),
        sample: true,
        attribution: district.attribution.clone(),
        map: MapEntry {
            start: Some(StartEntry {
                center: district.center,
                zoom: Some(district.zoom),
            }),
        },
        ..ConfigFile::default()
    }
}

fn fill(store: &dyn Store, district: District) -> anyhow::Result<()> {
    let datasets: Vec<RecordChange> = district
        .datasets
        .iter()
        .map(|dataset| dataset.to_change(0))
        .collect();
    let bar = ProgressBar::new(district.changes.len() as u64).with_style(
        ProgressStyle::with_template("{spinner} {pos}/{len} features {bar:40} {elapsed}")
            .context("the progress bar's template is wrong")?,
    );
    let set = ChangeSet {
        author: "obzor sample".to_owned(),
        reason: "Ukázková data".to_owned(),
        at: DateTime::<Utc>::from(std::time::SystemTime::now()),
        municipalities: Municipalities::All,
        changes: Box::new(district.changes.into_iter().progress_with(bar)),
    };
    store
        .apply(set)
        .context("the store did not take the sample district")?;
    store
        .write(&datasets)
        .context("the store did not take the datasets")
}
