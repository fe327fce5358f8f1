//! Users and their tokens, kept as records of the office; a token's secret is kept only as its SHA-256.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use layers::{Municipalities, OfficeRecord, OfficeStore, RecordChange, RecordKind, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::rights::User;

/// What every secret begins with, so that people and scanners know one when they see it.
const SECRET_PREFIX: &str = "obzor_";
/// How long a user's name may be.
const NAME_MAX: usize = 100;

/// Why the accounts stayed as they were.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// The name cannot stand in the history.
    #[error("`{0}` is no name of a user: write 1 to {NAME_MAX} letters, digits or `.-_@`")]
    BadName(String),
    /// There is such a user.
    #[error("there is a user {0} already")]
    UserExists(String),
    /// There is no such user.
    #[error("there is no user {0}; `obzor user list` names all")]
    NoSuchUser(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    DrawSecret(getrandom::Error),
    /// A record is not what it should be.
    #[error("the record {0} cannot be read")]
    ReadRecord(String),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A user's record, under its name.
#[derive(Deserialize, Serialize)]
struct UserRecord {
    /// The codes of its municipalities; none is all of them.
    municipalities: Option<Vec<i64>>,
}

/// A token's record, under the SHA-256 of its secret.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Token {
    /// Whose it is.
    pub(crate) user: String,
    /// When it was made.
    pub(crate) issued_at: DateTime<Utc>,
    /// Until when it works; none is for ever.
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// Adds a user.
pub(crate) fn add_user(store: &dyn OfficeStore, user: &User) -> Result<(), AccountError> {
    let fits = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
    let name = &user.name;
    if name.is_empty() || name.chars().count() > NAME_MAX || !name.chars().all(fits) {
        return Err(AccountError::BadName(name.clone()));
    }
    let municipalities = match &user.municipalities {
        Municipalities::All => None,
        Municipalities::Listed(codes) => Some(codes.iter().copied().collect()),
    };
    let written = store.write(&[RecordChange::Put {
        kind: RecordKind::User,
        key: name.clone(),
        expected: 0,
        body: as_json(&UserRecord { municipalities }),
    }]);
    match written {
        Err(StoreError::StaleRecords(_)) => Err(AccountError::UserExists(name.clone())),
        written => Ok(written?),
    }
}

/// Removes a user with all its tokens.
pub(crate) fn remove_user(store: &dyn OfficeStore, name: &str) -> Result<(), AccountError> {
    let record = user_record(store, name)?;
    let mut changes = token_removals(store, name)?;
    changes.push(removal(record));
    Ok(store.write(&changes)?)
}

/// Makes a token and returns its secret: 256 random bits that are nowhere kept.
pub(crate) fn issue_token(store: &dyn OfficeStore, token: &Token) -> Result<String, AccountError> {
    user_record(store, &token.user)?;
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(AccountError::DrawSecret)?;
    let secret = format!("{SECRET_PREFIX}{}", hex(&bits));
    store.write(&[RecordChange::Put {
        kind: RecordKind::Token,
        key: fingerprint(&secret),
        expected: 0,
        body: as_json(token),
    }])?;
    Ok(secret)
}

/// Removes all tokens of a user and returns how many there were.
pub(crate) fn revoke_tokens(store: &dyn OfficeStore, name: &str) -> Result<usize, AccountError> {
    user_record(store, name)?;
    let changes = token_removals(store, name)?;
    store.write(&changes)?;
    Ok(changes.len())
}

/// Returns all users by name, each with its tokens.
pub(crate) fn users(store: &dyn OfficeStore) -> Result<Vec<(User, Vec<Token>)>, AccountError> {
    let tokens = store.records(RecordKind::Token)?;
    let tokens: Vec<Token> = tokens.iter().map(parsed).collect::<Result<_, _>>()?;
    let with_tokens = |record: &OfficeRecord| {
        let user = as_user(record)?;
        let own = tokens.iter().filter(|token| token.user == user.name);
        let own = own.cloned().collect();
        Ok((user, own))
    };
    store
        .records(RecordKind::User)?
        .iter()
        .map(with_tokens)
        .collect()
}

/// Returns whose a secret is at a moment; none for a wrong, removed or expired one.
///
/// The token is looked up by its hash, so the time this takes says nothing about any secret.
pub(crate) fn user_of(
    store: &dyn OfficeStore,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<User>, AccountError> {
    let Some(record) = store.record(RecordKind::Token, &fingerprint(secret))? else {
        return Ok(None);
    };
    let token: Token = parsed(&record)?;
    if token.expires_at.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    let user = store.record(RecordKind::User, &token.user)?;
    user.as_ref().map(as_user).transpose()
}

fn user_record(store: &dyn OfficeStore, name: &str) -> Result<OfficeRecord, AccountError> {
    let record = store.record(RecordKind::User, name)?;
    record.ok_or_else(|| AccountError::NoSuchUser(name.to_owned()))
}

fn token_removals(store: &dyn OfficeStore, name: &str) -> Result<Vec<RecordChange>, AccountError> {
    let mut removals = Vec::new();
    for record in store.records(RecordKind::Token)? {
        if parsed::<Token>(&record)?.user == name {
            removals.push(removal(record));
        }
    }
    Ok(removals)
}

fn removal(record: OfficeRecord) -> RecordChange {
    RecordChange::Remove {
        kind: record.kind,
        key: record.key,
        expected: record.version,
    }
}

fn as_user(record: &OfficeRecord) -> Result<User, AccountError> {
    let UserRecord { municipalities } = parsed(record)?;
    Ok(User {
        name: record.key.clone(),
        municipalities: municipalities.map_or(Municipalities::All, |codes| {
            Municipalities::Listed(codes.into_iter().collect())
        }),
    })
}

fn parsed<'a, T: Deserialize<'a>>(record: &'a OfficeRecord) -> Result<T, AccountError> {
    let unreadable =
        |_| AccountError::ReadRecord(format!("{}/{}", record.kind.as_str(), record.key));
    T::deserialize(&record.body).map_err(unreadable)
}

fn as_json(record: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(record).expect("a record has no keys but texts")
}

fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes every character");
    }
    text
}
