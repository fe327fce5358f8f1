//! Users: added, changed, disabled and removed; whatever ends their rights ends their sessions.

use chrono::{DateTime, Utc};
use layers::audit::AuditAct;
use layers::policy::Assignment;
use layers::{OfficeRecord, OfficeStore, RecordChange, RecordKind};

use super::records::{addition, parsed, removal, replacement, until_written, written};
use super::registrar::Registrar;
use super::user_record::{RoleEntry, UserRecord};
use super::{AccountError, NAME_MAX, links, sessions, tokens};
use crate::rights::User;

/// A user as the administrator sees it.
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) disabled: bool,
    pub(crate) has_password: bool,
    /// Whether the broker vouches for the user, and says the roles.
    pub(crate) by_broker: bool,
    pub(crate) logged_in_at: Option<DateTime<Utc>>,
}

/// Adds a user.
pub(crate) fn add(by: &Registrar<'_>, user: &User) -> Result<(), AccountError> {
    check_name(&user.name)?;
    add_record(by, &user.name, UserRecord::of(user))
}

/// Writes down whom the broker vouches for, with the rights of today, and returns the name in the history.
///
/// Whoever came before keeps the name of then. A name that a local account or somebody else has is never taken over.
pub(crate) fn bring_in(
    by: &Registrar<'_>,
    subject: &str,
    user: &User,
) -> Result<String, AccountError> {
    for stored in by.store.records(RecordKind::User)? {
        let old: UserRecord = parsed(&stored)?;
        if old.subject.as_deref() == Some(subject) {
            if old.disabled {
                return Err(AccountError::NoSuchUser(stored.key));
            }
            let mut new = old.clone();
            new.roles = UserRecord::of(user).roles;
            if old.roles != new.roles {
                note_rights(by, &stored.key, Some(&old), Some(&new))?;
                // Who comes second brings the same.
                written(by.store, &[replacement(&stored, &new)])?;
            }
            return Ok(stored.key);
        }
    }
    check_name(&user.name)?;
    let mut record = UserRecord::of(user);
    record.subject = Some(subject.to_owned());
    add_record(by, &user.name, record)?;
    Ok(user.name.clone())
}

/// Refuses a name that cannot stand in the history, or alone between the slashes of an address.
pub(crate) fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
    let says_something = name.chars().any(char::is_alphanumeric);
    if !says_something || name.chars().count() > NAME_MAX || !name.chars().all(fits) {
        return Err(AccountError::BadName(name.to_owned()));
    }
    Ok(())
}

/// Removes a user with all tokens, sessions and links.
pub(crate) fn remove(by: &Registrar<'_>, name: &str) -> Result<(), AccountError> {
    tokens::revoke_all(by, name)?;
    until_written(|| {
        let stored = record(by.store, name)?;
        note_rights(by, name, Some(&parsed(&stored)?), None)?;
        Ok(written(by.store, &[removal(stored)])?.then_some(()))
    })?;
    forget_visits(by.store, name)
}

/// Lets a user in no longer, or again; tokens rest meanwhile.
pub(crate) fn set_disabled(
    by: &Registrar<'_>,
    name: &str,
    disabled: bool,
) -> Result<(), AccountError> {
    change_rights(by, name, |record| {
        record.disabled = disabled;
        record.renew()
    })?;
    forget_visits(by.store, name)
}

/// Gives a user one more role, or the same for other municipalities, from the next request on.
pub(crate) fn grant(
    by: &Registrar<'_>,
    name: &str,
    assignment: &Assignment,
) -> Result<(), AccountError> {
    change_rights(by, name, |record| {
        record.roles.retain(|held| held.role != assignment.role);
        record.roles.push(RoleEntry::of(assignment));
        Ok(())
    })
}

/// Takes a role from a user, from the next request on.
pub(crate) fn withdraw(by: &Registrar<'_>, name: &str, role: &str) -> Result<(), AccountError> {
    change_rights(by, name, |record| {
        record.roles.retain(|held| held.role != role);
        Ok(())
    })
}

