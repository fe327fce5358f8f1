//! What the servers are asked: no request twice in a round, and other ones in each round.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use geo::BoundingRect;
use layers::crs::{Crs, transform};
use layers::{Change, LayerSet, Value};
use serde_json::Value as Json;
use ureq::Agent;

use super::LAYER;
use super::servers::Server;

const CONNECTIONS: usize = 4;
/// How long a server is asked in one round.
const TIME: Duration = Duration::from_secs(3);
/// How long a walk goes on that is not through before.
const WALK: Duration = Duration::from_secs(20);
/// How many features a page of a walk has.
const PAGE: u64 = 1000;
/// How many requests are asked of all before anything is timed.
const TRIALS: usize = 20;
/// Half the width of a box, in degrees.
const HALF: f64 = 0.001;

/// One kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Boxes,
    Filters,
    Counts,
    Walk,
}

/// What requests ask for: middles of parcels in degrees, and main numbers of parcels.
pub(super) struct Wanted {
    places: Vec<[f64; 2]>,
    numbers: Vec<i64>,
}

impl Wanted {
    /// Takes every seventh parcel.
    pub(super) fn of(layers: &LayerSet, changes: &[Change]) -> Self {
        let layer = layers.iter().find(|layer| layer.id.as_str() == LAYER);
        let fields = &layer.expect("the layer").fields;
        let field = fields.iter().position(|field| field.name == "main_number");
        let field = field.expect("the field");
        let mut wanted = Self {
            places: Vec::new(),
            numbers: Vec::new(),
        };
        for change in changes.iter().step_by(7) {
            let Change::Insert {
                geometry: Some(geometry),
                values,
                ..
            } = change
            else {
                continue;
            };
            let middle = geometry.bounding_rect().expect("an area").center();
            wanted
                .places
                .push(transform(Crs::SJtsk, Crs::Wgs84, middle.into()));
            if let Value::Integer(number) = values[field] {
                wanted.numbers.push(number);
            }
        }
        wanted.numbers.sort_unstable();
        wanted.numbers.dedup();
        wanted
    }
}

/// What a server did in a round.
pub(super) struct Round {
    requests: u64,
    features: u64,
    seconds: f64,
}

impl Round {
    pub(super) fn a_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    pub(super) fn features_a_second(&self) -> f64 {
        self.features as f64 / self.seconds
    }
}

impl Work {
    pub(super) const ALL: [Self; 4] = [Self::Boxes, Self::Filters, Self::Counts, Self::Walk];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Boxes => "boxes",
            Self::Filters => "filters",
            Self::Counts => "counts",
            Self::Walk => "walk",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Boxes => "all features in a box of 140 by 220 metres",
            Self::Filters => "the features with a main number, by CQL2",
            Self::Counts => "how many features lie in a box of 14 by 22 kilometres",
            Self::Walk => "pages of a thousand, one after the other, for 20 s at most",
        }
    }

    /// Returns what is compared: requests, or features where pages are walked.
    pub(super) fn rate(self, round: &Round) -> f64 {
        match self {
            Self::Walk => round.features_a_second(),
            Self::Boxes | Self::Filters | Self::Counts => round.a_second(),
        }
    }

    /// Returns how many features some requests find.
    pub(super) fn try_out(self, server: &Server, wanted: &Wanted) -> u64 {
        if self == Self::Walk {
            return 0;
        }
        let agent = Agent::new_with_defaults();
        let found = |number| self.found(&server.get(&agent, &self.path(server, wanted, number)));
        (0..TRIALS).map(found).sum()
    }

    /// Asks for as long as a round is.
    pub(super) fn ask(self, server: &Server, wanted: &Wanted, round: usize) -> Round {
        let begun = Instant::now();
        let (requests, features) = match self {
            Self::Walk => walk(server, begun),
            Self::Boxes | Self::Filters | Self::Counts => {
                self.ask_at_once(server, wanted, round, begun)
            }
        };
        Round {
            requests,
            features,
            seconds: begun.elapsed().as_secs_f64(),
        }
    }

    fn ask_at_once(
        self,
        server: &Server,
        wanted: &Wanted,
        round: usize,
        begun: Instant,
    ) -> (u64, u64) {
        // Rounds begin far apart in the list.
        let next = AtomicUsize::new(TRIALS + round * 8000);
        let [requests, features] = [AtomicU64::new(0), AtomicU64::new(0)];
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let agent = Agent::new_with_defaults();
                    while begun.elapsed() < TIME {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let page = server.get(&agent, &self.path(server, wanted, number));
                        features.fetch_add(self.found(&page), Ordering::Relaxed);
                        requests.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        (requests.into_inner(), features.into_inner())
    }

    fn path(self, server: &Server, wanted: &Wanted, number: usize) -> String {
        let around = |half: f64| {
            // A step that shares no factor with the number of places jumps about without repeating.
            let [east, north] = wanted.places[number * 7919 % wanted.places.len()];
            let sides = [east - half, north - half, east + half, north + half];
            sides.map(|side| format!("{side:.6}")).join(",")
        };
        let items = server.items();
        match self {
            Self::Boxes => format!("{items}?limit=1000&bbox={}", around(HALF)),
            Self::Counts => format!("{items}?limit=1&bbox={}", around(HALF * 100.0)),
            Self::Filters => {
                let number = wanted.numbers[number * 7919 % wanted.numbers.len()];
                let language = server.filter_language;
                format!("{items}?limit=1000&filter-lang={language}&filter=main_number%3D{number}")
            }
            Self::Walk => format!("{items}?limit={PAGE}"),
        }
    }

    /// Returns how many features an answer has, or says that there are, looking at no more of it than that takes: client
    /// and servers share a machine.
    fn found(self, page: &str) -> u64 {
        match self {
            Self::Counts => {
                let page: Json = serde_json::from_str(page).expect("JSON");
                let found = page["numberMatched"].as_u64();
                found.unwrap_or_else(|| panic!("{self:?}: {page}"))
            }
            Self::Boxes | Self::Filters | Self::Walk => page.matches("\"Feature\"").count() as u64,
        }
    }
}

/// Follows the links from page to page as a client does.
fn walk(server: &Server, begun: Instant) -> (u64, u64) {
    let agent = Agent::new_with_defaults();
    let (mut requests, mut features) = (0, 0);
    let mut path = Some(format!("{}?limit={PAGE}", server.items()));
    while let Some(here) = path.filter(|_| begun.elapsed() < WALK) {
        let page = server.get(&agent, &here);
        features += Work::Walk.found(&page);
        requests += 1;
        let page: Json = serde_json::from_str(&page).expect("JSON");
        let links = page["links"].as_array().into_iter().flatten();
        let mut next = links.filter(|link| link["rel"] == "next");
        path = next
            .next()
            .and_then(|link| link["href"].as_str())
            .map(str::to_owned);
    }
    (requests, features)
}
