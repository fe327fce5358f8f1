//! Undoing a revision in the name of a user, as far as they may; knows no HTTP.

use chrono::{DateTime, Utc};
use layers::merge::Asked;
use layers::policy::Operation as Act;
use layers::undo::{Undo, UndoError, Undone, undo_revision};
use layers::{Municipalities, Revision, Store};
use uuid::Uuid;

use crate::conflicts::{may_do, sees_all_that_changes};
use crate::rights::User;

/// Undoes a revision, if the user may do all that this takes and sees every value that it changes.
pub(crate) fn undo_by(
    user: &User,
    store: &dyn Store,
    revision: Revision,
    at: DateTime<Utc>,
) -> Result<Undone, UndoError> {
    let undo = Undo {
        revision,
        author: user.name.clone(),
        reason: format!("vrácení revize {}", revision.0),
        at,
        municipalities: whose(user, store),
        strict: false,
    };
    let permits =
        |asked: &Asked<'_>| may_do(user, asked) && sees_all_that_changes(user, store, asked);
    undo_revision(store, &undo, &permits, &|| Uuid::now_v7().into())
}

/// Returns whose features the user may change in any way.
fn whose(user: &User, store: &dyn Store) -> Municipalities {
    let layers = store.layers().iter();
    let theirs = layers.flat_map(|layer| Act::ALL.map(|act| user.may(act, layer)));
    theirs.fold(Municipalities::NONE, |all, one| all.and(&one))
}
