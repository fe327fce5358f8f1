//! `obzor restore`: an instance as it was when it was backed up, in an empty folder.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::{InstanceArgs, Refused, print};
use crate::backup::{Manifest, prepare_folder, unpack, verify};
use crate::instance::Instance;

/// What may be typed after `obzor restore`.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    /// The folder that becomes the instance: not there yet, or empty.
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    instance: Option<PathBuf>,
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
        check_store(folder, &manifest)?;
    }
    report(args, &manifest)
}

/// Opens the restored store: it must be at the revision that the manifest says.
fn check_store(folder: &std::path::Path, manifest: &Manifest) -> anyhow::Result<()> {
    let instance = Instance::of(&InstanceArgs {
        instance: folder.to_owned(),
        store: None,
    });
    let head = instance.open_store()?.head()?.0;
    if head != manifest.revision {
        bail!(
            "the restored store is at revision {head}, the manifest says {}",
            manifest.revision
        );
    }
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
