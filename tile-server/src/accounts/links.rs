//! One-time links: with one, a person chooses a password, and the first one also a name.

use chrono::{DateTime, TimeDelta, Utc};
use layers::audit::AuditAct;
use layers::{OfficeRecord, OfficeStore, RecordKind};
use serde::{Deserialize, Serialize};

use super::records::{addition, parsed, removal, remove_where, replacement, written};
use super::registrar::Registrar;
use super::user_record::UserRecord;
use super::{AccountError, roles, secret, users};

/// How long a link works.
const LASTS: TimeDelta = TimeDelta::hours(24);

/// Stands in events for the user whom a link for the first administrator will make.
const FIRST: &str = "first administrator";

/// A link's record, under the SHA-256 of its secret.
#[derive(Deserialize, Serialize)]
struct Link {
    /// For whom it is; none makes the first administrator.
    user: Option<String>,
    ends_at: DateTime<Utc>,
}

/// For whom a link is that works.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invited {
    /// A user who sets a password.
    User(String),
    /// Whoever comes first, who becomes the administrator under a name of their choice.
    FirstAdministrator,
}

/// Makes a link for a user and returns its secret; older ones of the user stop working.
pub(crate) fn make(
    by: &Registrar<'_>,
    name: &str,
    now: DateTime<Utc>,
) -> Result<String, AccountError> {
    users::record(by.store, name)?;
    by.note(AuditAct::LinkMade, name, None, None)?;
    withdraw(by.store, name)?;
    write(by.store, Some(name.to_owned()), now)
}

/// Makes the link of the first administrator; none when there is a user, or such a link that nobody used yet.
pub(crate) fn make_first(
    by: &Registrar<'_>,
    now: DateTime<Utc>,
) -> Result<Option<String>, AccountError> {
    if !by.store.records(RecordKind::User)?.is_empty() {
        return Ok(None);
    }
    for record in by.store.records(RecordKind::OneTimeLink)? {
        if parsed::<Link>(&record)?.ends_at > now {
            return Ok(None);
        }
        written(by.store, &[removal(record)])?;
    }
    by.note(AuditAct::LinkMade, FIRST, None, None)?;
    write(by.store, None, now).map(Some)
}

/// Returns for whom a link is; none when it does not work. Looking at a link does not use it up.
pub(crate) fn invited(
    store: &dyn OfficeStore,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<Invited>, AccountError> {
    Ok(working(store, secret, now)?.map(|(_, invited)| invited))
}

/// Uses a link up: in one act the password of the user is set, or the first administrator made of this `name`.
/// Returns the user's name.
pub(crate) fn accept(
    by: &Registrar<'_>,
    secret: &str,
    name: &str,
    hash: String,
    now: DateTime<Utc>,
) -> Result<String, AccountError> {
    let found = working(by.store, secret, now)?;
    let (link, invited) = found.ok_or(AccountError::NoSuchLink)?;
    let (name, change) = match invited {
        Invited::User(name) => {
            let stored = users::record(by.store, &name)?;
            let mut record: UserRecord = parsed(&stored)?;
            record.password = Some(hash);
            record.renew()?;
            (name, replacement(&stored, &record))
        }
        Invited::FirstAdministrator => {
            users::check_name(name)?;
            let mut record = UserRecord::of(&roles::administrator(name));
            record.password = Some(hash);
            record.renew()?;
            users::note_rights(by, name, None, Some(&record))?;
            (name.to_owned(), addition(RecordKind::User, name, &record))
        }
    };
    by.note(AuditAct::PasswordSet, &name, None, None)?;
    if written(by.store, &[removal(link), change])? {
        Ok(name)
    } else {
        Err(AccountError::NoSuchLink)
    }
}

/// Returns the address of a link whose secret this is.
///
/// The secret stands in the query, which no log line holds.
pub(crate) fn address(base: &str, secret: &str) -> String {
    format!("{base}/invitation?key={secret}")
}

/// Removes the links of a user.
pub(super) fn withdraw(store: &dyn OfficeStore, name: &str) -> Result<(), AccountError> {
    remove_where(store, RecordKind::OneTimeLink, |record| {
        Ok(parsed::<Link>(record)?.user.as_deref() == Some(name))
    })?;
    Ok(())
}

fn write(
    store: &dyn OfficeStore,
    user: Option<String>,
    now: DateTime<Utc>,
) -> Result<String, AccountError> {
    let secret = secret::draw("")?;
    let link = Link {
        user,
        ends_at: now + LASTS,
    };
    let key = secret::fingerprint(&secret);
    store.write(&[addition(RecordKind::OneTimeLink, &key, &link)])?;
    Ok(secret)
}

fn working(
    store: &dyn OfficeStore,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<(OfficeRecord, Invited)>, AccountError> {
    let Some(record) = store.record(RecordKind::OneTimeLink, &secret::fingerprint(secret))? else {
        return Ok(None);
    };
    let link: Link = parsed(&record)?;
    if link.ends_at <= now {
        return Ok(None);
    }
    let invited = match link.user {
        Some(name) if users::active(store, &name)?.is_some() => Invited::User(name),
        Some(_) => return Ok(None),
        None if !store.records(RecordKind::User)?.is_empty() => return Ok(None),
        None => Invited::FirstAdministrator,
    };
    Ok(Some((record, invited)))
}
