//! Erasure in a whole instance: its store, the files of its releases, and every other file that may hold what people typed.

mod attachments;
mod evidence;
mod files;
mod places;

use std::path::Path;

use anyhow::{Context, bail};
use catalog::Release;
use layers::audit::{AuditAct, AuditEvent};
use layers::store::{Erased, Redaction, RedactionTarget, Redactor};
use layers::{RecordChange, RecordKind, Store};

use crate::attachments::ContentHash;
use crate::audit::{self, Actor};
use crate::commands::Refused;
use crate::draft_spool::{BACKUP, DraftSpool, PACKAGE};
use crate::instance::Instance;
use crate::spool::ImportSpool;
use crate::work_folder::remove;

pub(crate) use self::attachments::{erase_attachments, hashes};
pub(crate) use self::evidence::{Erasure, Evidence};
use self::files::Found;

/// Shorter texts of a field are not looked for in files: they stand everywhere.
const SHORTEST: usize = 6;

/// What is erased, by whom and why.
pub(crate) struct Order<'a> {
    pub(crate) target: &'a RedactionTarget,
    pub(crate) redactor: &'a Redactor,
    pub(crate) author: &'a str,
    pub(crate) reason: &'a str,
}

/// What was found, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) erased: Erased,
    /// Files that went, or would go.
    pub(crate) files: Vec<String>,
    /// Releases that were taken back, or would be.
    pub(crate) releases: Vec<String>,
    /// Files that only a person can change.
    pub(crate) by_hand: Vec<String>,
    /// Files that hang on features and went, or would go.
    pub(crate) attachments: Vec<ContentHash>,
    /// What the administrator of the database has to do.
    pub(crate) left: Vec<String>,
}

impl Report {
    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.erased.rows.is_empty()
            && self.files.is_empty()
            && self.releases.is_empty()
            && self.by_hand.is_empty()
            && self.attachments.is_empty()
    }
}

impl Order<'_> {
    /// Says what would be erased; changes nothing.
    pub(crate) fn look(&self, instance: &Instance, store: &dyn Store) -> anyhow::Result<Report> {
        let erased = self.in_store(store, true)?;
        let found = self.in_files(instance, store, &erased)?;
        Ok(Report {
            erased,
            files: found.files,
            releases: found.releases,
            by_hand: found.by_hand,
            attachments: found.attachments,
            left: Vec::new(),
        })
    }

    /// Erases, and looks again: what is still there is an error.
    pub(crate) fn carry_out(
        &self,
        instance: &Instance,
        store: &dyn Store,
    ) -> anyhow::Result<Report> {
        empty_work_folders(instance, store)?;
        let before = self.look(instance, store)?;
        if !before.by_hand.is_empty() {
            return Err(Refused(format!(
                "hodnota stojí v souborech, které upraví jen člověk: {}; opravte je a spusťte výmaz znovu",
                before.by_hand.join(", ")
            ))
            .into());
        }
        let erased = self.in_store(store, false)?;
        for key in &before.releases {
            withdraw(instance, store, key)?;
        }
        for file in &before.files {
            let path = instance.path(file);
            std::fs::remove_file(&path)
                .with_context(|| format!("soubor {} nelze smazat", path.display()))?;
        }
        if !before.attachments.is_empty() {
            let by = self.author;
            attachments::erase_all(instance, store, &before.attachments, by)?;
        }
        audit::record_command(instance, store, self.event(&before))?;
        let left = store
            .scrub(&erased)
            .context("úložiště nelze zapsat znovu; spusťte `obzor redact --again`")?;
        let report = Report {
            erased,
            left,
            ..before
        };
        self.look_again(instance, store)?;
        Ok(report)
    }

    fn look_again(&self, instance: &Instance, store: &dyn Store) -> anyhow::Result<()> {
        let after = self.look(instance, store)?;
        if !after.is_empty() {
            bail!("hodnota se mezitím někde objevila znovu; spusťte výmaz ještě jednou");
        }
        Ok(())
    }

    fn in_store(&self, store: &dyn Store, dry_run: bool) -> anyhow::Result<Erased> {
        let redaction = Redaction {
            target: self.target,
            redactor: self.redactor,
            author: self.author,
            reason: self.reason,
            at: std::time::SystemTime::now().into(),
            dry_run,
        };
        store.redact(&redaction).context("v úložišti nelze mazat")
    }

    /// Looks for what is erased in the files; of a field, for the longer texts that it held.
    fn in_files(
        &self,
        instance: &Instance,
        store: &dyn Store,
        erased: &Erased,
    ) -> anyhow::Result<Found> {
        let long = erased.texts.iter().map(String::as_str);
        let long = long.filter(|text| text.chars().count() >= SHORTEST);
        let texts = self.redactor.for_values(long);
        let redactor = match self.target {
            RedactionTarget::Value => self.redactor,
            RedactionTarget::Field { .. } => &texts,
        };
        let records = store.records(RecordKind::Release)?;
        let keys: Vec<_> = records.into_iter().map(|record| record.key).collect();
        files::find(instance, redactor, &keys)
    }

    fn event(&self, report: &Report) -> AuditEvent {
        let rows = report.erased.rows.iter().map(|(_, rows)| rows).sum();
        let mut event = AuditEvent {
            rows: Some(rows),
            ..Actor::author(self.author).event(AuditAct::Redact)
        };
        if let RedactionTarget::Field { layer, id, field } = self.target {
            event.layer = Some(layer.to_string());
            event.subject = Some(id.to_string());
            event.filter = Some(field.clone());
        }
        event
    }
}

