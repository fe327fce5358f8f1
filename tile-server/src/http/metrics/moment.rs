//! What is so at the moment when Prometheus asks: places, memory, the store, and what others have counted.

use std::fs;
use std::time::SystemTime;

use layers::Standing;
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, Registry};

use crate::city::City;
use crate::http::gate::Gate;

/// A name, what it means, and the number; names of what only grows end in `_total`.
type Number = (&'static str, &'static str, f64);

/// Returns the numbers of this moment; what cannot be known now is left out.
pub(super) fn numbers(city: &City, gate: &Gate) -> prometheus::Result<Vec<MetricFamily>> {
    let registry = Registry::new();
    let all = of_process(gate)
        .into_iter()
        .chain(of_tiles(city))
        .chain(of_store(city));
    for (name, help, value) in all {
        if name.ends_with("_total") {
            let counter = Counter::new(name, help)?;
            counter.inc_by(value);
            registry.register(Box::new(counter))?;
        } else {
            let gauge = Gauge::new(name, help)?;
            gauge.set(value);
            registry.register(Box::new(gauge))?;
        }
    }
    Ok(registry.gather())
}

fn of_process(gate: &Gate) -> Vec<Number> {
    let taken = gate.taken();
    let mut numbers = vec![
        (
            "obzor_connections",
            "Connections that are open.",
            taken.connections as f64,
        ),
        (
            "obzor_requests_in_progress",
            "Requests that are answered or wait for it.",
            taken.requests as f64,
        ),
        (
            "obzor_waiting_answer_bytes",
            "Bytes of answers that wait for their client.",
            taken.answers as f64,
        ),
    ];
    numbers.extend(resident_bytes().map(|bytes| {
        (
            "process_resident_memory_bytes",
            "Memory that the program holds.",
            bytes,
        )
    }));
    numbers.extend(open_files().map(|files| ("process_open_fds", "Open files.", files)));
    numbers
}

fn of_tiles(city: &City) -> Vec<Number> {
    let cache = city.tiles.cache_use();
    vec![
        (
            "obzor_tile_cache_hits_total",
            "Tiles that were answered from the cache.",
            cache.hits as f64,
        ),
        (
            "obzor_tile_cache_misses_total",
            "Tiles that were made.",
            cache.misses as f64,
        ),
        (
            "obzor_tile_cache_tiles",
            "Tiles in the cache.",
            cache.tiles as f64,
        ),
        (
            "obzor_tile_cache_bytes",
            "Bytes of tiles in the cache.",
            cache.bytes as f64,
        ),
        (
            "obzor_snapshots",
            "Layers in memory, once for all who see the same of them.",
            city.tiles.snapshots_held() as f64,
        ),
        (
            "obzor_snapshot_bytes",
            "Memory of these.",
            city.tiles.memory() as f64,
        ),
        (
            "obzor_search_indexes",
            "Search indexes in memory, one for each audience.",
            city.search.indexes() as f64,
        ),
    ]
}

fn of_store(city: &City) -> Vec<Number> {
    let standing = match city.standing() {
        Standing::UpToDate => 0.0,
        Standing::Behind => 1.0,
        Standing::Unreachable => 2.0,
    };
    let mut numbers = vec![
        (
            "obzor_standing",
            "0: answers are of the newest state, 1: of an older one, 2: the store cannot be reached.",
            standing,
        ),
        (
            "obzor_revision",
            "The revision that answers show.",
            city.tiles.reached().0 as f64,
        ),
        (
            "obzor_audit_events_total",
            "Events that this server wrote into the audit log.",
            city.audit.written() as f64,
        ),
    ];
    if let Some((revisions, time)) = city.lag(SystemTime::now().into()) {
        numbers.extend([
            (
                "obzor_lag_revisions",
                "Revisions that the store has and answers do not show.",
                revisions as f64,
            ),
            (
                "obzor_lag_seconds",
                "Age of the oldest of these.",
                time.num_milliseconds() as f64 / 1000.0,
            ),
        ]);
    }
    if let Some(connections) = city.store.connections() {
        numbers.extend([
            (
                "obzor_store_connections_in_use",
                "Connections to the database that are used.",
                connections.in_use as f64,
            ),
            (
                "obzor_store_connections_idle",
                "Connections to the database that wait for their use.",
                connections.idle as f64,
            ),
            (
                "obzor_store_connections_waited_for",
                "Callers that wait for a connection.",
                connections.waited_for as f64,
            ),
        ]);
    }
    numbers
}

/// Returns how much memory the program holds; none where the system does not tell.
fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0)
}

fn open_files() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as f64)
}