/// Gives a user another password, of which this is the hash.
pub(crate) fn set_password(by: &Registrar<'_>, name: &str, hash: &str) -> Result<(), AccountError> {
    record(by.store, name)?;
    by.note(AuditAct::PasswordSet, name, None, None)?;
    change(by.store, name, |record| {
        record.password = Some(hash.to_owned());
        record.renew()
    })?;
    forget_visits(by.store, name)
}

/// Ends all sessions of a user and returns how many there were.
pub(crate) fn end_sessions(by: &Registrar<'_>, name: &str) -> Result<usize, AccountError> {
    record(by.store, name)?;
    by.note(AuditAct::SessionsEnded, name, None, None)?;
    change(by.store, name, UserRecord::renew)?;
    sessions::end_all(by.store, name, None)
}

/// Returns all users by name.
pub(crate) fn all(store: &dyn OfficeStore) -> Result<Vec<Account>, AccountError> {
    store
        .records(RecordKind::User)?
        .iter()
        .map(account)
        .collect()
}

/// Returns one user.
pub(crate) fn one(store: &dyn OfficeStore, name: &str) -> Result<Account, AccountError> {
    account(&record(store, name)?)
}

fn account(stored: &OfficeRecord) -> Result<Account, AccountError> {
    let record: UserRecord = parsed(stored)?;
    Ok(Account {
        disabled: record.disabled,
        has_password: record.password.is_some(),
        by_broker: record.subject.is_some(),
        logged_in_at: record.logged_in_at,
        user: record.user(&stored.key),
    })
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

/// Writes down what a user may do and may do from now on.
pub(super) fn note_rights(
    by: &Registrar<'_>,
    name: &str,
    before: Option<&UserRecord>,
    after: Option<&UserRecord>,
) -> Result<(), AccountError> {
    let [before, after] = [before, after].map(|record| record.map(UserRecord::rights));
    by.note(AuditAct::UserChanged, name, before, after)
}

fn add_record(by: &Registrar<'_>, name: &str, mut record: UserRecord) -> Result<(), AccountError> {
    let exists = || AccountError::UserExists(name.to_owned());
    if by.store.record(RecordKind::User, name)?.is_some() {
        return Err(exists());
    }
    record.renew()?;
    note_rights(by, name, None, Some(&record))?;
    let added = written(by.store, &[addition(RecordKind::User, name, &record)])?;
    added.then_some(()).ok_or_else(exists)
}

/// Changes what a user may do, unless nobody would be left who gives rights to others.
fn change_rights(
    by: &Registrar<'_>,
    name: &str,
    change: impl Fn(&mut UserRecord) -> Result<(), AccountError>,
) -> Result<(), AccountError> {
    until_written(|| {
        let stored = record(by.store, name)?;
        let old: UserRecord = parsed(&stored)?;
        let mut new = old.clone();
        change(&mut new)?;
        if old.rights() == new.rights() {
            return Ok(Some(()));
        }
        let mut changes = vec![replacement(&stored, &new)];
        if old.administers() && !new.administers() {
            changes.push(who_stays(by.store, name)?);
        }
        note_rights(by, name, Some(&old), Some(&new))?;
        Ok(written(by.store, &changes)?.then_some(()))
    })
}

/// Returns a change that leaves another administrator as it is: two of them cannot take the right from each other at
/// the same moment.
fn who_stays(store: &dyn OfficeStore, but: &str) -> Result<RecordChange, AccountError> {
    for stored in store.records(RecordKind::User)? {
        let record: UserRecord = parsed(&stored)?;
        if stored.key != but && record.administers() {
            return Ok(replacement(&stored, &record));
        }
    }
    Err(AccountError::LastAdministrator(but.to_owned()))
}

/// Changes what is kept of a user beside rights.
fn change(
    store: &dyn OfficeStore,
    name: &str,
    change: impl Fn(&mut UserRecord) -> Result<(), AccountError>,
) -> Result<(), AccountError> {
    until_written(|| {
        let stored = record(store, name)?;
        let mut body: UserRecord = parsed(&stored)?;
        change(&mut body)?;
        Ok(written(store, &[replacement(&stored, &body)])?.then_some(()))
    })
}

/// Removes the records of sessions and links that do not work any more.
fn forget_visits(store: &dyn OfficeStore, name: &str) -> Result<(), AccountError> {
    sessions::end_all(store, name, None)?;
    links::withdraw(store, name)
}
