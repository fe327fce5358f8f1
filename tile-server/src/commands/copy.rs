//! `obzor copy`: moves a whole city from one store into another and compares the two.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use layers::audit::{ALL_LAYERS, AuditAct, AuditEvent};
use layers::{
    CopyError, HistoryEntry, LayerSet, Revision, Snapshot, Store, StoreError, StoreFingerprint,
    copied_so_far, fingerprint,
};

use self::place::StorePlace;
use self::report::Report;
use super::{Refused, print};
use crate::audit::{self, AuditLog};

mod files;
mod place;
mod report;

/// What may be typed after `obzor copy`.
#[derive(Args, Debug)]
pub struct CopyArgs {
    /// Where from: an instance folder, a GeoPackage, or `postgres://…`.
    #[arg(long, value_name = "STORE")]
    from: StorePlace,
    /// Where to, likewise: empty, or what an earlier copy was to fill; a folder or a GeoPackage that is not there is
    /// made.
    #[arg(long, value_name = "STORE")]
    to: StorePlace,
    /// The instance folder whose layer definitions are in force, when neither store is one.
    #[arg(long, value_name = "DIR", env = "OBZOR_INSTANCE")]
    instance: Option<PathBuf>,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Copies what the target lacks of the source as it stands now; fails when they are not equal then.
pub fn run(args: &CopyArgs) -> anyhow::Result<()> {
    let all = place::layers(&args.from, &args.to, args.instance.as_ref())?;
    // A table of other software stays where it is.
    let attached = all.attached().map(|layer| layer.id.clone()).collect();
    let layers = Arc::new(all.without_attached());
    let source = args.from.open(&layers).context("the source")?;
    let target = args.to.open_or_create(&layers).context("the target")?;
    AuditLog::without_anchors()
        .record(&*source, &[everything(AuditAct::Copy)])
        .context("the source must take a note of the copy")?;
    let mut snapshot = source.snapshot().context("the source")?;
    let moved = take_over(&mut *snapshot, &*target)?;
    take_over_audit(&*source, &*target).context("the audit log")?;
    let (from, to) = compare(&layers, snapshot, &*target)?;
    let attachments = files::take_over(&args.from, &args.to, &*target)?;
    let report = Report {
        attachments,
        moved,
        from,
        to,
        source_head: source.head()?,
        attached,
    };
    print(&if args.json {
        format!("{:#}", report.json())
    } else {
        report.text()
    })?;
    match report.differences().as_slice() {
        [] => Ok(()),
        differences => anyhow::bail!("the copy differs: {}", differences.join(", ")),
    }
}

/// Makes an event that concerns all layers.
fn everything(act: AuditAct) -> AuditEvent {
    AuditEvent {
        layer: Some(ALL_LAYERS.to_owned()),
        ..audit::command_event(act)
    }
}

/// Takes the audit log over; a target that has one of its own under the same names keeps it.
fn take_over_audit(source: &dyn Store, target: &dyn Store) -> Result<(), StoreError> {
    let mut after: Option<(String, i64)> = None;
    loop {
        let place = after.as_ref().map(|(chain, seq)| (chain.as_str(), *seq));
        let rows = source.audit_rows(place, 10_000)?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some((last.chain.clone(), last.seq));
        match target.take_over_audit(&rows) {
            Err(StoreError::Unusable(why)) => {
                tracing::warn!("the audit log was not copied: {why}");
                return Ok(());
            }
            taken => taken?,
        }
    }
}

/// What one run has moved.
struct Moved {
    /// The revision from which on it had something to do.
    since: Revision,
    versions: u64,
    time: Duration,
}

fn take_over(source: &mut dyn Snapshot, target: &dyn Store) -> anyhow::Result<Moved> {
    let since = {
        let mut so_far = target.snapshot().context("the target")?;
        copied_so_far(source, &mut *so_far).map_err(refusal)?
    };
    let start = Instant::now();
    // Records first: a server that is started too early must not take releases for what nobody knows of.
    target
        .take_over_records(&source.records()?)
        .context("the target did not take the records")?;
    let versions = source.count_versions(since)?;
    let bar = ProgressBar::new(versions).with_style(
        ProgressStyle::with_template("{spinner} {pos}/{len} versions {bar:40} {per_sec} {elapsed}")
            .context("the progress bar's template is wrong")?,
    );
    let count = |entry: &Result<HistoryEntry, StoreError>| {
        if let Ok(HistoryEntry::Version(_)) = entry {
            bar.inc(1);
        }
    };
    let history = source.history(since).context("the source")?;
    target
        .take_over(Box::new(history.inspect(count)))
        .context("the copy is not complete; run it again to go on")?;
    bar.finish_and_clear();
    for (layer, start) in source.history_starts().context("the source")? {
        target
            .prune(&layer, start)
            .context("the target did not take over where history begins")?;
    }
    target
        .take_over_ledger(source.ledger().context("the source")?)
        .context("the target did not take what is kept of operations")?;
    Ok(Moved {
        since,
        versions,
        time: start.elapsed(),
    })
}

fn refusal(error: CopyError) -> anyhow::Error {
    match error {
        CopyError::NotACopy(_) => Refused(error.to_string()).into(),
        CopyError::Store(error) => error.into(),
    }
}

/// Reads both stores to their ends, at the same time.
fn compare(
    layers: &LayerSet,
    mut source: Box<dyn Snapshot + Send + '_>,
    target: &dyn Store,
) -> anyhow::Result<(StoreFingerprint, StoreFingerprint)> {
    let mut snapshot = target.snapshot().context("the target")?;
    let bar = ProgressBar::new_spinner().with_message("comparing");
    bar.enable_steady_tick(Duration::from_millis(100));
    let (from, to) = std::thread::scope(|scope| {
        let from = scope.spawn(|| fingerprint(layers, &mut *source));
        let to = fingerprint(layers, &mut *snapshot);
        (from.join().expect("reading panics nowhere"), to)
    });
    bar.finish_and_clear();
    Ok((from.context("the source")?, to.context("the target")?))
}
