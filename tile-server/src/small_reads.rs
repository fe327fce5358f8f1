//! Small reads of what is not public – tiles, hits of a search – in the audit log: counted, and written now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use layers::audit::{AuditAct, AuditEvent};
use layers::{LayerId, StoreError};

use crate::audit::Actor;
use crate::city::City;

/// How long what somebody reads on is only counted; a crash loses no more.
const COUNTED: Duration = Duration::from_mins(5);
/// How often is looked for who stopped reading.
const LOOK: Duration = Duration::from_mins(1);

/// How much was read.
#[derive(Clone, Copy, Default)]
pub(crate) struct Amount {
    pub(crate) tiles: u64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

impl Amount {
    fn and(self, more: Self) -> Self {
        Self {
            tiles: self.tiles + more.tiles,
            rows: self.rows + more.rows,
            bytes: self.bytes + more.bytes,
        }
    }

    fn is_nothing(self) -> bool {
        self.tiles + self.rows + self.bytes == 0
    }
}

/// What one user reads of one layer.
#[derive(Default)]
struct Reading {
    /// What is not written down yet.
    counted: Amount,
    /// When something was last written down.
    written: Option<Instant>,
    /// Who read what is counted, with the roles and the request of the last time; none where nothing is.
    actor: Option<Actor>,
}

impl Reading {
    /// Returns what is left when all was written down now.
    fn written() -> Self {
        Self {
            written: Some(Instant::now()),
            ..Self::default()
        }
    }

    fn is_due(&self) -> bool {
        self.written.is_none_or(|at| at.elapsed() >= COUNTED)
    }
}

/// A reading, held by one who counts or writes at a time.
type Held = Arc<Mutex<Reading>>;

/// Who reads what in small pieces, by the name of the user and the layer.
#[derive(Default)]
pub(crate) struct SmallReads {
    readings: Mutex<HashMap<(String, LayerId), Held>>,
}

impl SmallReads {
    fn reading(&self, user: &str, layer: &LayerId) -> Held {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = readings.entry((user.to_owned(), layer.clone()));
        Arc::clone(reading.or_default())
    }

    fn all(&self) -> Vec<((String, LayerId), Held)> {
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let all = readings.iter();
        all.map(|(who, reading)| (who.clone(), Arc::clone(reading)))
            .collect()
    }

    /// Forgets who reads no more, when all is written down.
    fn forget(&self) {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.retain(|_, reading| {
            // Nobody else can take it up as long as the list is locked.
            Arc::strong_count(reading) > 1 || {
                let reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
                !reading.is_due() || !reading.counted.is_nothing()
            }
        });
    }
}

impl City {
    /// Counts what somebody is about to get of a layer beyond what the public sees. The first time is written down at
    /// once, and after it what came together in five minutes; what cannot be written down must not be sent.
    pub(crate) fn count_read(
        &self,
        actor: &Actor,
        layer: &LayerId,
        more: Amount,
    ) -> Result<(), StoreError> {
        let reading = self.small_reads.reading(actor.name(), layer);
        let mut reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = reading.counted.and(more);
        if reading.is_due() {
            self.write_down(actor, layer, counted)?;
            *reading = Reading::written();
        } else {
            reading.counted = counted;
            reading.actor = Some(actor.clone());
        }
        Ok(())
    }

    /// Writes down what was counted: of all readers, or of those for whom it is due.
    pub(crate) fn write_small_reads(&self, all: bool) {
        for ((_, layer), reading) in self.small_reads.all() {
            let mut reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
            let is_meant = all || reading.is_due();
            let Some(actor) = reading.actor.as_ref().filter(|_| is_meant) else {
                continue;
            };
            match self.write_down(actor, &layer, reading.counted) {
                Ok(()) => *reading = Reading::written(),
                // It is tried again, and nobody reads on for longer than five minutes before it is.
                Err(error) => tracing::error!("what was read cannot be written down: {error}"),
            }
        }
        self.small_reads.forget();
    }

    fn write_down(&self, actor: &Actor, layer: &LayerId, amount: Amount) -> Result<(), StoreError> {
        let some = |number: u64| (number > 0).then_some(number);
        self.record(AuditEvent {
            layer: Some(layer.to_string()),
            tiles: some(amount.tiles),
            rows: some(amount.rows),
            bytes: some(amount.bytes),
            ..actor.event(AuditAct::Read)
        })
    }
}

/// Starts to write down what is due, until the city is dropped.
pub(crate) fn attend(city: &Arc<City>) {
    let city = Arc::downgrade(city);
    thread::spawn(move || {
        loop {
            thread::sleep(LOOK);
            let Some(city) = city.upgrade() else {
                return;
            };
            city.write_small_reads(false);
        }
    });
}