/// Takes the working folders of imports, packages, backups and publications, which empties them.
fn empty_work_folders(instance: &Instance, store: &dyn Store) -> anyhow::Result<()> {
    const RUNNING: &str = "právě běží import, zveřejnění, záloha nebo balíček; zkuste to za chvíli";
    let spool = instance.spool();
    let mut is_free = ImportSpool::take(&spool)?.is_some();
    for kind in [PACKAGE, BACKUP] {
        is_free &= DraftSpool::take(&spool, kind)?.is_some();
    }
    is_free &= instance.public_files().take(store)?.is_some();
    if is_free {
        Ok(())
    } else {
        Err(Refused(RUNNING.to_owned()).into())
    }
}

/// Takes a release back: its record stays and says so, its files go.
fn withdraw(instance: &Instance, store: &dyn Store, key: &str) -> anyhow::Result<()> {
    let record = store.record(RecordKind::Release, key)?;
    let record = record.with_context(|| format!("vydání {key} už není"))?;
    let mut release = Release::from_record(&record)?;
    release.withdraw(std::time::SystemTime::now().into());
    store.write(&[RecordChange::Put {
        kind: RecordKind::Release,
        key: key.to_owned(),
        expected: record.version,
        body: serde_json::to_value(&release)?,
    }])?;
    remove(&instance.path(RELEASES).join(key))?;
    let event = AuditEvent {
        dataset: Some(release.dataset.id.clone()),
        municipality: Some(release.dataset.municipality_code),
        subject: Some(format!("release {}", release.number)),
        ..audit::command_event(AuditAct::Withdraw)
    };
    audit::record_command(instance, store, event)
}

/// Where the files of releases lie in an instance.
const RELEASES: &str = "public/releases";

/// Applies the list of erasures to a store that was restored, and returns how many there were.
pub(crate) fn apply_again(
    instance: &Instance,
    store: &dyn Store,
    evidence: &Path,
    author: &str,
) -> anyhow::Result<usize> {
    let evidence = Evidence::at(evidence);
    let erasures = evidence.erasures()?;
    for erasure in &erasures {
        if !erasure.attachments.is_empty() {
            erase_attachments(instance, store, &erasure.attachments, author)?;
            continue;
        }
        let redactor = Redactor::new(&evidence.key()?, erasure.needles.clone());
        let order = Order {
            target: &erasure.target()?,
            redactor: &redactor,
            author,
            reason: &format!("výmaz z {} po obnově", erasure.at),
        };
        order.carry_out(instance, store)?;
    }
    Ok(erasures.len())
}
