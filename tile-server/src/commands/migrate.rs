//! `obzor migrate`: brings the database of an instance to the version of this program.

use clap::Args;

use super::{InstanceArgs, print};
use crate::instance::Instance;

/// What may be typed after `obzor migrate`.
#[derive(Args, Debug)]
pub struct MigrateArgs {
    #[command(flatten)]
    instance: InstanceArgs,
}

/// Runs the migrations that are missing, adds tables for new layers, and says what was done.
pub fn run(args: &MigrateArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let Some((before, after)) = instance.migrate_store()? else {
        return print("The store is a file in the instance; it has nothing to migrate.");
    };
    instance.open_store()?;
    print(&match before {
        0 => format!("The database is a store now, version {after}."),
        before if before == after => format!("The database has version {after} already."),
        before => format!("The database went from version {before} to {after}."),
    })
}
