//! `obzor backup`: the whole instance in one file, while it is served and edited.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use layers::audit::{ALL_LAYERS, AuditAct, AuditEvent};
use serde_json::json;

use super::{InstanceArgs, Refused, print};
use crate::audit;
use crate::backup::{Contents, verify, write};
use crate::draft_spool::{BACKUP, DraftSpool};
use crate::instance::Instance;

/// What may be typed after `obzor backup`.
#[derive(Args, Debug)]
pub struct BackupArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// Where the backup is to be; a file that is there already is not replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Writes the backup beside its place, checks it, and puts it there when it is whole.
pub fn run(args: &BackupArgs) -> anyhow::Result<()> {
    let out = &args.out;
    if out.exists() {
        return Err(Refused(format!("{} is there already", out.display())).into());
    }
    let instance = Instance::of(&args.instance);
    let spool = DraftSpool::take(&instance.spool(), BACKUP)
        .context("cannot prepare the working folder of backups")?
        .ok_or_else(|| Refused("another backup is being made".to_owned()))?;
    let saved = instance.save_store(&spool.folder())?;
    let draft = spool
        .begin(out)
        .map_err(|error| cannot_write(out, &error))?;
    // The records hold more than the public may know.
    draft
        .file()
        .set_permissions(Permissions::from_mode(0o600))?;
    let contents = Contents {
        made_at: DateTime::<Utc>::from(SystemTime::now())
            .to_rfc3339_opts(SecondsFormat::Secs, true),
        evidence: std::path::absolute(instance.evidence()?)?
            .to_str()
            .map(str::to_owned),
        revision: saved.revision.0,
        files: instance.files_to_keep(&saved)?,
    };
    let manifest = write(draft.file(), contents)?;
    if let Err(problems) = verify(draft.path()).context("cannot read the backup again")? {
        bail!(
            "the backup is not as it was written:\n  {}",
            problems.join("\n  ")
        );
    }
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let event = AuditEvent {
        layer: Some(ALL_LAYERS.to_owned()),
        subject: Some(format!("revision {}", manifest.revision)),
        bytes: Some(bytes),
        ..audit::command_event(AuditAct::Backup)
    };
    audit::record_command(&instance, &*instance.open_store()?, event)?;
    draft.publish().map_err(|error| cannot_write(out, &error))?;
    let files = manifest.files.len();
    print(&if args.json {
        let told =
            json!({ "file": out, "revision": manifest.revision, "files": files, "bytes": bytes });
        format!("{told:#}")
    } else {
        format!(
            "Záloha {}: revize {}, {files} souborů, {:.1} MB; přečtena znovu a souhlasí.",
            out.display(),
            manifest.revision,
            bytes as f64 / 1e6
        )
    })
}

fn cannot_write(out: &Path, error: &std::io::Error) -> anyhow::Error {
    Refused(format!("cannot write {}: {error}", out.display())).into()
}
