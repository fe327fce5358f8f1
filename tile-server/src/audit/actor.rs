//! Who does something, with which roles and by which request: what every event says beside the act.

use layers::audit::{AuditAct, AuditEvent};

use super::now;
use crate::rights::User;

/// Stands for somebody who is not known: what was typed as a name may be a password.
const UNKNOWN: &str = "?";
/// Stands in the place of roles and of the request where there are none.
const COMMAND_LINE: &str = "command line";

/// Somebody who does something.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    name: String,
    role: Option<String>,
    request: Option<String>,
}

impl Actor {
    /// Returns whoever works on the command line, by the name of the system's account.
    pub(crate) fn at_command_line() -> Self {
        Self::author(&std::env::var("USER").unwrap_or_else(|_| "obzor".to_owned()))
    }

    /// Returns who answers for what is done on the command line, as was said there.
    pub(crate) fn author(name: &str) -> Self {
        Self::vouched_for(name, COMMAND_LINE, COMMAND_LINE)
    }

    /// Returns a user who sent a request, with the roles of this moment.
    pub(crate) fn user(user: &User, request: &str) -> Self {
        Self {
            name: user.name.clone(),
            role: user.role_names(),
            request: Some(request.to_owned()),
        }
    }

    /// Returns somebody who may do it for another reason than a role.
    pub(crate) fn vouched_for(name: &str, by: &str, request: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: Some(by.to_owned()),
            request: Some(request.to_owned()),
        }
    }

    /// Returns whoever sent a request, of whom nothing is known.
    pub(crate) fn unknown(request: &str) -> Self {
        Self {
            name: UNKNOWN.to_owned(),
            role: None,
            request: Some(request.to_owned()),
        }
    }

    /// Returns the name in the history.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes an event of this moment.
    pub(crate) fn event(&self, act: AuditAct) -> AuditEvent {
        AuditEvent {
            role: self.role.clone(),
            request: self.request.clone(),
            ..AuditEvent::new(now(), &self.name, act)
        }
    }
}
