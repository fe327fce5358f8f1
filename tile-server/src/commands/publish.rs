//! `obzor publish`: checks datasets and makes a release of each that has something new, or says what is wrong with it.

mod report;

use anyhow::Context;
use catalog::{Dataset, Entry, Release};
use chrono::{DateTime, SubsecRound, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use layers::audit::{AuditAct, AuditEvent};
use layers::{Audience, LayerSet, OfficeStore, RecordKind, Revision, Store, last_visible_revision};
use opendata::{Inspection, PublicView, finish_files, inspect, write_files};

use self::report::{Outcome, Report};
use super::{InPart, InstanceArgs, Refused, print};
use crate::audit;
use crate::instance::Instance;
use crate::public_files::Publisher;

/// What may be typed after `obzor publish`.
#[derive(Args, Debug)]
pub struct PublishArgs {
    /// The ids of the datasets; `obzor datasets` lists them.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    datasets: Vec<String>,
    #[command(flatten)]
    instance: InstanceArgs,
    /// Publish every dataset.
    #[arg(long)]
    all: bool,
    /// Of all datasets, only those of this municipality (RÚIAN code).
    #[arg(long, value_name = "CODE", requires = "all")]
    municipality: Option<i64>,
    /// Only check and report; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Publishes the datasets one after another, all at one revision; a blocked one keeps its old release.
pub fn run(args: &PublishArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let config = instance.config()?;
    if config.public_url.is_none() && !config.sample {
        let why =
            "v obzor.toml chybí public_url: adresy vydaných dat platí navždy, nejdřív ji doplňte";
        return Err(Refused(why.to_owned()).into());
    }
    let store = instance.open_store()?;
    let datasets = without_attached(chosen(args, &*store)?, store.layers(), args)?;
    let files = instance.public_files();
    let publisher = files
        .take(&*store)?
        .ok_or_else(|| Refused("právě běží jiné zveřejnění; zkuste to za chvíli".to_owned()))?;
    let publication = Publication {
        instance: &instance,
        store: &*store,
        publisher: &publisher,
        at: store.head()?,
        dry_run: args.dry_run,
    };
    let mut reports = Vec::with_capacity(datasets.len());
    for dataset in datasets {
        let report = publication.publish(dataset)?;
        if !args.json {
            print(&report.text())?;
        }
        reports.push(report);
    }
    if args.json {
        print(&format!("{:#}", report::all_json(&reports)))?;
    }
    verdict(&reports)
}

/// Returns the datasets that were asked for; an unknown one refuses the whole command.
fn chosen(args: &PublishArgs, store: &dyn OfficeStore) -> anyhow::Result<Vec<Dataset>> {
    let records = store.records(RecordKind::Dataset)?;
    let mut all = records
        .iter()
        .map(Dataset::from_record)
        .collect::<Result<Vec<_>, _>>()?;
    if args.all {
        all.retain(|dataset| {
            args.municipality
                .is_none_or(|code| code == dataset.municipality_code)
        });
        return Ok(all);
    }
    let unknown: Vec<_> = args
        .datasets
        .iter()
        .filter(|id| !all.iter().any(|dataset| &dataset.id == *id))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        return Err(Refused(format!(
            "datová sada {names} není; seznam vypíše `obzor datasets`"
        ))
        .into());
    }
    all.retain(|dataset| args.datasets.contains(&dataset.id));
    Ok(all)
}

/// Says by the exit code what happened: blocked alone is a refusal, blocked beside published is work done in part.
fn verdict(reports: &[Report]) -> anyhow::Result<()> {
    let blocked = reports.iter().filter(|report| report.blocked()).count();
    let names: Vec<_> = reports
        .iter()
        .filter(|report| report.blocked())
        .map(Report::id)
        .collect();
    let why = format!("nezveřejněno pro nálezy: {}", names.join(", "));
    if blocked == 0 {
        Ok(())
    } else if blocked == reports.len() {
        Err(Refused(why).into())
    } else {
        Err(InPart(why).into())
    }
}

/// Sorts out datasets with an attached table, which has no state that stays: between the checks and the files somebody
/// may change it. Who names one is refused; of all, they are left out.
fn without_attached(
    datasets: Vec<Dataset>,
    layers: &LayerSet,
    args: &PublishArgs,
) -> anyhow::Result<Vec<Dataset>> {
    let is_attached = |dataset: &Dataset| {
        let mut known = dataset.layers.iter().filter_map(|id| layers.get(id));
        known.any(|layer| layer.source.is_some())
    };
    let (attached, kept): (Vec<_>, Vec<_>) = datasets.into_iter().partition(is_attached);
    let names: Vec<_> = attached.iter().map(|dataset| dataset.id.as_str()).collect();
    let why = format!(
        "cizí tabulka se může změnit mezi kontrolou a zápisem souborů, proto se nezveřejňuje: {}; \
         data nejdřív převezměte do vlastní vrstvy (`obzor import`)",
        names.join(", ")
    );
    if names.is_empty() {
        Ok(kept)
    } else if args.all {
        tracing::warn!("{why}");
        Ok(kept)
    } else {
        Err(Refused(why).into())
    }
}

/// One run of the command.
struct Publication<'a> {
    instance: &'a Instance,
    store: &'a dyn Store,
    publisher: &'a Publisher<'a>,
    /// The revision that all files of the run show.
    at: Revision,
    dry_run: bool,
}

