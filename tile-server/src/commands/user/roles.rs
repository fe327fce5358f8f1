//! `obzor user add`, `grant` and `withdraw`: the roles of users.

use clap::Args;
use layers::policy::{Assignment, Policy, Role};
use layers::{Municipality, Store, municipalities};

use super::{checked, done, whose};
use crate::accounts::users;
use crate::commands::{Refused, print};
use crate::rights::User;

/// A role as it is typed.
#[derive(Args, Debug)]
pub(super) struct RoleArgs {
    /// The role; the page `/rights` of the server says what each sees and does.
    #[arg(long, value_name = "ROLE", default_value = "editor")]
    role: String,
    /// The RÚIAN code of a municipality; may be given more than once.
    #[arg(long = "municipality", value_name = "CODE", num_args = 1..)]
    codes: Vec<i64>,
    /// All municipalities, and layers that belong to none.
    #[arg(long, conflicts_with = "codes")]
    all_municipalities: bool,
}

impl RoleArgs {
    fn assignment(&self, known: &[Municipality]) -> anyhow::Result<Assignment> {
        let role = known_role(&self.role)?;
        if role.municipal && self.codes.is_empty() && !self.all_municipalities {
            let why = format!(
                "role {} platí pro určité obce: uveďte --municipality KÓD, nebo --all-municipalities",
                role.id
            );
            return Err(Refused(why).into());
        }
        Ok(Assignment {
            role: role.id.clone(),
            municipalities: checked(known, &self.codes)?,
        })
    }
}

/// Adds a user with a role.
pub(super) fn add_user(store: &dyn Store, name: &str, role: &RoleArgs) -> anyhow::Result<()> {
    let known = municipalities(store, None)?;
    let assignment = role.assignment(&known)?;
    let what = described(&assignment, &known);
    let user = User {
        name: name.to_owned(),
        roles: vec![assignment],
    };
    done(users::add(store, &user))?;
    print(&format!(
        "{name}: {what}; heslo si nastaví přes `obzor user link {name}`, token vydá `obzor user token {name}`"
    ))
}

/// Gives a user a role beside those it has.
pub(super) fn grant(store: &dyn Store, name: &str, role: &RoleArgs) -> anyhow::Result<()> {
    let known = municipalities(store, None)?;
    let assignment = role.assignment(&known)?;
    let what = described(&assignment, &known);
    done(users::change_roles(store, name, |roles| {
        roles.retain(|held| held.role != assignment.role);
        roles.push(assignment.clone());
    }))?;
    print(&format!("{name}: má roli {what}"))
}

/// Takes a role from a user.
pub(super) fn withdraw(store: &dyn Store, name: &str, role: &str) -> anyhow::Result<()> {
    done(users::change_roles(store, name, |roles| {
        roles.retain(|held| held.role != role);
    }))?;
    print(&format!("{name}: nemá roli {role}"))
}

fn known_role(id: &str) -> anyhow::Result<&'static Role> {
    let policy = Policy::in_force();
    let role = policy.role(id);
    Ok(role.ok_or_else(|| {
        let known: Vec<_> = policy.roles.iter().map(|role| role.id.as_str()).collect();
        Refused(format!("role `{id}` není; jsou tu {}", known.join(", ")))
    })?)
}

/// Says a role, and of which municipalities it is.
pub(super) fn described(assignment: &Assignment, known: &[Municipality]) -> String {
    match Policy::in_force().role(&assignment.role) {
        Some(role) if role.municipal => {
            let whose = whose(&assignment.municipalities, known);
            format!("{} ({whose})", role.title.cs)
        }
        Some(role) => role.title.cs.clone(),
        None => format!("{}, kterou pravidla neznají", assignment.role),
    }
}
