//! `obzor package verify`: checks a package without trusting anything in it.

use std::path::PathBuf;

use clap::Args;

/// What may be typed after `obzor package verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// The package.
    file: PathBuf,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    anyhow::bail!("{} {}", args.file.display(), args.json)
}
