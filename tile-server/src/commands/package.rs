//! `obzor package`: builds the offline package of a municipality, and checks one.

use clap::{Args, Subcommand};

mod build;
mod verify;

/// What may be typed after `obzor package`.
#[derive(Args, Debug)]
pub struct PackageArgs {
    #[command(subcommand)]
    act: Act,
}

/// What to do with a package.
#[derive(Debug, Subcommand)]
enum Act {
    /// Build the package of one municipality: map, features, search, style and fonts in one file.
    #[command(after_help = "Examples:\n  \
        obzor package build --municipality 564729 --out decany.zip --instance ./city\n  \
        obzor package build --municipality Děčany --out decany.zip --instance ./city --json\n\n\
        Everything in it is of the newest revision when the command starts and of what everybody may see.\n\
        Open the file in the page /field, which works without a network once it was visited.\n\
        SOURCE_DATE_EPOCH gives the time that the package says; the same data at the same time make the same bytes.")]
    Build(build::BuildArgs),
    /// Check a package: its seal, every entry and its checksum, the manifest. Needs no instance.
    #[command(after_help = "Example:\n  obzor package verify decany.zip\n\n\
        Exit code 0: whole. 1: every problem is listed. 3: there is no such file.\n\
        It finds damage; who made the package it cannot tell yet, as packages are not signed.")]
    Verify(verify::VerifyArgs),
}

/// Builds or checks a package.
pub fn run(args: &PackageArgs) -> anyhow::Result<()> {
    match &args.act {
        Act::Build(args) => build::run(args),
        Act::Verify(args) => verify::run(args),
    }
}
