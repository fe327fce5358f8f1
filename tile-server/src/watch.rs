//! Keeps an eye on attached tables: a thread each, which looks as often as the definition says until the server stops.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use layers::{FeatureStore, Freshness, Layer, LayerId, StoreError};

/// How often it is made sure that a table still tells of its changes by itself.
const TRIGGER_CHECK: Duration = Duration::from_secs(10);

/// What is known of the age of attached tables, and the threads that look at them.
#[derive(Default)]
pub(crate) struct Watch {
    known: Arc<RwLock<HashMap<LayerId, Freshness>>>,
    /// Dropped to stop the threads.
    stops: Mutex<Vec<Sender<Infallible>>>,
}

impl Watch {
    /// Starts to look; returns at once what ends when each table was looked at for the first time, or could not be.
    pub(crate) fn start(&self, store: &Arc<dyn FeatureStore>) -> Receiver<Infallible> {
        let (first, firsts) = mpsc::channel();
        for layer in store.layers().attached() {
            let (stop, stopped) = mpsc::channel();
            self.stops
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(stop);
            let eye = Eye {
                store: Arc::clone(store),
                layer: Arc::clone(layer),
                known: Arc::clone(&self.known),
                trouble: None,
            };
            let first = first.clone();
            thread::spawn(move || eye.look_until(&stopped, first));
        }
        firsts
    }

    /// Returns as of when what is shown of a layer is known; nothing for our own, and before the first look.
    pub(crate) fn freshness(&self, layer: &LayerId) -> Option<Freshness> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(layer).copied()
    }
}

/// The one who looks at one table.
struct Eye {
    store: Arc<dyn FeatureStore>,
    layer: Arc<Layer>,
    known: Arc<RwLock<HashMap<LayerId, Freshness>>>,
    trouble: Option<String>,
}

impl Eye {
    fn look_until(mut self, stopped: &Receiver<Infallible>, first: Sender<Infallible>) {
        let mut first = Some(first);
        loop {
            let start = Instant::now();
            let seen = self.store.look(&self.layer.id);
            self.keep(seen);
            first.take();
            let took = start.elapsed();
            // Never busy for more than half of the time, however large the table.
            let pause = self.interval().saturating_sub(took).max(took);
            if stopped.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    fn interval(&self) -> Duration {
        match self.layer.source.as_ref().map(|source| source.watch) {
            Some(layers::Watch::Poll(interval)) => interval,
            _ => TRIGGER_CHECK,
        }
    }

    /// Remembers what was seen; after a look that failed the age grows, and it is said once why.
    fn keep(&mut self, seen: Result<Option<Freshness>, StoreError>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let id = &self.layer.id;
        match seen {
            Ok(seen) => {
                known.extend(seen.map(|seen| (id.clone(), seen)));
                if self.trouble.take().is_some() {
                    tracing::info!(layer = %id, "the attached table can be watched again");
                }
            }
            Err(error) => {
                if let Some(last) = known.get_mut(id) {
                    last.live = false;
                }
                let error = Some(error.to_string());
                if error != self.trouble {
                    let why = error.as_deref().unwrap_or_default();
                    tracing::warn!(layer = %id, "the attached table cannot be watched: {why}");
                }
                self.trouble = error;
            }
        }
    }
}
