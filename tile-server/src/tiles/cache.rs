//! Finished tiles, compressed as they are sent, kept while they are asked for.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moka::sync::Cache;
use xxhash_rust::xxh3::xxh3_64;

use super::encoding::{Effort, Encoding, Encodings, decoded, encoded};
use super::grid::TileId;

/// How many bytes of tiles are kept.
const CACHE_BYTES: u64 = 128 << 20;

/// A tile that was asked for so often is worth being made smaller.
const OFTEN: u32 = 4;
/// How many tiles wait at most to be made smaller.
const MOST_WAITING: usize = 1000;

/// A finished tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// What to send.
    pub bytes: Arc<[u8]>,
    /// How it is encoded.
    pub encoding: Encoding,
    /// A hash of the content, whatever its encoding. A tile that an edit does not touch keeps it, also after a restart
    /// and on every machine that serves the same data.
    pub hash: u64,
    /// Whether nothing is there: no layer has a feature in it.
    pub is_empty: bool,
}

impl Tile {
    pub(super) fn new(content: Vec<u8>, accepted: Encodings) -> Self {
        let encoding = accepted.best(&content, Effort::Least);
        let (hash, is_empty) = (xxh3_64(&content), content.is_empty());
        let bytes = match encoding {
            Encoding::Identity => content,
            _ => encoded(&content, encoding, Effort::Least),
        };
        Self {
            bytes: bytes.into(),
            encoding,
            hash,
            is_empty,
        }
    }

    /// Returns the tile in the coding that takes the fewest bytes, if that are fewer than now.
    fn smaller(&self, accepted: Encodings) -> Option<Self> {
        let content = decoded(&self.bytes, self.encoding)?;
        let encoding = accepted.best(&content, Effort::More);
        let bytes = encoded(&content, encoding, Effort::More);
        (bytes.len() < self.bytes.len()).then(|| Self {
            bytes: bytes.into(),
            encoding,
            ..*self
        })
    }
}

/// What a cached tile was made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TileKey {
    pub(super) tile: TileId,
    pub(super) accepted: Encodings,
    /// The layers by their numbers in the service, in order, with their versions.
    pub(super) layers: Box<[(usize, i64)]>,
}

impl TileKey {
    /// Makes the key of a tile for those who take such encodings, of layers with their versions.
    pub(super) fn new(tile: TileId, accepted: Encodings, layers: Vec<(usize, i64)>) -> Self {
        Self {
            tile,
            accepted,
            layers: layers.into(),
        }
    }
}

/// A cache of tiles; several requests for the same tile make it once.
pub(super) struct TileCache {
    tiles: Cache<TileKey, Arc<Kept>>,
    /// The tiles that are asked for often and were not made smaller yet.
    often: Mutex<Vec<TileKey>>,
    asked: AtomicU64,
    made: AtomicU64,
}

/// A tile, and how often it came from the cache.
struct Kept {
    tile: Tile,
    uses: AtomicU32,
}

/// What was asked of the cache, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheUse {
    /// Requests that were answered from it.
    pub hits: u64,
    /// Requests for which a tile was made.
    pub misses: u64,
    /// How many tiles it holds.
    pub tiles: u64,
    /// How many bytes these are.
    pub bytes: u64,
}

impl TileCache {
    pub(super) fn new() -> Self {
        let weigh = |key: &TileKey, kept: &Arc<Kept>| {
            (kept.tile.bytes.len() + 16 * key.layers.len() + 200) as u32
        };
        Self {
            tiles: Cache::builder()
                .max_capacity(CACHE_BYTES)
                .weigher(weigh)
                .build(),
            often: Mutex::default(),
            asked: AtomicU64::new(0),
            made: AtomicU64::new(0),
        }
    }

