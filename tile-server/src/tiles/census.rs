//! What is in a layer of a tile, and what of the layer lies there without being in it.

use layers::LayerView;

use super::grid::{TileId, UnitBox, unit};
use super::mvt::{FEATURE_GEOMETRY, LAYER_FEATURE, LAYER_VALUE, TILE_LAYER, read_varint};
use super::snapshot::Snapshot;
use super::{Effort, Encoding, TileError, TileService, encoded};

/// The numbers of one layer in one tile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// The bytes of the layer, bare and with gzip, as if it were alone in the tile.
    pub bytes: usize,
    /// See `bytes`.
    pub gzip_bytes: usize,
    /// The bytes of `bytes` that are distinct attribute values.
    pub value_bytes: usize,
    /// The features in the tile, and their corners.
    pub features: usize,
    /// See `features`.
    pub corners: usize,
    /// The features whose boxes meet the tile with its buffer, and their corners there and elsewhere.
    pub features_there: usize,
    /// See `features_there`.
    pub corners_there: usize,
}

impl TileService {
    /// Counts what a tile holds of a layer.
    pub fn census(&self, view: &LayerView, tile: TileId) -> Result<Census, TileError> {
        let layers = std::slice::from_ref(view);
        let bare = self.content(layers, tile)?;
        let mut census = Census {
            bytes: bare.len(),
            gzip_bytes: encoded(&bare, Encoding::Gzip, Effort::Least).len(),
            ..Census::default()
        };
        for (field, layer) in Fields(&bare) {
            if field == TILE_LAYER {
                count_layer(layer, &mut census);
            }
        }
        for snapshot in self.snapshots(layers)? {
            count_there(&snapshot, tile, &mut census);
        }
        Ok(census)
    }
}

fn count_layer(layer: &[u8], census: &mut Census) {
    for (field, bytes) in Fields(layer) {
        match field {
            LAYER_VALUE => census.value_bytes += bytes.len(),
            LAYER_FEATURE => {
                census.features += 1;
                let parts = Fields(bytes).filter(|(field, _)| *field == FEATURE_GEOMETRY);
                census.corners += parts.map(|(_, part)| corners(part)).sum::<usize>();
            }
            _ => {}
        }
    }
}

/// Counts the positions that commands go to (MVT 2.1, section 4.3).
fn corners(mut commands: &[u8]) -> usize {
    const CLOSE_PATH: u64 = 7;
    let mut corners = 0;
    while !commands.is_empty() {
        let command = read_varint(&mut commands);
        if command % 8 == CLOSE_PATH {
            continue;
        }
        let count = (command >> 3) as usize;
        corners += count;
        for _ in 0..2 * count {
            read_varint(&mut commands);
        }
    }
    corners
}

fn count_there(snapshot: &Snapshot, tile: TileId, census: &mut Census) {
    let area = tile.buffered();
    let world = |place: i32| place.saturating_mul(unit(tile.zoom()));
    let area = UnitBox {
        min: area.min.map(world),
        max: area.max.map(world),
    };
    let features = snapshot.features();
    for number in features
        .meeting(area)
        .filter(|&number| snapshot.has(number))
    {
        census.features_there += 1;
        census.corners_there += features.paths(number).map(<[_]>::len).sum::<usize>();
    }
}

/// The fields of a protobuf message with their tags; numbers have no bytes.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.0.split_first()?;
        self.0 = rest;
        let number = read_varint(&mut self.0);
        if tag % 8 == 0 {
            return Some((tag, &[]));
        }
        let (bytes, rest) = self.0.split_at(number as usize);
        self.0 = rest;
        Some((tag, bytes))
    }
}
