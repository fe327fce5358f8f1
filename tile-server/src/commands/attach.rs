//! `obzor attach`: helps to show tables that other software keeps in the same database.

use clap::{Args, Subcommand};
use layers::LayerId;
use layers::store::PostgisStore;

use super::{InstanceArgs, Refused, print};
use crate::instance::Instance;

/// What may be typed after `obzor attach`.
#[derive(Args, Debug)]
pub struct AttachArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Write a first definition of a table, for a person to finish; what is to be decided is marked `TODO`.
    #[command(
        after_help = "Example:\n  obzor attach definition gis.lampy --id lamps --instance /srv/obzor > lamps.toml"
    )]
    Definition {
        /// The table with its schema; also a view or a foreign table.
        table: String,
        /// The name of the layer: English, plural, kebab-case.
        #[arg(long, value_name = "LAYER")]
        id: String,
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// Print the SQL by which the owner of a table lets it tell of its changes (`watch = "trigger"`).
    #[command(
        after_help = "Example:\n  obzor attach trigger-sql lamps --instance /srv/obzor | sudo -u postgres psql mesto"
    )]
    TriggerSql {
        /// The layer that shows the table.
        layer: String,
        #[command(flatten)]
        instance: InstanceArgs,
    },
}

/// Does what was asked; changes nothing.
pub fn run(args: &AttachArgs) -> anyhow::Result<()> {
    match &args.act {
        Act::Definition {
            table,
            id,
            instance,
        } => {
            let why = || {
                Refused(format!(
                    "`{id}` is not a layer id: use a–z, 0–9 and hyphens"
                ))
            };
            let id = LayerId::new(id).ok_or_else(why)?;
            print(&Instance::of(instance).sketch(table, &id)?)
        }
        Act::TriggerSql { layer, instance } => {
            let layers = Instance::of(instance).layers()?;
            let found = layers.named(layer);
            let found = found.ok_or_else(|| Refused(format!("there is no layer {layer}")))?;
            let sql = PostgisStore::trigger_sql(found).ok_or_else(|| {
                Refused(format!(
                    "the definition of {layer} does not say `watch = \"trigger\"` in its `source`"
                ))
            })?;
            print(sql.trim_end())
        }
    }
}
