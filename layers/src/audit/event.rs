//! One event of the audit log and its canonical form, a JSON document whose members stand in a fixed order.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// The layer of an event that concerns all of them, such as a backup.
pub const ALL_LAYERS: &str = "*";

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditAct {
    /// Somebody logged in.
    Login,
    /// A login, a token or a session was not accepted.
    LoginRefused,
    /// Somebody logged out.
    Logout,
    /// A token was made.
    TokenIssued,
    /// Tokens were made useless.
    TokenRevoked,
    /// A user was added, disabled, enabled or removed, or got other rights.
    UserChanged,
    /// A password was set.
    PasswordSet,
    /// All logins of a user in browsers were ended.
    SessionsEnded,
    /// A link was made with which somebody sets a password once.
    LinkMade,
    /// Something was refused for lack of rights.
    Refused,
    /// What is not public was read.
    Read,
    /// A feature was added, changed or removed through a door.
    Edit,
    /// A file was attached to a feature.
    Attach,
    /// An attached file was taken away.
    Detach,
    /// A file of what is not public was made.
    Export,
    /// An offline package was made.
    Package,
    /// A release was made.
    Publish,
    /// A release was taken back.
    Withdraw,
    /// A backup was made.
    Backup,
    /// A backup was restored.
    Restore,
    /// The whole store was copied.
    Copy,
    /// Rows of a file were taken in.
    Import,
    /// A revision was undone.
    Undo,
    /// A personal value was erased.
    Redact,
    /// History was removed because its time was over.
    Prune,
    /// The ends of all chains were noted.
    Anchor,
}

impl AuditAct {
    /// All acts, in the order in which they are listed to people.
    pub const ALL: [Self; 26] = [
        Self::Login,
        Self::LoginRefused,
        Self::Logout,
        Self::TokenIssued,
        Self::TokenRevoked,
        Self::UserChanged,
        Self::PasswordSet,
        Self::SessionsEnded,
        Self::LinkMade,
        Self::Refused,
        Self::Read,
        Self::Edit,
        Self::Attach,
        Self::Detach,
        Self::Export,
        Self::Package,
        Self::Publish,
        Self::Withdraw,
        Self::Backup,
        Self::Restore,
        Self::Copy,
        Self::Import,
        Self::Undo,
        Self::Redact,
        Self::Prune,
        Self::Anchor,
    ];

    /// Returns the word that events write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginRefused => "login-refused",
            Self::Logout => "logout",
            Self::TokenIssued => "token-issued",
            Self::TokenRevoked => "token-revoked",
            Self::UserChanged => "user-changed",
            Self::PasswordSet => "password-set",
            Self::SessionsEnded => "sessions-ended",
            Self::LinkMade => "link-made",
            Self::Refused => "refused",
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Attach => "attach",
            Self::Detach => "detach",
            Self::Export => "export",
            Self::Package => "package",
            Self::Publish => "publish",
            Self::Withdraw => "withdraw",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Copy => "copy",
            Self::Import => "import",
            Self::Undo => "undo",
            Self::Redact => "redact",
            Self::Prune => "prune",
            Self::Anchor => "anchor",
        }
    }

    /// Returns the act of which an event or a person wrote the word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
    }
}

/// The end of a chain: how many rows it has, and the hash of the last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChainEnd {
    /// The chain's name.
    pub chain: String,
    /// The place of its last row.
    pub seq: i64,
    /// That row's hash.
    pub hash: String,
}

/// Who did what, when, with which data. It holds no personal values of the data themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When, by the clock of the writer: RFC 3339 in UTC with milliseconds, so that texts sort as instants do.
    pub at: String,
    /// The user's name; who works on the command line has the name of the system's account.
    pub actor: String,
    /// With which roles it was allowed, with commas between; or in what other way, such as `command line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What was done.
    pub act: AuditAct,
    /// With which layer; [`ALL_LAYERS`] for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// With which dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// With whose data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub municipality: Option<i64>,
    /// With which single thing: the id of a feature, the name of a user, the number of a release or revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Which rows were asked for, without the values that were typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// How many rows left the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// How many tiles were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<u64>,
    /// How many bytes were sent or written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The SHA-256 of these bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The request that the log lines of the server name too; `command line` for what is done there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What was before, such as the roles of a user; secrets never stand here, nor values of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What is after it, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// From which network address, of what was refused to somebody who is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// For how many of the same kind it stands, when not each is written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The ends of all chains, in an anchor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<ChainEnd>,
}

impl AuditEvent {
    /// Makes an event that says nothing but when, who and what; the caller fills in the rest.
    pub fn new(at: DateTime<Utc>, actor: &str, act: AuditAct) -> Self {
        Self {
            at: Self::instant(at),
            actor: actor.to_owned(),
            role: None,
            act,
            layer: None,
            dataset: None,
            municipality: None,
            subject: None,
            filter: None,
            rows: None,
            tiles: None,
            bytes: None,
            sha256: None,
            request: None,
            before: None,
            after: None,
            address: None,
            times: None,
            ends: Vec::new(),
        }
    }

    /// Writes an instant as events do, for a query.
    pub fn instant(at: DateTime<Utc>) -> String {
        at.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Writes the canonical form; a NUL, which no database takes in a text, becomes a mark.
    pub(crate) fn text(&self) -> String {
        let text = serde_json::to_string(self).expect("an event has no keys but texts");
        text.replace("\\u0000", "\\ufffd")
    }

    /// Reads the canonical form.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        for act in AuditAct::ALL {
            let at = DateTime::from_timestamp_millis(1_790_000_000_007).expect("a time");
            let event = AuditEvent {
                layer: Some(ALL_LAYERS.to_owned()),
                municipality: Some(562_971),
                rows: Some(7),
                ..AuditEvent::new(at, "jana \"N\"\n", act)
            };
            assert_eq!(AuditEvent::of_text(&event.text()), Some(event.clone()));
            assert!(event.text().contains(&format!("\"{}\"", act.as_str())));
            assert_eq!(AuditAct::of_word(act.as_str()), Some(act));
        }
    }
}
