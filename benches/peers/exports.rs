//! All parcels as one FlatGeobuf file beside all of them as pages of GeoJSON, from our servers, and what memory that takes.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

use super::servers::Server;
use super::{PARCELS, median};

/// How many features a page of GeoJSON has: as many as one may.
const PAGE: usize = 10_000;
/// How often is looked how much memory a server holds.
const LOOK: Duration = Duration::from_millis(20);

/// Lets each server export in turns, and says how long it takes.
pub(super) fn compare(servers: &[Server], rounds: usize) -> String {
    let mut out = format!("\nall {PARCELS} parcels as files\n");
    for server in servers {
        let rounds: Vec<_> = (0..rounds).map(|round| export(server, round)).collect();
        let _ = writeln!(
            out,
            "{:20} GeoJSON in pages {:.1} s, FlatGeobuf {:.1} s, again {:.2} s, ratio {:.2}, {} MB held at most, {} before",
            server.name,
            median(rounds.iter().map(|one| one.pages)),
            median(rounds.iter().map(|one| one.file)),
            median(rounds.iter().map(|one| one.again)),
            median(rounds.iter().map(|one| one.pages / one.file)),
            rounds.iter().map(|one| one.most).max().unwrap_or_default(),
            rounds.first().map_or(0, |one| one.before),
        );
    }
    out
}

/// Seconds and megabytes of one round.
struct Exported {
    pages: f64,
    file: f64,
    again: f64,
    before: u64,
    most: u64,
}

fn export(server: &Server, round: usize) -> Exported {
    let items = server.items();
    // No round asks for the file that another one left.
    let file = format!("{items}?f=fgb&limit={}", PARCELS + round);
    let before = server.memory();
    let (is_done, most) = (AtomicBool::new(false), AtomicU64::new(before));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                most.fetch_max(server.memory(), Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        let pages = seconds(|| walk(server, &items));
        let [file, again] = [(); 2].map(|()| {
            let agent = Agent::new_with_defaults();
            seconds(|| assert!(server.download(&agent, &file) > 0))
        });
        is_done.store(true, Ordering::Relaxed);
        Exported {
            pages,
            file,
            again,
            before,
            most: most.load(Ordering::Relaxed),
        }
    })
}

/// Gets all pages, without a look into them: a `fid` is the number of a parcel here.
fn walk(server: &Server, items: &str) {
    let agent = Agent::new_with_defaults();
    for offset in (0..PARCELS).step_by(PAGE) {
        let page = format!("{items}?limit={PAGE}&cursor={offset}");
        assert!(server.download(&agent, &page) > 0);
    }
}

fn seconds(act: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    act();
    begun.elapsed().as_secs_f64()
}
