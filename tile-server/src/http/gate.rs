//! The gate: who may come in, how many at once, and how slow they may be. It stands before every door.

mod admission;
mod connection;
mod paced;
mod places;
mod stream;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// Bytes of answers that wait in memory.
    answers: Arc<AtomicUsize>,
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
            answers: Arc::default(),
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
            answers: self.answers.load(Ordering::Relaxed),
        }
    }

    /// Takes a place for a request, unless answers that nobody takes fill the memory.
    fn admit(&self, address: Option<IpAddr>, has_body: bool) -> Result<Place, Full> {
        if self.answers.load(Ordering::Relaxed) >= self.limits.answers {
            return Err(Full::ForAll);
        }
        let places = if has_body {
            &self.uploads
        } else {
            &self.requests
        };
        places.take(address)
    }
}
