//! Users: added, changed, disabled and removed; whatever ends their rights ends their sessions.

use layers::policy::Assignment;
use layers::{Municipalities, OfficeRecord, OfficeStore, RecordKind};
use serde::{Deserialize, Serialize};

use super::records::{addition, parsed, removal, replacement, until_written, written};
use super::{AccountError, NAME_MAX, links, sessions, tokens};
use crate::rights::User;

/// The role of who may do everything.
const ADMINISTRATOR: &str = "administrator";

/// A user's record, under its name.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct UserRecord {
    roles: Vec<RoleEntry>,
    /// The Argon2 hash of the password; none for who comes by token only.
    #[serde(default)]
    pub(super) password: Option<String>,
    /// Who it is towards the broker: issuer and subject; none for a local account.
    #[serde(default)]
    subject: Option<String>,
    /// Whether nothing of this user works, though it is kept.
    #[serde(default)]
    pub(super) disabled: bool,
    /// Drawn anew whenever all sessions must end; a session knows under which it began.
    #[serde(default)]
    pub(super) generation: u64,
}

/// A role of a user.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
struct RoleEntry {
    role: String,
    /// The codes of the municipalities for whose features it holds; none is all of them.
    municipalities: Option<Vec<i64>>,
}

impl RoleEntry {
    fn of(assignment: &Assignment) -> Self {
        Self {
            role: assignment.role.clone(),
            municipalities: match &assignment.municipalities {
                Municipalities::All => None,
                Municipalities::Listed(codes) => Some(codes.iter().copied().collect()),
            },
        }
    }

    fn assignment(self) -> Assignment {
        let listed = |codes: Vec<i64>| Municipalities::Listed(codes.into_iter().collect());
        Assignment {
            role: self.role,
            municipalities: self.municipalities.map_or(Municipalities::All, listed),
        }
    }
}

/// A user as the administrator sees it.
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) disabled: bool,
    pub(crate) has_password: bool,
}

impl UserRecord {
    pub(super) fn of(user: &User) -> Self {
        Self {
            roles: user.roles.iter().map(RoleEntry::of).collect(),
            ..Self::default()
        }
    }

    pub(super) fn user(self, name: &str) -> User {
        User {
            name: name.to_owned(),
            roles: self.roles.into_iter().map(RoleEntry::assignment).collect(),
        }
    }

    /// Ends all sessions of the user.
    pub(super) fn renew(&mut self) -> Result<(), AccountError> {
        self.generation = getrandom::u64().map_err(AccountError::DrawSecret)?;
        Ok(())
    }
}

/// Adds a user.
pub(crate) fn add(store: &dyn OfficeStore, user: &User) -> Result<(), AccountError> {
    check_name(&user.name)?;
    let mut record = UserRecord::of(user);
    record.renew()?;
    if written(store, &[addition(RecordKind::User, &user.name, &record)])? {
        Ok(())
    } else {
        Err(AccountError::UserExists(user.name.clone()))
    }
}

/// Writes down whom the broker vouches for, with the rights of today, and returns the name in the history.
///
/// Whoever came before keeps the name of then. A name that a local account or somebody else has is never taken over.
pub(crate) fn bring_in(
    store: &dyn OfficeStore,
    subject: &str,
    user: &User,
) -> Result<String, AccountError> {
    for stored in store.records(RecordKind::User)? {
        let mut record: UserRecord = parsed(&stored)?;
        if record.subject.as_deref() == Some(subject) {
            if record.disabled {
                return Err(AccountError::NoSuchUser(stored.key));
            }
            let rights = UserRecord::of(user);
            if record.roles != rights.roles {
                record.roles = rights.roles;
                // Who comes second brings the same.
                written(store, &[replacement(&stored, &record)])?;
            }
            return Ok(stored.key);
        }
    }
    check_name(&user.name)?;
    let mut record = UserRecord::of(user);
    record.subject = Some(subject.to_owned());
    record.renew()?;
    if written(store, &[addition(RecordKind::User, &user.name, &record)])? {
        Ok(user.name.clone())
    } else {
        Err(AccountError::UserExists(user.name.clone()))
    }
}

/// Returns somebody who may do everything.
pub(super) fn administrator(name: &str) -> User {
    User {
        name: name.to_owned(),
        roles: vec![Assignment {
            role: ADMINISTRATOR.to_owned(),
            municipalities: Municipalities::All,
        }],
    }
}

