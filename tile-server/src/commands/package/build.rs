//! `obzor package build`: the map of one municipality in one file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use layers::audit::{ALL_LAYERS, AuditAct, AuditEvent};
use layers::{FeatureStore, Municipality, Revision, Store, last_visible_revision, municipalities};
use serde_json::json;

use super::super::{InstanceArgs, Refused, print};
use crate::audit;
use crate::draft_spool::{DraftSpool, PACKAGE};
use crate::instance::Instance;
use crate::package::{AUDIENCE, Counts, Order, Written, looks_like_a_package, write};
use crate::search::fold;

/// How alike a name must be to be offered.
const ALIKE: f64 = 0.75;

/// What may be typed after `obzor package build`.
#[derive(Args, Debug)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// The municipality: its RÚIAN code or its name.
    #[arg(long, value_name = "CODE")]
    municipality: String,
    /// Where the package is to be; an older package there is replaced when the new one is whole.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file even if it is no package.
    #[arg(long)]
    force: bool,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
    /// The time that the package says, in seconds since 1970, instead of now.
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH")]
    built_at: Option<i64>,
}

/// Builds the package beside its place and puts it there when it is whole.
pub(super) fn run(args: &BuildArgs) -> anyhow::Result<()> {
    check_place(args)?;
    let instance = Instance::of(&args.instance);
    let config = instance.config()?;
    let whole = instance.open_store()?;
    let store: Arc<dyn FeatureStore> = Arc::<dyn Store>::clone(&whole);
    let views = store.layers().iter();
    let views: Vec<_> = views.filter_map(|layer| AUDIENCE.view(layer)).collect();
    // What the audience may not see moves no number that it gets.
    let revision = last_visible_revision(&*store, &views, store.head()?)?;
    let municipality = find(&*store, revision, &args.municipality)?;
    let spool = DraftSpool::take(&instance.spool(), PACKAGE)
        .context("pracovní složku balíčků nelze připravit")?
        .ok_or_else(|| {
            Refused("právě se sestavuje jiný balíček; zkuste to za chvíli".to_owned())
        })?;
    let order = Order {
        config: &config,
        store,
        municipality: &municipality,
        revision,
        built_at: built_at(args)?,
    };
    let bar = ProgressBar::new(0).with_style(bar_style()?);
    let contents = order.make(&spool.folder(), &|done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let draft = spool
        .begin(&args.out)
        .map_err(|error| cannot_write(&args.out, &error))?;
    let written = write(draft.file(), &contents)?;
    let event = AuditEvent {
        layer: Some(ALL_LAYERS.to_owned()),
        municipality: Some(municipality.code),
        bytes: Some(written.bytes),
        sha256: Some(written.sha256.clone()),
        ..audit::command_event(AuditAct::Package)
    };
    audit::record_command(&instance, &*whole, event)?;
    draft
        .publish()
        .map_err(|error| cannot_write(&args.out, &error))?;
    report(args, &order, &contents.counts, &written)
}

/// Refuses to replace what is no package.
fn check_place(args: &BuildArgs) -> anyhow::Result<()> {
    let out = &args.out;
    match looks_like_a_package(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(true) => Ok(()),
        Ok(false) if args.force => Ok(()),
        Ok(false) => Err(Refused(format!(
            "{} není balíček; zvolte jiné jméno, nebo ho přepište s --force",
            out.display()
        ))
        .into()),
        Err(error) => Err(cannot_write(out, &error)),
    }
}

fn cannot_write(out: &Path, error: &io::Error) -> anyhow::Error {
    Refused(format!("{} nelze zapsat: {error}", out.display())).into()
}

/// Finds the municipality by its code or name; the refusal offers those with names like it.
fn find(
    store: &dyn FeatureStore,
    revision: Revision,
    wanted: &str,
) -> anyhow::Result<Municipality> {
    let all = municipalities(store, Some(revision))?;
    let name = fold(wanted);
    let is_it = |town: &&Municipality| town.code.to_string() == wanted || fold(&town.name) == name;
    if let Some(found) = all.iter().find(is_it) {
        return Ok(found.clone());
    }
    let like = |town: &Municipality| {
        let by_code = strsim::jaro_winkler(&town.code.to_string(), wanted);
        strsim::jaro_winkler(&fold(&town.name), &name).max(by_code)
    };
    let mut near: Vec<_> = all.iter().filter(|town| like(town) >= ALIKE).collect();
    near.sort_by(|a, b| like(b).total_cmp(&like(a)));
    let near: Vec<_> = near
        .iter()
        .take(5)
        .map(|town| format!("{} {}", town.code, town.name))
        .collect();
    let hint = if near.is_empty() {
        format!("v úložišti je {} obcí", all.len())
    } else {
        format!("podobné jsou: {}", near.join(", "))
    };
    Err(Refused(format!("obec {wanted} není; {hint}")).into())
}

fn built_at(args: &BuildArgs) -> anyhow::Result<DateTime<Utc>> {
    match args.built_at {
        Some(seconds) => DateTime::from_timestamp(seconds, 0)
            .ok_or_else(|| Refused(format!("{seconds} s není čas")).into()),
        None => Ok(DateTime::<Utc>::from(SystemTime::now())),
    }
}

fn bar_style() -> anyhow::Result<ProgressStyle> {
    ProgressStyle::with_template("{spinner} dlaždice {pos}/{len} {bar:40} {elapsed}")
        .context("the progress bar's template is wrong")
}

fn report(
    args: &BuildArgs,
    order: &Order<'_>,
    counts: &Counts,
    written: &Written,
) -> anyhow::Result<()> {
    let town = order.municipality;
    if args.json {
        return print(&format!(
            "{:#}",
            json!({
                "file": args.out,
                "bytes": written.bytes,
                "sha256": written.sha256,
                "municipality": { "code": town.code, "name": town.name },
                "revision": order.revision.0,
                "tiles": counts.tiles,
                "features": counts.features,
                "search_entries": counts.found_by_search,
            })
        ));
    }
    print(&format!(
        "{} ({}), revize {}: {} dlaždic, {} prvků, {} položek hledání; {:.1} MB v {}",
        town.name,
        town.code,
        order.revision.0,
        counts.tiles,
        counts.features,
        counts.found_by_search,
        written.bytes as f64 / 1e6,
        args.out.display()
    ))
}
