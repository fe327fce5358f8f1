//! Sessions: who is logged in, kept in the store, so that every server knows them and ends them at once.

use chrono::{DateTime, TimeDelta, Utc};
use layers::audit::AuditAct;
use layers::{OfficeRecord, OfficeStore, RecordKind};
use serde::{Deserialize, Serialize};

use super::records::{
    addition, parsed, removal, remove_where, replacement, until_written, written,
};
use super::registrar::Registrar;
use super::user_record::UserRecord;
use super::{AccountError, secret, users};
use crate::rights::User;

/// How long a session lasts.
const LASTS: TimeDelta = TimeDelta::hours(24);
/// How long it lasts without a request.
const RESTS: TimeDelta = TimeDelta::hours(2);
/// How long what the broker said holds.
const HOLDS: TimeDelta = TimeDelta::minutes(5);
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
    /// What the broker gave, sealed with the secret; none for a local account.
    #[serde(default)]
    broker: Option<String>,
    /// When the broker was last asked.
    #[serde(default)]
    asked_at: Option<DateTime<Utc>>,
}

impl Session {
    fn works(&self, now: DateTime<Utc>) -> bool {
        now < self.began_at + LASTS && now < self.used_at + RESTS
    }

    /// Whether the broker must be asked again.
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.asked_at.is_some_and(|at| now > at + HOLDS)
    }
}

/// Who is logged in, and by which session.
pub(crate) struct Visitor {
    pub(crate) user: User,
    /// The key of the session's record.
    pub(crate) session: String,
    /// What the broker gave, sealed.
    pub(crate) broker: Option<String>,
    /// Whether the broker must be asked again.
    pub(crate) is_due: bool,
}

/// Draws the secret of a session.
pub(crate) fn draw_secret() -> Result<String, AccountError> {
    secret::draw("")
}

/// Begins a session of a user under a secret and returns the user; sessions that are over are forgotten on the way.
///
/// `broker` is what the broker gave, sealed; none for a local account.
pub(crate) fn begin(
    store: &dyn OfficeStore,
    name: &str,
    secret: &str,
    broker: Option<&str>,
    now: DateTime<Utc>,
) -> Result<User, AccountError> {
    remove_where(store, RecordKind::Session, |record| {
        Ok(!parsed::<Session>(record)?.works(now))
    })?;
    until_written(|| {
        let stored = users::record(store, name)?;
        let mut user: UserRecord = parsed(&stored)?;
        if user.disabled {
            return Err(AccountError::NoSuchUser(name.to_owned()));
        }
        user.logged_in_at = Some(now);
        let session = Session {
            user: name.to_owned(),
            generation: user.generation,
            began_at: now,
            used_at: now,
            asked_at: broker.map(|_| now),
            broker: broker.map(str::to_owned),
        };
        let key = secret::fingerprint(secret);
        let session = addition(RecordKind::Session, &key, &session);
        let begun = written(store, &[session, replacement(&stored, &user)])?;
        Ok(begun.then(|| user.user(name)))
    })
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
    let visitor = Visitor {
        user: user.user(&session.user),
        session: key,
        broker: session.broker.clone(),
        is_due: session.is_due(now),
    };
    if !visitor.is_due {
        note_use(store, &record, session, now);
    }
    Ok(Some(visitor))
}

/// Takes the turn to ask the broker and returns what it gave, sealed; nothing when somebody else has the turn.
pub(crate) fn take_turn(
    store: &dyn OfficeStore,
    key: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, AccountError> {
    let Some(record) = store.record(RecordKind::Session, key)? else {
        return Ok(None);
    };
    let mut session: Session = parsed(&record)?;
    if !session.is_due(now) {
        return Ok(None);
    }
    (session.asked_at, session.used_at) = (Some(now), now);
    let mine = written(store, &[replacement(&record, &session)])?;
    Ok(session.broker.filter(|_| mine))
}

/// Keeps what the broker gave now, sealed; a session that ended meanwhile stays ended.
pub(crate) fn keep(store: &dyn OfficeStore, key: &str, sealed: &str) -> Result<(), AccountError> {
    until_written(|| {
        let Some(record) = store.record(RecordKind::Session, key)? else {
            return Ok(Some(()));
        };
        let mut session: Session = parsed(&record)?;
        session.broker = Some(sealed.to_owned());
        Ok(written(store, &[replacement(&record, &session)])?.then_some(()))
    })
}

/// Ends a session.
pub(crate) fn end(store: &dyn OfficeStore, key: &str) -> Result<(), AccountError> {
    if let Some(record) = store.record(RecordKind::Session, key)? {
        written(store, &[removal(record)])?;
    }
    Ok(())
}

/// Ends the session of a secret, if it is one.
pub(crate) fn end_of(store: &dyn OfficeStore, secret: &str) -> Result<(), AccountError> {
    end(store, &secret::fingerprint(secret))
}

/// Ends all sessions of a user but the one in which this is asked for.
pub(crate) fn end_others(by: &Registrar<'_>, name: &str, own: &str) -> Result<(), AccountError> {
    by.note(AuditAct::SessionsEnded, name, None, None)?;
    end_all(by.store, name, Some(own)).map(drop)
}

/// Ends all sessions of a user but one, and returns how many there were.
pub(super) fn end_all(
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
