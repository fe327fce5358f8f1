//! `obzor user`: the people and programs that may do more than the public, and how they show who they are.

use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use layers::Store;

use super::{InstanceArgs, Refused, print};
use crate::accounts::registrar::Registrar;
use crate::accounts::{AccountError, users};
use crate::audit::{Actor, AuditLog};
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
    match &args.act {
        UserAct::Add {
            name,
            role,
            instance,
        } => roles::add_user(&Office::of(instance)?.registrar(), name, role),
        UserAct::Grant { user, role } => {
            roles::grant(&user.office()?.registrar(), &user.name, role)
        }
        UserAct::Withdraw { user, role } => {
            roles::withdraw(&user.office()?.registrar(), &user.name, role)
        }
        UserAct::Password(user) => password::set(&user.office()?.registrar(), &user.name),
        UserAct::Link(user) => {
            let config = Instance::of(&user.instance).config()?;
            password::link(&user.office()?.registrar(), &config, &user.name)
        }
        UserAct::Token(args) => token::issue(args),
        UserAct::Revoke { user, token } => {
            token::revoke(&user.office()?.registrar(), &user.name, token.as_deref())
        }
        UserAct::Disable(user) => {
            let office = user.office()?;
            done(users::set_disabled(&office.registrar(), &user.name, true))?;
            print(&format!("{}: zakázán, přihlášení skončila", user.name))
        }
        UserAct::Enable(user) => {
            let office = user.office()?;
            done(users::set_disabled(&office.registrar(), &user.name, false))?;
            print(&format!("{}: povolen", user.name))
        }
        UserAct::Sessions { user, end } => {
            sessions::run(&user.office()?.registrar(), &user.name, *end)
        }
        UserAct::List { instance } => list::run(&*Instance::of(instance).open_store()?),
        UserAct::DbRole { act } => database_role::run(act),
        UserAct::Remove(user) => {
            done(users::remove(&user.office()?.registrar(), &user.name))?;
            print(&format!("{}: uživatel i jeho tokeny odstraněni", user.name))
        }
    }
}

/// The store of an instance, and the log in which stands what the command line does with its accounts.
struct Office {
    store: Arc<dyn Store>,
    audit: AuditLog,
}

impl Office {
    fn of(instance: &InstanceArgs) -> anyhow::Result<Self> {
        let instance = Instance::of(instance);
        Ok(Self {
            store: instance.open_store()?,
            audit: AuditLog::of(&instance)?,
        })
    }

    fn registrar(&self) -> Registrar<'_> {
        Registrar::new(&*self.store, &self.audit, Actor::at_command_line())
    }
}

impl NamedUser {
    fn office(&self) -> anyhow::Result<Office> {
        Office::of(&self.instance)
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
        | AccountError::NoSuchRole(_)
        | AccountError::NoMunicipality(_)
        | AccountError::ForAllMunicipalities(_)
        | AccountError::NoSuchMunicipalities(_)
        | AccountError::LastAdministrator(_)
        | AccountError::WeakPassword(_) => Refused(error.to_string()).into(),
        error => error.into(),
    })
}
