//! What blind writers were shown: noted before it is sent, as it is what they will have seen, and forgotten after days.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use layers::{LayerId, Revision, Store, StoreError};

use crate::rights::User;

/// After how long the same is noted again, so that what is still looked at is not forgotten; and how often is forgotten.
const REFRESH: TimeDelta = TimeDelta::hours(1);

/// What this server noted of late.
#[derive(Default)]
pub(crate) struct Served(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    /// The newest revision of each layer that each reader was shown, and when that was noted.
    last: HashMap<(String, LayerId), (Revision, DateTime<Utc>)>,
    /// When was last forgotten what is too old.
    forgot: Option<DateTime<Utc>>,
}

impl Served {
    /// Notes that somebody is about to be shown features of a layer as they stand, if that will ever matter.
    ///
    /// What cannot be noted must not be shown. Call it before the features are read: what is noted is no later than
    /// what is shown, so that an edit between the two is met once too often and never overwritten.
    pub(crate) fn note(
        &self,
        store: &dyn Store,
        user: Option<&User>,
        layer: &LayerId,
        at: DateTime<Utc>,
        shown_for: TimeDelta,
    ) -> Result<(), StoreError> {
        let Some(reader) = user.and_then(|user| user.blind_as.as_ref()) else {
            return Ok(());
        };
        let head = store.head()?;
        let key = (reader.clone(), layer.clone());
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |since: &DateTime<Utc>| at - *since < REFRESH;
        let last = noted.last.get(&key);
        if last.is_some_and(|(revision, since)| *revision == head && is_fresh(since)) {
            return Ok(());
        }
        let must_forget = !noted.forgot.as_ref().is_some_and(is_fresh);
        if must_forget {
            noted.forgot = Some(at);
            noted.last.retain(|_, (_, since)| is_fresh(since));
        }
        drop(noted);
        store.note_served(reader, layer, head, at)?;
        if must_forget {
            store.forget_served(at - shown_for - REFRESH)?;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.last.insert(key, (head, at));
        Ok(())
    }
}
