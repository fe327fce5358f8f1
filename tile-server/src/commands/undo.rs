//! `obzor undo`: takes back what a revision did, as a new revision, and keeps what others did beside it.

use std::fmt::Write;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use clap::Args;
use layers::audit::{AuditAct, AuditEvent};
use layers::merge::{Asked, OperationId, Outcome};
use layers::undo::{Obstacle, Undo, UndoError, UndoPlan, Undone, plan_undo, undo_revision};
use layers::{Municipalities, Rejections, Revision, Store, StoreError};
use uuid::Uuid;

use super::{InstanceArgs, Refused, print};
use crate::audit::{self, Actor};
use crate::conflicts::decided_by;
use crate::instance::Instance;

/// What may be typed after `obzor undo`.
#[derive(Args, Debug)]
pub struct UndoArgs {
    /// The number of the revision.
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    revision: i64,
    #[command(flatten)]
    instance: InstanceArgs,
    /// Why; stands in the history.
    #[arg(long)]
    reason: Option<String>,
    /// Who answers for the change; stands in the history.
    #[arg(long, env = "USER")]
    author: String,
    /// Refuses when a feature was changed since, in place of keeping what others did and opening conflicts.
    #[arg(long)]
    strict: bool,
    /// Says what would be done, and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Undoes the revision and says what came back, what was merged and what waits for a person.
pub fn run(args: &UndoArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let store = instance.open_store()?;
    let revision = Revision(args.revision);
    let default_reason = || format!("vrácení revize {}", revision.0);
    let undo = Undo {
        revision,
        author: args.author.clone(),
        reason: args.reason.clone().unwrap_or_else(default_reason),
        at: DateTime::<Utc>::from(SystemTime::now()),
        municipalities: Municipalities::All,
        strict: args.strict,
    };
    if args.dry_run {
        let plan = plan_undo(&*store, &undo, &everything, &new_id).map_err(refusal)?;
        return print(&planned(revision, &plan));
    }
    let undone = undo_revision(&*store, &undo, &everything, &new_id).map_err(refusal)?;
    if undone.is_nothing() {
        return print(&format!("revize {} nic nezměnila", revision.0));
    }
    let event = AuditEvent {
        subject: Some(format!("revision {}", revision.0)),
        rows: Some(undone.features() as u64),
        ..Actor::author(&args.author).event(AuditAct::Undo)
    };
    audit::record_command(&instance, &*store, event)?;
    print(&said(&*store, revision, &undone)?)
}

/// Who is at the command line may do everything.
fn everything(_: &Asked<'_>) -> bool {
    true
}

fn new_id() -> OperationId {
    Uuid::now_v7().into()
}

fn planned(revision: Revision, plan: &UndoPlan) -> String {
    if plan.is_empty() {
        return format!("revize {} nic nezměnila", revision.0);
    }
    let outcomes = plan.merged.outcomes.iter().map(|(_, outcome)| outcome);
    format!(
        "nanečisto: přesně jako předtím by byly prvky: {}, sloučit s pozdějšími změnami: {}, konflikty: {}, nic se \
         nezapsalo",
        plan.exact.len(),
        outcomes.count(),
        plan.merged.conflicts.len(),
    )
}

/// Says what was done, and what was left for a person.
fn said(store: &dyn Store, revision: Revision, undone: &Undone) -> anyhow::Result<String> {
    let mut text = format!(
        "revize {} je vrácena: prvků zpět: {}, nová revize {}",
        revision.0,
        undone.features(),
        undone.revision.0
    );
    if !undone.merged.is_empty() {
        write!(
            text,
            "\n  z toho sloučeno s tím, co od té doby změnili jiní: {}",
            undone.merged.len()
        )?;
    }
    for conflict in &undone.conflicts {
        let (layer, id, part) = (&conflict.layer, conflict.feature, conflict.part.key());
        write!(text, "\n  konflikt k rozhodnutí: {layer} {id} {part}")?;
    }
    for (_, outcome) in &undone.merged {
        if let Outcome::Rejected(findings) = outcome {
            let findings: Vec<_> = findings.iter().map(|one| one.problem.text().cs).collect();
            write!(text, "\n  nevráceno: {}", findings.join(", "))?;
        }
    }
    if let Some(decided) = decided_by(store, revision)? {
        write!(
            text,
            "\n  revize {} rozhodla konflikt {decided}; ten zůstává rozhodnutý, znovu ho otevřete mezi konflikty",
            revision.0
        )?;
    }
    Ok(text)
}

fn refusal(error: UndoError) -> anyhow::Error {
    let nothing = "revizi nelze vrátit, nic se nezapsalo:";
    match error {
        UndoError::NoSuchRevision(revision) => {
            Refused(format!("revize {} tu není", revision.0)).into()
        }
        UndoError::InTheWay(obstacles) => {
            let lines: Vec<_> = obstacles.iter().map(say).collect();
            Refused(format!("{nothing}\n  {}", lines.join("\n  "))).into()
        }
        UndoError::Store(StoreError::Rejected(rejections)) => {
            Refused(format!("{nothing}{}", why(&rejections))).into()
        }
        UndoError::Store(StoreError::BeforeHistory { layer, at, .. }) => Refused(format!(
            "{nothing} historie vrstvy {layer} začíná {}, starší změny se vrátit nedají",
            at.format("%-d. %-m. %Y %H:%M UTC")
        ))
        .into(),
        error => anyhow::Error::new(error).context("revizi se nepodařilo vrátit"),
    }
}

fn why(rejections: &Rejections) -> String {
    let lines = rejections.listed.iter().map(|rejection| {
        let findings = rejection.findings.iter();
        let findings: Vec<_> = findings.map(|finding| finding.problem.text().cs).collect();
        let (layer, id) = (&rejection.layer, rejection.id);
        format!("\n  {layer} {id}: {}", findings.join(", "))
    });
    lines.collect()
}

fn say(
    Obstacle {
        layer,
        id,
        changed_by,
    }: &Obstacle,
) -> String {
    match changed_by {
        Some(revision) => format!("{layer} {id}: od té doby ho změnila revize {}", revision.0),
        None => format!("{layer} {id}: předtím neměl geometrii, a tu vzít nelze"),
    }
}
