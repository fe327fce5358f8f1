//! The gate: who may come in, how many at once, and how slow they may be. It stands before every door.

mod admission;
mod connection;
mod paced;
mod places;
mod stream;

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::{HttpLimits, Proxies};

pub(crate) use self::admission::of_requests;
pub(crate) use self::connection::{Connection, TooSlow};
pub(crate) use self::places::{Full, Place};
pub(crate) use self::stream::Stream;

use self::places::Places;

/// What of the server is taken, by all its clients together.
pub(crate) struct Gate {
    pub(crate) limits: HttpLimits,
    connections: Arc<Places>,
    requests: Arc<Places>,
    /// Requests that bring a body have places of their own: who sends one slowly keeps no reader out.
    uploads: Arc<Places>,
    /// Turns to be worked on: what waits for one holds no memory but its own.
    turns: Semaphore,
    /// Bytes of answers that wait in memory; one address may fill a quarter with what it does not take.
    answers: Arc<Places>,
}

/// What is taken at a moment.
pub(crate) struct TakenNow {
    pub(crate) connections: usize,
    pub(crate) requests: usize,
    /// Bytes of answers that wait in memory.
    pub(crate) answers: usize,
}

impl Gate {
    /// Makes a gate through which nobody has come yet.
    pub(crate) fn new(limits: HttpLimits) -> Self {
        let places = |most, each| Arc::new(Places::new(most, each));
        Self {
            connections: places(limits.connections, limits.connections_per_address),
            requests: places(limits.requests, limits.requests_per_address),
            uploads: places(
                limits.requests.div_ceil(4),
                limits.requests_per_address.div_ceil(4),
            ),
            turns: Semaphore::new(limits.at_work),
            answers: places(limits.answers, limits.answers.div_ceil(4)),
            limits,
        }
    }

    /// Takes a place for a connection; a trusted proxy brings many clients and only counts with all.
    pub(crate) fn connect(&self, address: IpAddr, proxies: &Proxies) -> Result<Place, Full> {
        let is_client = !proxies.trust(address);
        self.connections.take(is_client.then_some(address))
    }

    /// Says what is taken now.
    pub(crate) fn taken(&self) -> TakenNow {
        TakenNow {
            connections: self.connections.number(),
            requests: self.requests.number() + self.uploads.number(),
            answers: self.answers.number(),
        }
    }

    /// Takes a place for a request.
    fn admit(&self, address: Option<IpAddr>, has_body: bool) -> Result<Place, Full> {
        let places = if has_body {
            &self.uploads
        } else {
            &self.requests
        };
        places.take(address)
    }

    /// Whether answers that nobody takes leave memory for one more.
    fn has_room_for_an_answer(&self, address: Option<IpAddr>) -> Result<(), Full> {
        self.answers.is_free(address)
    }

    /// Counts bytes of an answer for as long as they wait.
    fn hold(&self, address: Option<IpAddr>, bytes: usize) -> Place {
        self.answers.put(address, bytes)
    }

    /// Waits for a turn to be worked on; who sends a body waits for none, since sending it may take long.
    async fn turn(&self, has_body: bool) -> Option<SemaphorePermit<'_>> {
        if has_body {
            return None;
        }
        self.turns.acquire().await.ok()
    }
}
