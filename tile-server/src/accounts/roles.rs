//! Roles as they are given to users: those that the policy has, for municipalities that are here.

use layers::Municipalities;
use layers::policy::{Assignment, Duty, Policy};

use super::AccountError;
use crate::municipality_names::MunicipalityNames;
use crate::rights::User;

/// Returns a role for some municipalities, or says why nobody can have it so.
///
/// A role that is about municipalities needs some, or all of them; any other takes none.
pub(crate) fn assignment(
    role: &str,
    codes: &[i64],
    for_all: bool,
    known: &MunicipalityNames,
) -> Result<Assignment, AccountError> {
    let found = Policy::in_force().role(role);
    let role = found.ok_or_else(|| AccountError::NoSuchRole(role.to_owned()))?;
    if role.municipal && codes.is_empty() && !for_all {
        return Err(AccountError::NoMunicipality(role.id.clone()));
    }
    if !role.municipal && !codes.is_empty() {
        return Err(AccountError::ForAllMunicipalities(role.id.clone()));
    }
    let municipalities = if for_all {
        Municipalities::All
    } else {
        checked(codes, known)?
    };
    Ok(Assignment {
        role: role.id.clone(),
        municipalities,
    })
}

/// Refuses codes of municipalities that are not here; no codes are all of them.
pub(crate) fn checked(
    codes: &[i64],
    known: &MunicipalityNames,
) -> Result<Municipalities, AccountError> {
    let unknown: Vec<_> = codes
        .iter()
        .copied()
        .filter(|code| !known.has(*code))
        .collect();
    if !unknown.is_empty() {
        return Err(AccountError::NoSuchMunicipalities(unknown));
    }
    Ok(if codes.is_empty() {
        Municipalities::All
    } else {
        Municipalities::Listed(codes.iter().copied().collect())
    })
}

/// Returns somebody with every role that gives rights to others.
pub(super) fn administrator(name: &str) -> User {
    let roles = Policy::in_force().roles.iter();
    let roles = roles.filter(|role| role.has(Duty::Administer));
    let for_all = roles.map(|role| Assignment {
        role: role.id.clone(),
        municipalities: Municipalities::All,
    });
    User::new(name, for_all.collect())
}

/// Names the roles that there are.
pub(super) fn known() -> String {
    let roles = Policy::in_force().roles.iter();
    let names: Vec<_> = roles.map(|role| role.id.as_str()).collect();
    names.join(", ")
}
