//! `obzor package`: builds the offline package of a municipality.

use clap::{Args, Subcommand};

mod build;

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
}

/// Builds a package.
pub fn run(args: &PackageArgs) -> anyhow::Result<()> {
    match &args.act {
        Act::Build(args) => build::run(args),
    }
}
