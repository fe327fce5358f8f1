//! What is kept of a user: roles, password, who it is towards the broker.

use chrono::{DateTime, Utc};
use layers::Municipalities;
use layers::policy::{Assignment, Duty};
use serde::{Deserialize, Serialize};

use super::AccountError;
use crate::rights::User;

/// A user's record, under its name.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct UserRecord {
    pub(super) roles: Vec<RoleEntry>,
    /// The Argon2 hash of the password; none for who comes by token only.
    #[serde(default)]
    pub(super) password: Option<String>,
    /// Who it is towards the broker: issuer and subject; none for a local account.
    #[serde(default)]
    pub(super) subject: Option<String>,
    /// Whether nothing of this user works, though it is kept.
    #[serde(default)]
    pub(super) disabled: bool,
    /// Drawn anew whenever all sessions must end; a session knows under which it began.
    #[serde(default)]
    pub(super) generation: u64,
    /// When the user last logged in with a browser.
    #[serde(default)]
    pub(super) logged_in_at: Option<DateTime<Utc>>,
}

/// A role of a user.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct RoleEntry {
    pub(super) role: String,
    /// The codes of the municipalities for whose features it holds; none is all of them.
    municipalities: Option<Vec<i64>>,
}

impl RoleEntry {
    pub(super) fn of(assignment: &Assignment) -> Self {
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

    /// Writes the role as events do: with the codes of its municipalities, if it is not for all.
    fn written(&self) -> String {
        let codes = self.municipalities.iter().flatten();
        let words = [self.role.clone()].into_iter();
        let words: Vec<_> = words.chain(codes.map(ToString::to_string)).collect();
        words.join(" ")
    }
}

impl UserRecord {
    pub(super) fn of(user: &User) -> Self {
        Self {
            roles: user.roles.iter().map(RoleEntry::of).collect(),
            ..Self::default()
        }
    }

    pub(super) fn user(self, name: &str) -> User {
        let roles = self.roles.into_iter().map(RoleEntry::assignment);
        User::new(name, roles.collect())
    }

    /// Ends all sessions of the user.
    pub(super) fn renew(&mut self) -> Result<(), AccountError> {
        self.generation = getrandom::u64().map_err(AccountError::DrawSecret)?;
        Ok(())
    }

    /// Whether this user can log in and give rights to others.
    pub(super) fn administers(&self) -> bool {
        let comes_in = self.password.is_some() || self.subject.is_some();
        comes_in && !self.disabled && self.clone().user("").has(Duty::Administer)
    }

    /// Writes what the user may do as events of the audit log do.
    pub(super) fn rights(&self) -> String {
        let roles: Vec<_> = self.roles.iter().map(RoleEntry::written).collect();
        let roles = if roles.is_empty() {
            "no role".to_owned()
        } else {
            roles.join(", ")
        };
        if self.disabled {
            format!("{roles}; disabled")
        } else {
            roles
        }
    }
}