    /// Returns the tile of a key if it is there.
    pub(super) fn find(&self, key: &TileKey) -> Option<Tile> {
        let kept = self.tiles.get(key)?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        if kept.uses.fetch_add(1, Ordering::Relaxed) + 1 == OFTEN && !kept.tile.is_empty {
            let mut often = self.often();
            if often.len() < MOST_WAITING {
                often.push(key.clone());
            }
        }
        Some(kept.tile.clone())
    }

    /// Returns the tile of a key, made by `make` if it is not there.
    pub(super) fn get(&self, key: TileKey, make: impl FnOnce() -> Vec<u8>) -> Tile {
        if let Some(found) = self.find(&key) {
            return found;
        }
        let accepted = key.accepted;
        self.asked.fetch_add(1, Ordering::Relaxed);
        let kept = self.tiles.get_with(key, || {
            self.made.fetch_add(1, Ordering::Relaxed);
            Arc::new(Kept {
                tile: Tile::new(make(), accepted),
                uses: AtomicU32::new(0),
            })
        });
        kept.tile.clone()
    }

    /// Makes a tile smaller that is asked for often; says whether there was one.
    pub(super) fn make_one_smaller(&self) -> bool {
        let Some(key) = self.often().pop() else {
            return false;
        };
        if let Some(kept) = self.tiles.get(&key)
            && let Some(tile) = kept.tile.smaller(key.accepted)
        {
            let uses = AtomicU32::new(OFTEN);
            self.tiles.insert(key, Arc::new(Kept { tile, uses }));
        }
        true
    }

    fn often(&self) -> MutexGuard<'_, Vec<TileKey>> {
        self.often.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn in_use(&self) -> CacheUse {
        let misses = self.made.load(Ordering::Relaxed);
        CacheUse {
            hits: self.asked.load(Ordering::Relaxed).saturating_sub(misses),
            misses,
            tiles: self.tiles.entry_count(),
            bytes: self.tiles.weighted_size(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn many_who_ask_at_once_get_one_tile_made_once() {
        let cache = TileCache::new();
        let made = AtomicUsize::new(0);
        let start = Barrier::new(8);
        let ask = |version: i64| {
            start.wait();
            let key = TileKey {
                tile: TileId::new(14, 8800, 5550).expect("in the grid"),
                accepted: Encodings::GZIP,
                layers: [(0, version)].into(),
            };
            let slowly = || {
                made.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(50));
                vec![26, 0]
            };
            cache.get(key, slowly).hash
        };
        for version in 1..=2 {
            thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(|| ask(version))).collect();
                let hashes = all.into_iter().map(|one| one.join().expect("a tile"));
                assert!(hashes.collect::<std::collections::HashSet<_>>().len() == 1);
            });
            assert_eq!(made.load(Ordering::Relaxed), version as usize);
        }
        let CacheUse { hits, misses, .. } = cache.in_use();
        assert_eq!((hits, misses), (14, 2));
    }

    #[test]
    fn a_tile_asked_for_often_gets_smaller_and_keeps_its_hash() {
        let cache = TileCache::new();
        let content = || b"Chomutov and Jirkov lie side by side. ".repeat(100);
        let key = TileKey {
            tile: TileId::new(14, 8800, 5550).expect("in the grid"),
            accepted: Encodings {
                brotli: true,
                ..Encodings::GZIP
            },
            layers: [(0, 1)].into(),
        };
        let first = cache.get(key.clone(), content);
        assert_eq!(first.encoding, Encoding::Gzip);
        assert!(!cache.make_one_smaller(), "nobody asked for it again");
        for _ in 0..2 * OFTEN {
            assert_eq!(cache.get(key.clone(), content), first);
        }
        assert!(cache.make_one_smaller() && !cache.make_one_smaller());
        let later = cache.get(key, content);
        assert_eq!(later.encoding, Encoding::Brotli);
        assert_eq!(later.hash, first.hash);
        assert!(later.bytes.len() < first.bytes.len());
        let same = |tile: &Tile| decoded(&tile.bytes, tile.encoding) == Some(content());
        assert!(same(&first) && same(&later));
    }
}
