//! Sessions that the broker stands behind: it is asked again from time to time whether its person may still come in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::accounts::registrar::Registrar;
use crate::accounts::sessions::{self, Visitor};
use crate::accounts::{AccountError, sealed, users};
use crate::audit::Actor;
use crate::rights::User;

use super::{Broker, OidcError, Proven};

/// Stands in events where the broker's word is the reason, not a role.
const BROKER: &str = "login broker";

/// Returns somebody about whom the broker says something, as events name them.
pub(crate) fn actor(name: &str, request: &str) -> Actor {
    Actor::vouched_for(name, BROKER, request)
}

/// What a session keeps of the broker's answer, sealed with its own secret.
#[derive(Deserialize, Serialize)]
pub(crate) struct Kept {
    pub(super) subject: String,
    pub(crate) id_token: String,
    pub(super) refresh_token: Option<String>,
}

impl Kept {
    /// Returns what is kept of who somebody is.
    pub(crate) fn of(proven: Proven) -> Self {
        Self {
            subject: proven.subject,
            id_token: proven.id_token,
            refresh_token: proven.refresh_token,
        }
    }
}

/// Asks the broker again about whoever is logged in, when it is time to; returns the user with the rights of today's
/// groups, or nothing when the session is over.
///
/// One request asks, others go on meanwhile: brokers take a refresh token that comes twice for a stolen one. While the
/// broker is away the session goes on as it is, until its own end.
pub(crate) fn renew(
    by: &Registrar<'_>,
    broker: &Broker,
    secret: &str,
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<Option<User>, AccountError> {
    let (store, key) = (by.store, &visitor.session);
    let Some(kept) = sessions::take_turn(store, key, now)? else {
        return Ok(Some(visitor.user.clone()));
    };
    let Some(kept) = sealed::open::<Kept>(secret, &kept) else {
        return Ok(Some(visitor.user.clone()));
    };
    if kept.refresh_token.is_none() {
        return Ok(Some(visitor.user.clone()));
    }
    match broker.refresh(&kept) {
        Ok(proven) => {
            let name = users::bring_in(by, &proven.subject, &proven.user)?;
            let user = proven.user.clone();
            sessions::keep(store, key, &sealed::seal(secret, &Kept::of(proven))?)?;
            Ok(Some(User { name, ..user }))
        }
        Err(OidcError::Ask(why)) => {
            tracing::warn!("the broker cannot be asked, sessions go on: {why}");
            Ok(Some(visitor.user.clone()))
        }
        Err(why) => {
            tracing::info!("a session ends because of the broker: {why}");
            sessions::end(store, key)?;
            Ok(None)
        }
    }
}
