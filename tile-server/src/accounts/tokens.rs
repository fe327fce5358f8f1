//! Tokens: secrets for QGIS, GDAL, other programs and devices; scoped, ending, revocable, shown once.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use layers::audit::AuditAct;
use layers::policy::Operation;
use layers::{Municipalities, OfficeRecord, OfficeStore, RecordKind};
use serde::{Deserialize, Serialize};

use super::records::{addition, parsed, removal, replacement, written};
use super::registrar::Registrar;
use super::{AccountError, secret, users};
use crate::rights::User;

/// What every token begins with.
const PREFIX: &str = "obzor_";
/// How many characters of a token's hash name it towards people.
const ID_LENGTH: usize = 12;
/// After how many days without use a device's token ends.
const DEVICE_RESTS: Days = Days::new(90);

/// What a token is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TokenKind {
    /// A person's programs, such as QGIS.
    Personal,
    /// Another system of the city.
    #[default]
    Application,
    /// A phone or tablet; ends when it is not used for long.
    Device,
}

/// What may be done with a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    /// Reading what its user may read.
    Read,
    /// All that its user may do.
    #[default]
    ReadAndWrite,
    /// The same, also without saying which version was seen: for programs such as QGIS that cannot say it.
    EditWithoutIfMatch,
}

impl Scope {
    /// Whether it is more than reading.
    pub(crate) fn writes(self) -> bool {
        self != Self::Read
    }
}

/// A token's record, under the SHA-256 of its secret.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Token {
    /// Whose it is.
    pub(crate) user: String,
    /// What its user calls it.
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: TokenKind,
    #[serde(default)]
    pub(crate) scope: Scope,
    /// The only operations that it does where it writes; none is all of its user's.
    #[serde(default)]
    pub(crate) operations: Option<BTreeSet<Operation>>,
    /// The only municipalities for which it works; none is all of its user's.
    #[serde(default)]
    pub(crate) municipalities: Option<Vec<i64>>,
    /// When it was made.
    pub(crate) issued_at: DateTime<Utc>,
    /// Until when it works; none is for ever.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// The day on which it was last used.
    #[serde(default)]
    pub(crate) used_on: Option<NaiveDate>,
}

/// Who shows a token, and what it is good for.
pub(crate) struct Bearer {
    /// With the rights that the token leaves.
    pub(crate) user: User,
    pub(crate) scope: Scope,
}

impl Token {
    /// Whether the token works at a moment.
    pub(crate) fn works(&self, now: DateTime<Utc>) -> bool {
        let used = self.used_on.unwrap_or(self.issued_at.date_naive());
        let rested = used.checked_add_days(DEVICE_RESTS);
        let is_forgotten = rested.is_some_and(|end| end < now.date_naive());
        self.expires_at.is_none_or(|end| end > now)
            && !(self.kind == TokenKind::Device && is_forgotten)
    }

    /// Returns a user with the rights that the token leaves; it never adds any.
    fn narrowed(&self, id: &str, mut user: User) -> User {
        user.operations = match self.scope {
            Scope::Read => Some(BTreeSet::new()),
            Scope::ReadAndWrite | Scope::EditWithoutIfMatch => self.operations.clone(),
        };
        let is_blind = self.scope == Scope::EditWithoutIfMatch;
        user.blind_as = is_blind.then(|| format!("token {id}"));
        if let Some(codes) = &self.municipalities {
            for assignment in &mut user.roles {
                assignment.municipalities = narrowed(&assignment.municipalities, codes);
            }
        }
        user
    }

    /// Writes what it may do as events of the audit log do, without what its user calls it.
    fn rights(&self) -> String {
        let mut words = vec!["read"];
        if self.scope.writes() {
            let all = Operation::ALL.into();
            let done = self.operations.as_ref().unwrap_or(&all).iter();
            words.extend(done.map(|operation| operation.as_str()));
        }
        if self.scope == Scope::EditWithoutIfMatch {
            words.push("without If-Match");
        }
        let mut text = words.join(", ");
        if let Some(codes) = &self.municipalities {
            let codes: Vec<_> = codes.iter().map(ToString::to_string).collect();
            text = format!("{text}; {}", codes.join(" "));
        }
        text
    }
}

/// Makes a token and returns its secret, which is nowhere kept.
pub(crate) fn issue(by: &Registrar<'_>, token: &Token) -> Result<String, AccountError> {
    users::record(by.store, &token.user)?;
    let secret = secret::draw(PREFIX)?;
    let key = secret::fingerprint(&secret);
    let rights = format!("token {}: {}", id_of(&key), token.rights());
    by.note(AuditAct::TokenIssued, &token.user, None, Some(rights))?;
    by.store
        .write(&[addition(RecordKind::Token, &key, token)])?;
    Ok(secret)
}

