//! `obzor undo`: puts every feature that a revision touched back as it was before, as a new revision.

use std::fmt::Write;
use std::time::SystemTime;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use layers::audit::{AuditAct, AuditEvent};
use layers::{ChangeSet, Municipalities, Obstacle, Revision, StoreError, UndoError, plan_undo};

use super::{InstanceArgs, Refused, print};
use crate::audit::{self, Actor};
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
}

/// Undoes the revision, or refuses and lists every feature that stands in the way.
pub fn run(args: &UndoArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let store = instance.open_store()?;
    let revision = Revision(args.revision);
    let changes = plan_undo(&*store, revision).map_err(refusal)?;
    let count = changes.len();
    if count == 0 {
        return print(&format!("revize {} nic nezměnila", revision.0));
    }
    let default_reason = || format!("vrácení revize {}", revision.0);
    let applied = store.apply(ChangeSet {
        author: args.author.clone(),
        reason: args.reason.clone().unwrap_or_else(default_reason),
        at: DateTime::<Utc>::from(SystemTime::now()),
        municipalities: Municipalities::All,
        changes: Box::new(changes.into_iter()),
    });
    match applied {
        Ok(applied) => {
            let event = AuditEvent {
                subject: Some(format!("revision {}", revision.0)),
                rows: Some(count as u64),
                ..Actor::author(&args.author).event(AuditAct::Undo)
            };
            audit::record_command(&instance, &*store, event)?;
            print(&format!(
                "revize {} je vrácena: prvků zpět: {count}, nová revize {}",
                revision.0, applied.revision.0
            ))
        }
        Err(StoreError::Rejected(rejections)) => {
            let mut text = "revizi nelze vrátit, nic se nezapsalo:".to_owned();
            for rejection in &rejections.listed {
                let findings: Vec<_> = rejection
                    .findings
                    .iter()
                    .map(|finding| finding.problem.text().cs)
                    .collect();
                write!(
                    text,
                    "\n  {} {}: {}",
                    rejection.layer,
                    rejection.id,
                    findings.join(", ")
                )?;
            }
            Err(Refused(text).into())
        }
        Err(error) => Err(error).context("revizi se nepodařilo vrátit"),
    }
}

fn refusal(error: UndoError) -> anyhow::Error {
    match error {
        UndoError::NoSuchRevision(revision) => {
            Refused(format!("revize {} tu není", revision.0)).into()
        }
        UndoError::InTheWay(obstacles) => {
            let lines: Vec<_> = obstacles.iter().map(say).collect();
            Refused(format!(
                "revizi nelze vrátit, nic se nezapsalo:\n  {}",
                lines.join("\n  ")
            ))
            .into()
        }
        UndoError::Store(error) => error.into(),
    }
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
