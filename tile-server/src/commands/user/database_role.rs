//! `obzor user db-role`: roles of the database that edit the features of municipalities with QGIS or SQL.

use clap::Subcommand;
use layers::audit::{AuditAct, AuditEvent};
use layers::store::{DatabaseRoleError, PostgisStore};
use layers::{Language, Municipalities};

use crate::accounts::roles::checked;
use crate::audit;
use crate::commands::{InstanceArgs, Refused, print};
use crate::instance::Instance;
use crate::municipality_names::MunicipalityNames;

/// What may be typed after `obzor user db-role`.
#[derive(Debug, Subcommand)]
pub(super) enum DatabaseRoleAct {
    /// Let a role edit the features of these municipalities, and of no others.
    Add {
        /// The name of the role; whoever inherits from it edits too.
        role: String,
        /// The RÚIAN code of a municipality; may be given more than once.
        #[arg(long = "municipality", value_name = "CODE", num_args = 1..)]
        codes: Vec<i64>,
        /// All municipalities, and layers that belong to none.
        #[arg(long, conflicts_with = "codes", required_unless_present = "codes")]
        all_municipalities: bool,
        /// Make the role, with a login and without a password.
        #[arg(long)]
        create: bool,
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// List the roles and whose features they edit.
    List {
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// Take the right to edit from a role; the role itself stays.
    Remove {
        /// The name of the role.
        role: String,
        #[command(flatten)]
        instance: InstanceArgs,
    },
}

/// Does what was asked, with the address of the store's owner.
pub(super) fn run(act: &DatabaseRoleAct) -> anyhow::Result<()> {
    match act {
        DatabaseRoleAct::Add {
            role,
            codes,
            create,
            instance,
            ..
        } => {
            let instance = Instance::of(instance);
            let store = instance.open_database()?;
            let known = MunicipalityNames::read(&store)?;
            let theirs = super::done(checked(codes, &known))?;
            record(&instance, &store, role, Some(&theirs))?;
            done(store.enlist(role, &theirs, *create))?;
            let whose = known.list(&theirs, Language::Czech);
            print(&format!("{role}: přímo v databázi upravuje {whose}"))
        }
        DatabaseRoleAct::List { instance } => {
            let store = Instance::of(instance).open_database()?;
            let nameless = MunicipalityNames::default();
            for (role, theirs) in store.enlisted()? {
                let whose = nameless.list(&theirs, Language::Czech);
                print(&format!("{role}: upravuje {whose}"))?;
            }
            Ok(())
        }
        DatabaseRoleAct::Remove { role, instance } => {
            let instance = Instance::of(instance);
            let store = instance.open_database()?;
            record(&instance, &store, role, None)?;
            done(store.dismiss(role))?;
            print(&format!("{role}: v databázi už nic neupravuje"))
        }
    }
}

/// Writes down whose features a role of the database edits from now on; none is nobody's.
fn record(
    instance: &Instance,
    store: &PostgisStore,
    role: &str,
    theirs: Option<&Municipalities>,
) -> anyhow::Result<()> {
    let codes = |theirs: &Municipalities| match theirs {
        Municipalities::All => "all municipalities".to_owned(),
        Municipalities::Listed(codes) => {
            let codes: Vec<_> = codes.iter().map(ToString::to_string).collect();
            codes.join(" ")
        }
    };
    let event = AuditEvent {
        subject: Some(format!("database role {role}")),
        after: theirs.map(codes),
        ..audit::command_event(AuditAct::UserChanged)
    };
    audit::record_command(instance, store, event)
}

/// Makes what the person at the command line can mend a refusal.
fn done(result: Result<(), DatabaseRoleError>) -> anyhow::Result<()> {
    result.map_err(|error| match error {
        DatabaseRoleError::Store(error) => error.into(),
        error => Refused(error.to_string()).into(),
    })
}
