//! Clearing up: uploads that nobody ends, files that came for features that never did, and bytes that nobody needs any more.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use layers::audit::AuditEvent;
use layers::{Audience, FeatureQuery, Store, StoreError};

use crate::city::City;

use super::record::{Kept, Removal, all};
use super::{Attachments, remove};

/// How often is cleared up.
const EVERY: Duration = Duration::from_hours(1);
/// For how long bytes without a record are left alone: somebody may be copying them here before their records.
const NAMELESS: Duration = Duration::from_hours(24);
/// Who removes what belongs to no feature.
const SWEEPER: &str = "obzor";

/// Why nothing, or not all, was cleared up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    /// The folder failed.
    #[error(transparent)]
    Files(#[from] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Attachments {
    /// Clears up; several servers of one city may do it at once.
    pub(crate) fn sweep(&self, store: &dyn Store, now: DateTime<Utc>) -> Result<(), SweepError> {
        self.uploads.expire(self.limits.unfinished)?;
        for kept in all(store)? {
            if self.never_came(store, &kept, now)? {
                let removal = Removal {
                    by: SWEEPER.to_owned(),
                    at: AuditEvent::instant(now),
                    erased: false,
                };
                match remove(store, &kept, removal) {
                    // Somebody else has just done it.
                    Err(StoreError::StaleRecords(_)) => {}
                    removed => removed?,
                }
            }
        }
        self.remove_unneeded(store, now)
    }

    /// Whether a file came for a feature that is not there after all the time that it had.
    fn never_came(
        &self,
        store: &dyn Store,
        kept: &Kept,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let attachment = &kept.attachment;
        let waits = attachment.early.is_some() && attachment.removed.is_none();
        if !waits || !self.is_over(&attachment.at, now) {
            return Ok(false);
        }
        let layer = store.layers().get(&kept.key.layer);
        let Some(view) = layer.and_then(|layer| Audience::OFFICE.view(layer)) else {
            return Ok(false);
        };
        let query = FeatureQuery {
            id: Some(kept.key.feature),
            ..FeatureQuery::new(view)
        };
        Ok(store.count(&query)? == 0)
    }

    /// Removes the bytes that no record needs, or one that was removed long ago.
    fn remove_unneeded(&self, store: &dyn Store, now: DateTime<Utc>) -> Result<(), SweepError> {
        let _alone = self.files.while_nobody_adds()?;
        let records = all(store)?;
        let is_needed = |kept: &&Kept| match &kept.attachment.removed {
            None => true,
            Some(removal) => !removal.erased && !self.is_over(&removal.at, now),
        };
        let needed: BTreeSet<_> = records
            .iter()
            .filter(is_needed)
            .flat_map(|kept| kept.attachment.hashes(&kept.key))
            .collect();
        for file in self.files.all()? {
            let age = SystemTime::now().duration_since(file.modified);
            if !needed.contains(&file.sha256) && age.unwrap_or_default() >= NAMELESS {
                self.files.remove(&file.sha256)?;
            }
        }
        Ok(())
    }

    /// Whether an instant is so long ago that nothing is kept for its sake; one that cannot be read is not.
    fn is_over(&self, at: &str, now: DateTime<Utc>) -> bool {
        let at = DateTime::parse_from_rfc3339(at);
        let kept = TimeDelta::from_std(self.limits.kept).unwrap_or(TimeDelta::MAX);
        at.is_ok_and(|at| now.signed_duration_since(at) >= kept)
    }
}

/// Starts to clear up, now and then, until the city is dropped.
pub(crate) fn attend(city: &Arc<City>) {
    let city = Arc::downgrade(city);
    thread::spawn(move || {
        while let Some(city) = city.upgrade() {
            match city
                .attachments
                .sweep(&*city.store, SystemTime::now().into())
            {
                // The store says in the log that it is away; a copy for reading is cleared up by who writes.
                Ok(())
                | Err(SweepError::Store(StoreError::Unreachable(_) | StoreError::ReadOnly)) => {}
                Err(error) => tracing::error!("attachments cannot be cleared up: {error}"),
            }
            drop(city);
            thread::sleep(EVERY);
        }
    });
}

#[cfg(test)]
mod tests;
