//! `obzor user`: the people and programs that may edit, and their tokens.

use std::collections::BTreeSet;
use std::time::SystemTime;

use chrono::{DateTime, Days, Utc};
use clap::{Args, Subcommand};
use layers::{Municipalities, Municipality, Store, municipalities};

use super::{InstanceArgs, Refused, print};
use crate::accounts::{self, AccountError, Token};
use crate::instance::Instance;
use crate::rights::User;

mod database_role;

use self::database_role::DatabaseRoleAct;

/// What may be typed after `obzor user`.
#[derive(Args, Debug)]
pub struct UserArgs {
    #[command(subcommand)]
    act: UserAct,
}

#[derive(Debug, Subcommand)]
enum UserAct {
    /// Add a user who edits the features of one or more municipalities.
    Add {
        /// The name, as it will stand in the history.
        name: String,
        /// The RÚIAN code of a municipality; may be given more than once.
        #[arg(long = "municipality", value_name = "CODE", num_args = 1..)]
        codes: Vec<i64>,
        /// All municipalities, and layers that belong to none.
        #[arg(long, conflicts_with = "codes", required_unless_present = "codes")]
        all_municipalities: bool,
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// Make a token and print its secret; it is shown this once and kept nowhere.
    Token {
        /// Whose it is.
        name: String,
        /// After how many days it stops working; without it, when it is revoked.
        #[arg(long, value_name = "DAYS")]
        expires: Option<u32>,
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// Make all tokens of a user useless, at once also for a server that runs.
    Revoke {
        /// Whose they are.
        name: String,
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// List the users, whose features they edit, and how long their tokens work.
    List {
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// Add, list and remove roles of the database, which edit municipalities' features with QGIS or SQL.
    #[command(
        after_help = "Example:\n  obzor user db-role add decany --municipality 562971 --instance ./city\n\n\
        Needs the address of the role that owns the store; docs/database-roles.md says more."
    )]
    DbRole {
        #[command(subcommand)]
        act: DatabaseRoleAct,
    },
    /// Remove a user and its tokens; what it did stays in the history.
    Remove {
        /// Who.
        name: String,
        #[command(flatten)]
        instance: InstanceArgs,
    },
}

/// Does what was asked with the accounts of the instance.
pub fn run(args: &UserArgs) -> anyhow::Result<()> {
    let store = |args: &InstanceArgs| Instance::of(args).open_store();
    match &args.act {
        UserAct::Add {
            name,
            codes,
            instance,
            ..
        } => add(&*store(instance)?, name, codes),
        UserAct::Token {
            name,
            expires,
            instance,
        } => token(&*store(instance)?, name, *expires),
        UserAct::Revoke { name, instance } => {
            let count = done(accounts::revoke_tokens(&*store(instance)?, name))?;
            print(&format!("{name}: tokenů zrušeno: {count}"))
        }
        UserAct::List { instance } => list(&*store(instance)?),
        UserAct::DbRole { act } => database_role::run(act),
        UserAct::Remove { name, instance } => {
            done(accounts::remove_user(&*store(instance)?, name))?;
            print(&format!("{name}: uživatel i jeho tokeny odstraněni"))
        }
    }
}

fn add(store: &dyn Store, name: &str, codes: &[i64]) -> anyhow::Result<()> {
    let known = municipalities(store, None)?;
    let user = User {
        name: name.to_owned(),
        municipalities: checked(&known, codes)?,
    };
    done(accounts::add_user(store, &user))?;
    let whose = whose(&user.municipalities, &known);
    print(&format!(
        "{name}: upravuje {whose}; token vydá `obzor user token {name}`"
    ))
}

/// Refuses codes of municipalities that are not here; no codes are all of them.
fn checked(known: &[Municipality], codes: &[i64]) -> anyhow::Result<Municipalities> {
    let is_unknown = |code: &&i64| known.iter().all(|place| place.code != **code);
    let unknown: Vec<_> = codes.iter().filter(is_unknown).collect();
    if !known.is_empty() && !unknown.is_empty() {
        return Err(Refused(format!("obce s kódem {unknown:?} tu nejsou")).into());
    }
    Ok(if codes.is_empty() {
        Municipalities::All
    } else {
        Municipalities::Listed(codes.iter().copied().collect())
    })
}

fn token(store: &dyn Store, name: &str, days: Option<u32>) -> anyhow::Result<()> {
    let issued_at = DateTime::<Utc>::from(SystemTime::now());
    let end = |days: u32| issued_at.checked_add_days(Days::new(days.into()));
    let secret = done(accounts::issue_token(
        store,
        &Token {
            user: name.to_owned(),
            issued_at,
            expires_at: days.and_then(end),
        },
    ))?;
    // Alone on its line, so that a script can take it as it is.
    print(&secret)
}

fn list(store: &dyn Store) -> anyhow::Result<()> {
    for (user, tokens) in done(accounts::users(store))? {
        let whose = whose(&user.municipalities, &[]);
        print(&format!("{}: upravuje {whose}", user.name))?;
        for Token {
            issued_at,
            expires_at,
            ..
        } in tokens
        {
            let day = |at: DateTime<Utc>| at.format("%-d. %-m. %Y").to_string();
            let end = expires_at.map_or_else(|| "zrušení".to_owned(), day);
            print(&format!("  token vydán {}, platí do {end}", day(issued_at)))?;
        }
    }
    Ok(())
}

/// Names municipalities, by code those whose name is not known.
fn whose(municipalities: &Municipalities, known: &[Municipality]) -> String {
    let name = |code: &i64| {
        let place = known.iter().find(|place| place.code == *code);
        place.map_or_else(|| code.to_string(), |place| place.name.clone())
    };
    match municipalities {
        Municipalities::All => "všechny obce".to_owned(),
        Municipalities::Listed(codes) => {
            let names: BTreeSet<_> = codes.iter().map(name).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        }
    }
}

/// Makes what the person at the command line can mend a refusal.
fn done<T>(result: Result<T, AccountError>) -> anyhow::Result<T> {
    result.map_err(|error| match error {
        AccountError::BadName(_) | AccountError::UserExists(_) | AccountError::NoSuchUser(_) => {
            Refused(error.to_string()).into()
        }
        error => error.into(),
    })
}
