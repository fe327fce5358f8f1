//! `obzor user add`, `grant` and `withdraw`: the roles of users.

use clap::Args;
use layers::Language;
use layers::policy::{Assignment, Policy};

use super::done;
use crate::accounts::registrar::Registrar;
use crate::accounts::{roles, users};
use crate::commands::print;
use crate::municipality_names::MunicipalityNames;
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
    fn assignment(&self, known: &MunicipalityNames) -> anyhow::Result<Assignment> {
        let Self {
            role,
            codes,
            all_municipalities,
        } = self;
        done(roles::assignment(role, codes, *all_municipalities, known))
    }
}

/// Adds a user with a role.
pub(super) fn add_user(by: &Registrar<'_>, name: &str, role: &RoleArgs) -> anyhow::Result<()> {
    let known = MunicipalityNames::read(by.store)?;
    let assignment = role.assignment(&known)?;
    let what = described(&assignment, &known);
    done(users::add(by, &User::new(name, vec![assignment])))?;
    print(&format!(
        "{name}: {what}; heslo si nastaví přes `obzor user link {name}`, token vydá `obzor user token {name}`"
    ))
}

/// Gives a user a role beside those it has.
pub(super) fn grant(by: &Registrar<'_>, name: &str, role: &RoleArgs) -> anyhow::Result<()> {
    let known = MunicipalityNames::read(by.store)?;
    let assignment = role.assignment(&known)?;
    done(users::grant(by, name, &assignment))?;
    print(&format!(
        "{name}: má roli {}",
        described(&assignment, &known)
    ))
}

/// Takes a role from a user.
pub(super) fn withdraw(by: &Registrar<'_>, name: &str, role: &str) -> anyhow::Result<()> {
    done(users::withdraw(by, name, role))?;
    print(&format!("{name}: nemá roli {role}"))
}

/// Says a role, and of which municipalities it is.
pub(super) fn described(assignment: &Assignment, known: &MunicipalityNames) -> String {
    match Policy::in_force().role(&assignment.role) {
        Some(role) if role.municipal => {
            let whose = known.list(&assignment.municipalities, Language::Czech);
            format!("{} ({whose})", role.title.cs)
        }
        Some(role) => role.title.cs.clone(),
        None => format!("{}, kterou pravidla neznají", assignment.role),
    }
}
