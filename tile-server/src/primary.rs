//! What a server that reads from a standby knows of its primary: the newest revision there.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use layers::{Revision, Store, StoreError};

/// How long it is at most until the primary is asked again, when it told of nothing.
const WAIT: Duration = Duration::from_secs(1);
/// How long it is until that after a failure.
const PAUSE: Duration = Duration::from_millis(100);

/// The primary of a standby.
pub(crate) struct Primary {
    store: Arc<dyn Store>,
    head: AtomicI64,
}

impl Primary {
    /// Knows nothing yet.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            head: AtomicI64::new(0),
        }
    }

    /// Returns the newest revision it is known to have; asks nobody.
    pub(crate) fn head(&self) -> Revision {
        Revision(self.head.load(Ordering::Acquire))
    }

    /// Asks it for its newest revision, if it can be asked.
    pub(crate) fn ask(&self) {
        if let Ok(head) = self.store.head() {
            self.saw(head);
        }
    }

    /// Starts to follow it, until it is dropped.
    pub(crate) fn attend(self: &Arc<Self>) {
        let primary = Arc::downgrade(self);
        thread::spawn(move || {
            while let Some(primary) = primary.upgrade() {
                if primary.wait().is_err() {
                    // The store says in the log why.
                    thread::sleep(PAUSE);
                }
            }
        });
    }

    fn wait(&self) -> Result<(), StoreError> {
        self.saw(self.store.wait_for_revision(self.head(), WAIT)?);
        Ok(())
    }

    fn saw(&self, head: Revision) {
        self.head.fetch_max(head.0, Ordering::AcqRel);
    }
}