/// Returns who shows a secret at a moment; none for a wrong, removed or expired one.
pub(crate) fn bearer(
    store: &dyn OfficeStore,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<Bearer>, AccountError> {
    let Some(record) = store.record(RecordKind::Token, &secret::fingerprint(secret))? else {
        return Ok(None);
    };
    let token: Token = parsed(&record)?;
    let (true, Some(user)) = (token.works(now), users::active(store, &token.user)?) else {
        return Ok(None);
    };
    let user = token.narrowed(&id_of(&record.key), user.user(&token.user));
    let scope = token.scope;
    note_use(store, &record, token, now.date_naive());
    Ok(Some(Bearer { user, scope }))
}

/// Returns all tokens with what names them, by user and time.
pub(crate) fn all(store: &dyn OfficeStore) -> Result<Vec<(String, Token)>, AccountError> {
    let records = store.records(RecordKind::Token)?;
    let read = |record: &OfficeRecord| Ok((id_of(&record.key), parsed::<Token>(record)?));
    let mut tokens: Vec<_> = records
        .iter()
        .map(read)
        .collect::<Result<_, AccountError>>()?;
    tokens.sort_by(|(_, a), (_, b)| (&a.user, a.issued_at).cmp(&(&b.user, b.issued_at)));
    Ok(tokens)
}

/// Returns the tokens of one user with what names them, oldest first.
pub(crate) fn of_user(
    store: &dyn OfficeStore,
    name: &str,
) -> Result<Vec<(String, Token)>, AccountError> {
    let mut tokens = all(store)?;
    tokens.retain(|(_, token)| token.user == name);
    Ok(tokens)
}

/// Makes one token of a user useless.
pub(crate) fn revoke(by: &Registrar<'_>, name: &str, id: &str) -> Result<(), AccountError> {
    match revoke_where(by, name, |other| other == id)? {
        0 => Err(AccountError::NoSuchToken(id.to_owned())),
        _ => Ok(()),
    }
}

/// Makes all tokens of a user useless and returns how many there were.
pub(crate) fn revoke_all(by: &Registrar<'_>, name: &str) -> Result<usize, AccountError> {
    users::record(by.store, name)?;
    revoke_where(by, name, |_| true)
}

/// Returns which token somebody shows, as people name it, and whose it is if it is still kept; nothing of what is no
/// token: it may be a password.
pub(crate) fn named_by(
    store: &dyn OfficeStore,
    secret: &str,
) -> Result<Option<(String, Option<String>)>, AccountError> {
    let drawn = secret.strip_prefix(PREFIX);
    if !drawn.is_some_and(secret::is_drawn) {
        return Ok(None);
    }
    let key = secret::fingerprint(secret);
    let kept = store.record(RecordKind::Token, &key)?;
    let kept: Option<Token> = kept.as_ref().map(parsed).transpose()?;
    Ok(Some((id_of(&key), kept.map(|token| token.user))))
}

/// Removes the tokens of a user that are meant, each written down before; returns how many.
fn revoke_where(
    by: &Registrar<'_>,
    name: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Result<usize, AccountError> {
    let mut count = 0;
    for record in by.store.records(RecordKind::Token)? {
        let (id, token): (_, Token) = (id_of(&record.key), parsed(&record)?);
        if token.user == name && is_meant(&id) {
            let rights = format!("token {id}: {}", token.rights());
            by.note(AuditAct::TokenRevoked, name, Some(rights), None)?;
            count += usize::from(written(by.store, &[removal(record)])?);
        }
    }
    Ok(count)
}

fn id_of(key: &str) -> String {
    key.chars().take(ID_LENGTH).collect()
}

/// Returns the municipalities that are in both.
fn narrowed(own: &Municipalities, codes: &[i64]) -> Municipalities {
    let codes = codes.iter().copied();
    Municipalities::Listed(match own {
        Municipalities::All => codes.collect(),
        Municipalities::Listed(own) => codes.filter(|code| own.contains(code)).collect(),
    })
}

/// Writes the day of use, once a day; a token works also where that cannot be written.
fn note_use(store: &dyn OfficeStore, record: &OfficeRecord, mut token: Token, today: NaiveDate) {
    if token.used_on != Some(today) {
        token.used_on = Some(today);
        let _ = written(store, &[replacement(record, &token)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_used_is_forgotten() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let mut token = Token {
            user: "jana".into(),
            name: "telefon".into(),
            kind: TokenKind::Device,
            scope: Scope::Read,
            operations: None,
            municipalities: None,
            issued_at: at("2026-01-01T00:00:00Z"),
            expires_at: None,
            used_on: None,
        };
        assert!(token.works(at("2026-04-01T23:00:00Z")));
        assert!(!token.works(at("2026-04-02T00:00:00Z")));
        token.used_on = NaiveDate::from_ymd_opt(2026, 3, 1);
        assert!(token.works(at("2026-04-02T00:00:00Z")));
        token.expires_at = Some(at("2026-04-02T00:00:00Z"));
        assert!(!token.works(at("2026-04-02T00:00:00Z")));
    }
}
