//! Sessions: who is logged in, kept in the store, so that every server knows them and ends them at once.

use chrono::{DateTime, TimeDelta, Utc};
use layers::{OfficeRecord, OfficeStore, RecordKind};
use serde::{Deserialize, Serialize};

use super::records::{addition, parsed, removal, remove_where, replacement, written};
use super::{AccountError, secret, users};
use crate::rights::User;

/// How long a session lasts.
const LASTS: TimeDelta = TimeDelta::hours(24);
/// How long it lasts without a request.
const RESTS: TimeDelta = TimeDelta::hours(2);
/// How often it is written down that it is in use.
const NOTED: TimeDelta = TimeDelta::minutes(5);

/// A session's record, under the SHA-256 of the secret in the cookie.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// The user's generation when it began.
    generation: u64,
    pub(crate) began_at: DateTime<Utc>,
    /// When it was last used, to five minutes.
    pub(crate) used_at: DateTime<Utc>,
}

impl Session {
    fn works(&self, now: DateTime<Utc>) -> bool {
        now < self.began_at + LASTS && now < self.used_at + RESTS
    }
}

/// Who is logged in, and by which session.
pub(crate) struct Visitor {
    pub(crate) user: User,
    /// The key of the session's record.
    pub(crate) session: String,
}

/// Begins a session of a user and returns its secret; sessions that are over are forgotten on the way.
pub(crate) fn begin(
    store: &dyn OfficeStore,
    name: &str,
    now: DateTime<Utc>,
) -> Result<String, AccountError> {
    let user = users::active(store, name)?;
    let user = user.ok_or_else(|| AccountError::NoSuchUser(name.to_owned()))?;
    remove_where(store, RecordKind::Session, |record| {
        Ok(!parsed::<Session>(record)?.works(now))
    })?;
    let secret = secret::draw("")?;
    let session = Session {
        user: name.to_owned(),
        generation: user.generation,
        began_at: now,
        used_at: now,
    };
    let key = secret::fingerprint(&secret);
    store.write(&[addition(RecordKind::Session, &key, &session)])?;
    Ok(secret)
}

/// Returns who shows a secret at a moment; none when the session is over or never was.
pub(crate) fn visitor(
    store: &dyn OfficeStore,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<Visitor>, AccountError> {
    let key = secret::fingerprint(secret);
    let Some(record) = store.record(RecordKind::Session, &key)? else {
        return Ok(None);
    };
    let session: Session = parsed(&record)?;
    let user = users::active(store, &session.user)?;
    let user = user.filter(|user| session.works(now) && user.generation == session.generation);
    let Some(user) = user else {
        return Ok(None);
    };
    let user = user.user(&session.user);
    note_use(store, &record, session, now);
    Ok(Some(Visitor { user, session: key }))
}

/// Ends a session.
pub(crate) fn end(store: &dyn OfficeStore, key: &str) -> Result<(), AccountError> {
    if let Some(record) = store.record(RecordKind::Session, key)? {
        written(store, &[removal(record)])?;
    }
    Ok(())
}

/// Ends all sessions of a user but one, and returns how many there were.
pub(crate) fn end_all(
    store: &dyn OfficeStore,
    name: &str,
    but: Option<&str>,
) -> Result<usize, AccountError> {
    remove_where(store, RecordKind::Session, |record| {
        Ok(but != Some(&record.key) && parsed::<Session>(record)?.user == name)
    })
}

/// Returns the sessions of a user that are not over, oldest first, each with its key.
pub(crate) fn of_user(
    store: &dyn OfficeStore,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Vec<(String, Session)>, AccountError> {
    let mut found = Vec::new();
    for record in store.records(RecordKind::Session)? {
        let session: Session = parsed(&record)?;
        if session.user == name && session.works(now) {
            found.push((record.key, session));
        }
    }
    found.sort_by_key(|(_, session)| session.began_at);
    Ok(found)
}

/// Writes that a session is in use; it goes on also where that cannot be written.
fn note_use(
    store: &dyn OfficeStore,
    record: &OfficeRecord,
    mut session: Session,
    now: DateTime<Utc>,
) {
    if now > session.used_at + NOTED {
        session.used_at = now;
        let _ = written(store, &[replacement(record, &session)]);
    }
}
