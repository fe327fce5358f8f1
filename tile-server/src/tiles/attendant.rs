//! What the engine does between requests: it follows the store and compacts, in a thread of its own.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use super::TileService;

/// How long the store is left alone between two questions for its newest revision; a request asks by itself.
const PAUSE: Duration = Duration::from_millis(100);

impl TileService {
    /// Starts a thread that follows the store and compacts layers with many edits, until the service is dropped.
    pub fn attend(self: &Arc<Self>) {
        let service = Arc::downgrade(self);
        thread::spawn(move || attend_while_there(&service));
    }
}

fn attend_while_there(service: &Weak<TileService>) {
    let mut trouble = None;
    while let Some(service) = service.upgrade() {
        let found = service.follow().err().map(|error| error.to_string());
        if let Some(error) = found.as_ref().filter(|_| found != trouble) {
            tracing::warn!("tiles cannot follow the store: {error}");
        }
        trouble = found;
        service.compact();
        drop(service);
        thread::sleep(PAUSE);
    }
}
