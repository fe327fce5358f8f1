//! `obzor user`: the people and programs that may do more than the public, and how they show who they are.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use layers::{Municipalities, Municipality, Store};

use super::{InstanceArgs, Refused, print};
use crate::accounts::{AccountError, users};
use crate::instance::Instance;

mod database_role;
mod list;
mod password;
mod roles;
mod sessions;
mod token;

use self::database_role::DatabaseRoleAct;
use self::roles::RoleArgs;
use self::token::TokenArgs;

pub(crate) use self::password::link_address;

/// What may be typed after `obzor user`.
#[derive(Args, Debug)]
pub struct UserArgs {
    #[command(subcommand)]
    act: UserAct,
}

/// Whom it is about.
#[derive(Args, Debug)]
struct NamedUser {
    /// The name of the user.
    name: String,
    #[command(flatten)]
    instance: InstanceArgs,
}

#[derive(Debug, Subcommand)]
enum UserAct {
    /// Add a user with a role; `/rights` of the server says what each role sees and does.
    Add {
        /// The name, as it will stand in the history.
        name: String,
        #[command(flatten)]
        role: RoleArgs,
        #[command(flatten)]
        instance: InstanceArgs,
    },
    /// Give a user one more role, or the same for other municipalities; it holds from the next request on.
    #[command(
        after_help = "Example:\n  obzor user grant jana.novakova --role planner --instance ./city"
    )]
    Grant {
        #[command(flatten)]
        user: NamedUser,
        #[command(flatten)]
        role: RoleArgs,
    },
    /// Take a role from a user; that holds from the next request on.
    Withdraw {
        #[command(flatten)]
        user: NamedUser,
        /// The role.
        #[arg(long, value_name = "ROLE")]
        role: String,
    },
    /// Set a password: asks for it at a terminal, else reads the first line of standard input.
    ///
    /// All logins of the user in browsers end; tokens go on working.
    #[command(
        after_help = "Examples:\n  obzor user password jana.novakova --instance ./city\n  \
        obzor user password jana.novakova --instance ./city < /run/secrets/jana"
    )]
    Password(NamedUser),
    /// Print a link with which the user sets a password in a browser: once, within 24 hours.
    Link(NamedUser),
    /// Make a token and print its secret; it is shown this once and kept nowhere.
    #[command(after_help = "Examples:\n  \
        obzor user token jana.novakova --label \"QGIS doma\" --expires 365 --instance ./city\n  \
        obzor user token heat-utility --read-only --municipality 562971 --instance ./city\n\n\
        Programs send it as `Authorization: Bearer …`, or as the password of HTTP Basic (QGIS, GDAL).")]
    Token(TokenArgs),
    /// Make tokens of a user useless, at once also for servers that run.
    Revoke {
        #[command(flatten)]
        user: NamedUser,
        /// Only the token with this id, which `obzor user list` shows; without it, all.
        #[arg(long, value_name = "ID")]
        token: Option<String>,
    },
    /// Keep a user but let nobody in by that name: logins end at once, tokens rest.
    Disable(NamedUser),
    /// Let a disabled user in again; its tokens work again.
    Enable(NamedUser),
    /// List a user's logins in browsers, or end them.
    Sessions {
        #[command(flatten)]
        user: NamedUser,
        /// End them all, at once also for servers that run.
        #[arg(long)]
        end: bool,
    },
    /// List the users, whose features they edit, and their tokens.
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
    /// Remove a user with its tokens, logins and links; what it did stays in the history.
    Remove(NamedUser),
}

/// Does what was asked with the accounts of the instance.
pub fn run(args: &UserArgs) -> anyhow::Result<()> {
    let store = |args: &InstanceArgs| Instance::of(args).open_store();
    match &args.act {
        UserAct::Add {
            name,
            role,
            instance,
        } => roles::add_user(&*store(instance)?, name, role),
        UserAct::Grant { user, role } => roles::grant(&*user.store()?, &user.name, role),
        UserAct::Withdraw { user, role } => roles::withdraw(&*user.store()?, &user.name, role),
        UserAct::Password(user) => password::set(&*user.store()?, &user.name),
        UserAct::Link(user) => {
            let config = Instance::of(&user.instance).config()?;
            password::link(&*user.store()?, &config, &user.name)
        }
        UserAct::Token(args) => token::issue(args),
        UserAct::Revoke { user, token } => {
            token::revoke(&*user.store()?, &user.name, token.as_deref())
        }
        UserAct::Disable(user) => {
            done(users::set_disabled(&*user.store()?, &user.name, true))?;
            print(&format!("{}: zakázán, přihlášení skončila", user.name))
        }
        UserAct::Enable(user) => {
            done(users::set_disabled(&*user.store()?, &user.name, false))?;
            print(&format!("{}: povolen", user.name))
        }
        UserAct::Sessions { user, end } => sessions::run(&*user.store()?, &user.name, *end),
        UserAct::List { instance } => list::run(&*store(instance)?),
        UserAct::DbRole { act } => database_role::run(act),
        UserAct::Remove(user) => {
            done(users::remove(&*user.store()?, &user.name))?;
            print(&format!("{}: uživatel i jeho tokeny odstraněni", user.name))
        }
    }
}

impl NamedUser {
    fn store(&self) -> anyhow::Result<Arc<dyn Store>> {
        Instance::of(&self.instance).open_store()
    }
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

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// Makes what the person at the command line can mend a refusal.
fn done<T>(result: Result<T, AccountError>) -> anyhow::Result<T> {
    result.map_err(|error| match error {
        AccountError::BadName(_)
        | AccountError::UserExists(_)
        | AccountError::NoSuchUser(_)
        | AccountError::NoSuchToken(_)
        | AccountError::WeakPassword(_) => Refused(error.to_string()).into(),
        error => error.into(),
    })
}
