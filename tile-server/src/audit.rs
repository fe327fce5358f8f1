//! The audit log as the program writes it: which chain is this machine's, and once a day an anchor of all chains.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::Context;
use chrono::{DateTime, Utc};
use layers::audit::{AuditAct, AuditEvent, AuditQuery, AuditStore, ChainEnd};
use layers::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::city::City;
use crate::instance::Instance;

mod actor;

pub(crate) use self::actor::Actor;

/// The file of anchors, in the folder of what is kept apart from the store.
const ANCHORS: &str = "anchors.jsonl";
/// Where Linux says what the machine is called.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";
/// How many bytes of an instant are its day.
const DAY: usize = 10;

/// The ends of all chains on one day, as a line of the file that is kept apart from the store.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct AnchorLine {
    pub(crate) at: String,
    pub(crate) ends: Vec<ChainEnd>,
}

/// Writes to the audit log of a store.
pub(crate) struct AuditLog {
    chain: String,
    /// Where anchors are kept apart from the store; none without an instance.
    anchors: Option<PathBuf>,
    /// The last day on which an anchor was written, as far as this program knows.
    anchored_on: Mutex<String>,
    /// How many events this program added.
    written: AtomicU64,
}

impl AuditLog {
    /// Makes the log of an instance, whose chain has the name of this machine.
    pub(crate) fn of(instance: &Instance) -> anyhow::Result<Self> {
        Ok(Self {
            anchors: Some(anchors_file(&instance.evidence()?)),
            ..Self::without_anchors()
        })
    }

    /// Makes the log of a store without an instance.
    pub(crate) fn without_anchors() -> Self {
        let host = std::fs::read_to_string(HOST_NAME).unwrap_or_default();
        let host = host.trim();
        Self {
            chain: if host.is_empty() { "obzor" } else { host }.to_owned(),
            anchors: None,
            anchored_on: Mutex::default(),
            written: AtomicU64::default(),
        }
    }

    /// Adds events, or says why not; the first ones of a day are followed by an anchor.
    pub(crate) fn record(
        &self,
        store: &(impl AuditStore + ?Sized),
        events: &[AuditEvent],
    ) -> Result<(), StoreError> {
        store.append_audit(&self.chain, events)?;
        self.written
            .fetch_add(events.len() as u64, Ordering::Relaxed);
        let Some(today) = events.last().map(|event| event.at[..DAY].to_owned()) else {
            return Ok(());
        };
        let mut day = self
            .anchored_on
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *day != today {
            if last_anchor(store)? != today {
                self.anchor(store)?;
            }
            *day = today;
        }
        Ok(())
    }

    /// Returns how many events this program added, anchors aside.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Notes the ends of all chains, in the log and apart from it, and returns them.
    pub(crate) fn anchor(
        &self,
        store: &(impl AuditStore + ?Sized),
    ) -> Result<Vec<ChainEnd>, StoreError> {
        let ends = store.audit_ends()?;
        let anchor = AuditEvent {
            ends: ends.clone(),
            ..AuditEvent::new(now(), &self.chain, AuditAct::Anchor)
        };
        let line = AnchorLine {
            at: anchor.at.clone(),
            ends: ends.clone(),
        };
        store.append_audit(&self.chain, &[anchor])?;
        let kept = self.anchors.as_ref().map(|file| append_line(file, &line));
        if let Some(Err(error)) = kept {
            tracing::error!("the anchor of the audit log is not kept apart: {error}");
        }
        Ok(ends)
    }
}

/// Returns the day of the newest anchor; empty without one.
fn last_anchor(store: &(impl AuditStore + ?Sized)) -> Result<String, StoreError> {
    let query = AuditQuery {
        act: Some(AuditAct::Anchor),
        limit: Some(1),
        ..AuditQuery::default()
    };
    let newest = store.search_audit(&query)?.into_iter().next();
    let newest = newest.and_then(|row| row.event());
    Ok(newest.map_or_else(String::new, |event| event.at[..DAY].to_owned()))
}

/// Returns where the anchors are kept.
pub(crate) fn anchors_file(evidence: &Path) -> PathBuf {
    evidence.join(ANCHORS)
}

/// Adds a line to a file that only its owner may read, safe from a power cut.
pub(crate) fn append_line(path: &Path, line: &impl Serialize) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    let mut options = OpenOptions::new();
    let mut file = options.append(true).create(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

impl City {
    /// Writes down what was done; whoever cannot write it down must not do it.
    pub(crate) fn record(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.record_all(&[event])
    }

    /// Writes down several things that were done together, likewise.
    pub(crate) fn record_all(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        match events {
            [] => Ok(()),
            events => self.audit.record(&*self.store, events),
        }
    }
}

/// Writes down what a command does, in the store of an instance; whoever cannot write it down must not do it.
pub(crate) fn record_command(
    instance: &Instance,
    store: &dyn Store,
    event: AuditEvent,
) -> anyhow::Result<()> {
    let log = AuditLog::of(instance)?;
    log.record(store, &[event])
        .context("nelze zapsat do auditní stopy")
}

/// Makes an event of this moment, of whoever works on the command line.
pub(crate) fn command_event(act: AuditAct) -> AuditEvent {
    Actor::at_command_line().event(act)
}
