//! Whoever changes accounts, and that every change is written down before it is made.

use layers::Store;
use layers::audit::{AuditAct, AuditEvent};

use super::AccountError;
use crate::audit::{Actor, AuditLog};
use crate::city::City;

/// Somebody who changes accounts; commands and pages do it by the same functions, which take one.
pub(crate) struct Registrar<'a> {
    pub(crate) store: &'a dyn Store,
    audit: &'a AuditLog,
    actor: Actor,
}

impl<'a> Registrar<'a> {
    /// Lets somebody change the accounts of a store.
    pub(crate) fn new(store: &'a dyn Store, audit: &'a AuditLog, actor: Actor) -> Self {
        Self {
            store,
            audit,
            actor,
        }
    }

    /// Writes down what becomes of the account of a user; what cannot be written down must not be done.
    ///
    /// What it says before and after holds no secrets, and nothing that people typed but names of users.
    pub(super) fn note(
        &self,
        act: AuditAct,
        user: &str,
        before: Option<String>,
        after: Option<String>,
    ) -> Result<(), AccountError> {
        let event = AuditEvent {
            subject: Some(user.to_owned()),
            before,
            after,
            ..self.actor.event(act)
        };
        Ok(self.audit.record(self.store, &[event])?)
    }
}

impl City {
    /// Lets somebody change the accounts of the city.
    pub(crate) fn registrar(&self, actor: Actor) -> Registrar<'_> {
        Registrar::new(&*self.store, &self.audit, actor)
    }
}
