//! A second reader of `PMTiles` 3, written from its specification.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

/// A whole archive, read.
pub(crate) struct Archive {
    pub(crate) metadata: Value,
    /// In the order of their numbers.
    pub(crate) tiles: Vec<ArchivedTile>,
}

pub(crate) struct ArchivedTile {
    pub(crate) z: u8,
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) bytes: Vec<u8>,
}

/// One entry of a directory.
struct Entry {
    tile: u64,
    run: u64,
    offset: u64,
    length: u64,
}

impl Archive {
    /// Reads an archive without leaf directories, and checks what its header promises.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        assert_eq!(&bytes[..8], b"PMTiles\x03");
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let part = |at: usize| &bytes[number(at) as usize..][..number(at + 8) as usize];
        let (root, metadata, leaves, data) = (part(8), part(24), part(40), part(56));
        assert!(leaves.is_empty(), "a package is small");
        assert_eq!(bytes[96], 1, "clustered");
        assert_eq!(bytes[97..100], [2, 2, 1], "gzip, gzip, MVT");
        let entries = directory(&unzip(root));
        let mut tiles = Vec::new();
        let mut written = 0;
        for entry in &entries {
            assert!(
                entry.offset <= written,
                "the data stand in the order of the tiles"
            );
            written = written.max(entry.offset + entry.length);
            for number in entry.tile..entry.tile + entry.run {
                let (z, x, y) = place(number);
                let bytes = data[entry.offset as usize..][..entry.length as usize].to_vec();
                tiles.push(ArchivedTile { z, x, y, bytes });
            }
        }
        assert_eq!(written, data.len() as u64, "no byte of the data is unused");
        assert_eq!(number(72), tiles.len() as u64, "addressed tiles");
        assert_eq!(bytes[100..102], [tiles[0].z, tiles[tiles.len() - 1].z]);
        let metadata = serde_json::from_slice(&unzip(metadata)).unwrap();
        Self { metadata, tiles }
    }
}

pub(super) fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

fn directory(bytes: &[u8]) -> Vec<Entry> {
    let mut rest = bytes;
    let mut varint = || {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = rest[0];
            rest = &rest[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    };
    let count = varint() as usize;
    let mut column = || (0..count).map(|_| varint()).collect::<Vec<_>>();
    let (steps, runs, lengths, offsets) = (column(), column(), column(), column());
    let mut entries: Vec<Entry> = Vec::new();
    for place in 0..count {
        let before = entries.last();
        let offset = match offsets[place] {
            0 => before.map(|entry| entry.offset + entry.length).unwrap(),
            shifted => shifted - 1,
        };
        entries.push(Entry {
            tile: before.map_or(0, |entry| entry.tile) + steps[place],
            run: runs[place],
            offset,
            length: lengths[place],
        });
    }
    entries
}

/// Returns the tile with that number: zoom levels one after another, each along its Hilbert curve.
fn place(number: u64) -> (u8, u32, u32) {
    let mut z = 0;
    let mut rest = number;
    while rest >= 1 << (2 * z) {
        rest -= 1 << (2 * z);
        z += 1;
    }
    let (mut x, mut y) = (0_u64, 0_u64);
    for level in 0..z {
        let side = 1 << level;
        let right = 1 & (rest / 2);
        let up = 1 & (rest ^ right);
        if up == 0 {
            if right == 1 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        x += side * right;
        y += side * up;
        rest /= 4;
    }
    (z as u8, x as u32, y as u32)
}
