//! What the engine does between requests, in threads of its own: it follows the store, compacts, and forgets.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::TileService;

/// How long it is at most until the store is asked again for its newest revision, when it told of none.
const WAIT: Duration = Duration::from_secs(1);
/// How long it is between two looks for layers with many edits, and after a failure.
const PAUSE: Duration = Duration::from_millis(100);
/// How long it is until a layer is read anew that could not be.
const RELOAD_PAUSE: Duration = Duration::from_secs(5);
/// How long what only some see stays at least when nobody asks for it.
const UNASKED: Duration = Duration::from_mins(10);

impl TileService {
    /// Starts to follow the store, to compact layers with many edits, to forget what nobody asks for, and to make smaller
    /// what is asked for often, until the service is dropped.
    pub fn attend(self: &Arc<Self>) {
        let service = Arc::downgrade(self);
        thread::spawn(move || follow_while_there(&service));
        let service = Arc::downgrade(self);
        thread::spawn(move || compact_while_there(&service));
        let service = Arc::downgrade(self);
        thread::spawn(move || make_smaller_while_there(&service));
    }
}

fn follow_while_there(service: &Weak<TileService>) {
    let mut trouble = None;
    while let Some(service) = service.upgrade() {
        let found = service.wait_and_follow(WAIT).err();
        let found = found.map(|error| error.to_string());
        if let Some(error) = &found {
            if found != trouble {
                tracing::warn!("tiles cannot follow the store: {error}");
            }
            thread::sleep(PAUSE);
        }
        trouble = found;
    }
}

fn compact_while_there(service: &Weak<TileService>) {
    let mut looked = Instant::now();
    while let Some(service) = service.upgrade() {
        service.compact();
        if looked.elapsed() >= UNASKED {
            service.forget_unasked();
            looked = Instant::now();
        }
        if let Err(error) = service.reload() {
            tracing::debug!("a layer cannot be read anew: {error}");
            thread::sleep(RELOAD_PAUSE);
        }
        drop(service);
        thread::sleep(PAUSE);
    }
}

/// Takes half of a core at most: requests go first.
fn make_smaller_while_there(service: &Weak<TileService>) {
    while let Some(service) = service.upgrade() {
        let begun = Instant::now();
        let found = service.make_one_smaller();
        drop(service);
        thread::sleep(if found { begun.elapsed() } else { PAUSE });
    }
}
