//! `obzor package verify`: checks a package without trusting anything in it.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::super::{Refused, print};
use crate::package::verify;

/// What may be typed after `obzor package verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// The package.
    file: PathBuf,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Reports everything that is wrong with the package.
pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    let path = args.file.display();
    let verified = verify(&args.file)
        .map_err(|error| Refused(format!("soubor {path} nelze přečíst: {error}")))?;
    let problems: Vec<_> = verified.problems.iter().map(ToString::to_string).collect();
    if args.json {
        print(&format!(
            "{:#}",
            json!({ "file": args.file, "whole": problems.is_empty(), "problems": problems })
        ))?;
    }
    match verified.manifest {
        Some(manifest) if problems.is_empty() => {
            let town = manifest.municipality;
            let told = format!(
                "{path} je v pořádku: {} ({}), revize {}, sestaveno {}, souborů {}",
                town.name,
                town.code,
                manifest.revision,
                manifest.built_at,
                manifest.files.len()
            );
            if args.json { Ok(()) } else { print(&told) }
        }
        _ => bail!("{path} není v pořádku:\n  {}", problems.join("\n  ")),
    }
}
