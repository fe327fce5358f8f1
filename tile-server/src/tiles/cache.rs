//! Finished tiles, compressed as they are sent, kept while they are asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;
use xxhash_rust::xxh3::xxh3_64;

use super::grid::TileId;
use super::gzip;

/// How many bytes of tiles are kept.
const CACHE_BYTES: u64 = 128 << 20;

/// How a tile's bytes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// With gzip.
    Gzip,
}

/// A finished tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// What to send.
    pub bytes: Arc<[u8]>,
    /// A strong entity tag with its quotation marks. It depends on the bytes alone: a tile that an edit does not touch
    /// keeps it, also after a restart and on every machine that serves the same data.
    pub etag: String,
    /// Whether nothing is there: no layer has a feature in it.
    pub is_empty: bool,
}

impl Tile {
    pub(super) fn new(content: Vec<u8>, encoding: Encoding) -> Self {
        let is_empty = content.is_empty();
        let hash = xxh3_64(&content);
        let (etag, bytes) = match encoding {
            Encoding::Gzip if !is_empty => {
                (format!("\"{hash:016x}-gz\""), gzip::compress(&content))
            }
            _ => (format!("\"{hash:016x}\""), content),
        };
        Self {
            bytes: bytes.into(),
            etag,
            is_empty,
        }
    }
}

/// What a cached tile was made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TileKey {
    pub(super) tile: TileId,
    pub(super) encoding: Encoding,
    /// The layers by their numbers in the service, in order, with their versions.
    pub(super) layers: Box<[(usize, i64)]>,
}

/// A cache of tiles; several requests for the same tile make it once.
pub(super) struct TileCache {
    tiles: Cache<TileKey, Tile>,
    asked: AtomicU64,
    made: AtomicU64,
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
        let weigh =
            |key: &TileKey, tile: &Tile| (tile.bytes.len() + 16 * key.layers.len() + 200) as u32;
        Self {
            tiles: Cache::builder()
                .max_capacity(CACHE_BYTES)
                .weigher(weigh)
                .build(),
            asked: AtomicU64::new(0),
            made: AtomicU64::new(0),
        }
    }

    /// Returns the tile of a key, made by `make` if it is not there.
    pub(super) fn get(&self, key: TileKey, make: impl FnOnce() -> Vec<u8>) -> Tile {
        let encoding = key.encoding;
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.tiles.get_with(key, || {
            self.made.fetch_add(1, Ordering::Relaxed);
            Tile::new(make(), encoding)
        })
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
                encoding: Encoding::Gzip,
                layers: [(0, version)].into(),
            };
            let slowly = || {
                made.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(50));
                vec![26, 0]
            };
            cache.get(key, slowly).etag
        };
        for version in 1..=2 {
            thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(|| ask(version))).collect();
                let tags = all.into_iter().map(|one| one.join().expect("a tile"));
                assert!(tags.collect::<std::collections::HashSet<_>>().len() == 1);
            });
            assert_eq!(made.load(Ordering::Relaxed), version as usize);
        }
        let CacheUse { hits, misses, .. } = cache.in_use();
        assert_eq!((hits, misses), (14, 2));
    }
}