impl Publication<'_> {
    fn publish(&self, dataset: Dataset) -> anyhow::Result<Report> {
        let view = PublicView::new(&dataset, self.store.layers(), self.at);
        let count = view.count(self.store)?;
        let bar = progress(count, &format!("kontroluji {}", dataset.id))?;
        let inspection = inspect(&dataset, &view, self.store, &mut || bar.inc(1))?;
        bar.finish_and_clear();
        let outcome = if inspection.findings.block() {
            Outcome::Blocked
        } else if self.dry_run {
            Outcome::Passed
        } else {
            let bar = progress(count, &format!("zapisuji {}", dataset.id))?;
            self.release(&dataset, &view, &inspection, &bar)
                .with_context(|| format!("datovou sadu {} nelze vydat", dataset.id))?
        };
        Ok(Report {
            dataset,
            at: self.at,
            inspection,
            outcome,
        })
    }

    /// Writes the files aside, puts them in their place and, last, the record that makes them public.
    fn release(
        &self,
        dataset: &Dataset,
        view: &PublicView,
        inspection: &Inspection,
        bar: &ProgressBar,
    ) -> anyhow::Result<Outcome> {
        let now = DateTime::<Utc>::from(std::time::SystemTime::now());
        let published_at = now.trunc_subsecs(0);
        let staged = self.publisher.stage(&dataset.id)?;
        let mut written = || bar.inc(1);
        let files = write_files(
            &staged,
            &dataset.id,
            view,
            self.store,
            published_at,
            &mut written,
        )?;
        bar.finish_and_clear();
        let views = dataset.layers.iter();
        let views = views.filter_map(|id| Audience::PUBLIC.view(self.store.layers().get(id)?));
        let views: Vec<_> = views.collect();
        let last = Entry::of(self.store, &dataset.id)?.and_then(|entry| entry.release);
        let release = Release {
            dataset: dataset.clone(),
            number: last.as_ref().map_or(1, |last| last.number + 1),
            revision: last_visible_revision(self.store, &views, self.at)?.0,
            published_at,
            files,
            features: inspection.features.clone(),
            checks: inspection.findings.results(),
            withdrawn_at: None,
        };
        if let Some(last) = last.filter(|last| last.shows_the_same(&release)) {
            return Ok(Outcome::Unchanged(last.number));
        }
        finish_files(&staged, &release, &inspection.findings)?;
        self.publisher.put(&staged, &release)?;
        audit::record_command(self.instance, self.store, publication_event(&release))?;
        self.store.write(&[release.to_change()])?;
        Ok(Outcome::Published(Box::new(release)))
    }
}

fn publication_event(release: &Release) -> AuditEvent {
    AuditEvent {
        dataset: Some(release.dataset.id.clone()),
        municipality: Some(release.dataset.municipality_code),
        subject: Some(format!("release {}", release.number)),
        ..audit::command_event(AuditAct::Publish)
    }
}

fn progress(count: u64, act: &str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{spinner} {msg} {pos}/{len} {bar:40} {elapsed}")
        .context("the progress bar's template is wrong")?;
    Ok(ProgressBar::new(count)
        .with_style(style)
        .with_message(act.to_owned()))
}
