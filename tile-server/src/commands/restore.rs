//! `obzor restore`: an instance as it was when it was backed up, in an empty folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use layers::Store;
use layers::audit::{ALL_LAYERS, AuditAct, AuditEvent};
use serde_json::json;

use super::{InstanceArgs, Refused, print};
use crate::audit;
use crate::backup::{Manifest, prepare_folder, unpack, verify};
use crate::instance::{ATTACHMENTS, Instance};
use crate::redaction::{Evidence, apply_again};

/// What may be typed after `obzor restore`.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    /// The folder that becomes the instance: not there yet, or empty.
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    instance: Option<PathBuf>,
    /// The folder with the list of what was erased since, which is erased again; without it, the one that the backup
    /// names.
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    evidence: Option<PathBuf>,
    /// Only check the backup, and write nothing.
    #[arg(long, conflicts_with = "instance")]
    check: bool,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Checks the whole backup before anything is written, and everything written before it says that it is done.
pub fn run(args: &RestoreArgs) -> anyhow::Result<()> {
    let file = args.file.display();
    let manifest = match verify(&args.file).with_context(|| format!("cannot read {file}"))? {
        Ok(manifest) => manifest,
        Err(problems) => bail!(
            "{file} is damaged, or no backup:\n  {}",
            problems.join("\n  ")
        ),
    };
    if let Some(folder) = &args.instance {
        let is_ours = prepare_folder(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        if !is_ours {
            let why = format!("{} holds something; choose a new folder", folder.display());
            return Err(Refused(why).into());
        }
        unpack(&args.file, &manifest, folder)?;
        check_store(args, folder, &manifest)?;
    }
    report(args, &manifest)
}

/// Opens the restored store: it must be at the revision that the manifest says.
fn check_store(args: &RestoreArgs, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let instance = Instance::of(&InstanceArgs {
        instance: folder.to_owned(),
        store: None,
    });
    let store = instance.open_store()?;
    let head = store.head()?.0;
    if head != manifest.revision {
        bail!(
            "the restored store is at revision {head}, the manifest says {}",
            manifest.revision
        );
    }
    let event = AuditEvent {
        layer: Some(ALL_LAYERS.to_owned()),
        subject: Some(format!("backup of {}", manifest.made_at)),
        ..audit::command_event(AuditAct::Restore)
    };
    audit::record_command(&instance, &*store, event)?;
    if let Some(named) = instance.config()?.attachments.folder {
        tracing::warn!(
            "the attachments were restored into {}; obzor.toml looks for them in {}",
            folder.join(ATTACHMENTS).display(),
            named.display()
        );
    }
    erase_again(args, &instance, &*store, manifest)
}

/// Erases what was erased since the backup was made.
fn erase_again(
    args: &RestoreArgs,
    instance: &Instance,
    store: &dyn Store,
    manifest: &Manifest,
) -> anyhow::Result<()> {
    let named = manifest.evidence.as_ref().map(PathBuf::from);
    let folder = args
        .evidence
        .clone()
        .or(named.filter(|folder| folder.is_dir()));
    let Some(folder) = folder else {
        tracing::warn!(
            "no list of erasures is known; if something was erased since the backup, name its folder by --evidence"
        );
        return Ok(());
    };
    let own = instance.evidence()?;
    Evidence::at(&own).take_over(&folder)?;
    let actor = audit::command_event(AuditAct::Redact).actor;
    let count = apply_again(instance, store, &own, &actor)?;
    tracing::info!("{count} erasures were done again");
    Ok(())
}

fn report(args: &RestoreArgs, manifest: &Manifest) -> anyhow::Result<()> {
    let (file, files) = (args.file.display(), manifest.files.len());
    let (revision, made_at) = (manifest.revision, &manifest.made_at);
    if args.json {
        let told = json!({
            "file": args.file, "instance": args.instance, "revision": revision, "made_at": made_at, "files": files
        });
        return print(&format!("{told:#}"));
    }
    print(&match &args.instance {
        None => {
            format!("Záloha {file} je v pořádku: revize {revision}, {made_at}, {files} souborů.")
        }
        Some(folder) => format!(
            "Obnoveno do {0}: revize {revision}, {made_at}, {files} souborů; dál: obzor serve --instance {0}",
            folder.display()
        ),
    })
}