/// Refuses a name that cannot stand in the history.
pub(crate) fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
    if name.is_empty() || name.chars().count() > NAME_MAX || !name.chars().all(fits) {
        return Err(AccountError::BadName(name.to_owned()));
    }
    Ok(())
}

/// Removes a user with all tokens, sessions and links.
pub(crate) fn remove(store: &dyn OfficeStore, name: &str) -> Result<(), AccountError> {
    tokens::revoke_all(store, name)?;
    until_written(|| Ok(written(store, &[removal(record(store, name)?)])?.then_some(())))?;
    forget_visits(store, name)
}

/// Lets a user in no longer, or again; tokens rest meanwhile.
pub(crate) fn set_disabled(
    store: &dyn OfficeStore,
    name: &str,
    disabled: bool,
) -> Result<(), AccountError> {
    change(store, name, |record| record.disabled = disabled)?;
    forget_visits(store, name)
}

/// Changes the roles of a user; sessions and tokens have the new rights from the next request on.
pub(crate) fn change_roles(
    store: &dyn OfficeStore,
    name: &str,
    change: impl Fn(&mut Vec<Assignment>),
) -> Result<(), AccountError> {
    until_written(|| {
        let stored = record(store, name)?;
        let mut body: UserRecord = parsed(&stored)?;
        let mut roles = body.clone().user(name).roles;
        change(&mut roles);
        body.roles = roles.iter().map(RoleEntry::of).collect();
        Ok(written(store, &[replacement(&stored, &body)])?.then_some(()))
    })
}

/// Gives a user another password, of which this is the hash.
pub(crate) fn set_password(
    store: &dyn OfficeStore,
    name: &str,
    hash: &str,
) -> Result<(), AccountError> {
    change(store, name, |record| {
        record.password = Some(hash.to_owned());
    })?;
    forget_visits(store, name)
}

/// Ends all sessions of a user and returns how many there were.
pub(crate) fn end_sessions(store: &dyn OfficeStore, name: &str) -> Result<usize, AccountError> {
    change(store, name, |_| {})?;
    sessions::end_all(store, name, None)
}

/// Returns all users by name.
pub(crate) fn all(store: &dyn OfficeStore) -> Result<Vec<Account>, AccountError> {
    let account = |stored: &OfficeRecord| {
        let record: UserRecord = parsed(stored)?;
        Ok(Account {
            disabled: record.disabled,
            has_password: record.password.is_some(),
            user: record.user(&stored.key),
        })
    };
    store
        .records(RecordKind::User)?
        .iter()
        .map(account)
        .collect()
}

/// Returns the hash of a user's password; none when there is none, or no such user that may come in.
pub(crate) fn password_hash(
    store: &dyn OfficeStore,
    name: &str,
) -> Result<Option<String>, AccountError> {
    Ok(active(store, name)?.and_then(|record| record.password))
}

/// Returns a user's record, if there is such a user and it is not disabled.
pub(super) fn active(
    store: &dyn OfficeStore,
    name: &str,
) -> Result<Option<UserRecord>, AccountError> {
    let found = store.record(RecordKind::User, name)?;
    let found: Option<UserRecord> = found.as_ref().map(parsed).transpose()?;
    Ok(found.filter(|record| !record.disabled))
}

/// Returns a user's record as it is stored.
pub(super) fn record(store: &dyn OfficeStore, name: &str) -> Result<OfficeRecord, AccountError> {
    let record = store.record(RecordKind::User, name)?;
    record.ok_or_else(|| AccountError::NoSuchUser(name.to_owned()))
}

/// Changes a user's record and ends the user's sessions in the same moment.
fn change(
    store: &dyn OfficeStore,
    name: &str,
    change: impl Fn(&mut UserRecord),
) -> Result<(), AccountError> {
    until_written(|| {
        let stored = record(store, name)?;
        let mut body: UserRecord = parsed(&stored)?;
        change(&mut body);
        body.renew()?;
        Ok(written(store, &[replacement(&stored, &body)])?.then_some(()))
    })
}

/// Removes the records of sessions and links that do not work any more.
fn forget_visits(store: &dyn OfficeStore, name: &str) -> Result<(), AccountError> {
    sessions::end_all(store, name, None)?;
    links::withdraw(store, name)
}
