//! What can go wrong with a tile.

use layers::{LayerId, StoreError};

/// Why there is no tile.
#[derive(Debug, thiserror::Error)]
pub enum TileError {
    /// No such layer, or one that this audience may not know of, or a table without geometry.
    #[error("there is no layer {0} in tiles")]
    UnknownLayer(LayerId),
    /// The grid has no such tile.
    #[error("the grid has no tile {z}/{x}/{y}")]
    OutsideGrid {
        /// Zoom level asked for.
        z: u8,
        /// Column asked for.
        x: u32,
        /// Row asked for.
        y: u32,
    },
    /// A layer's features could not be read.
    #[error("the features of layer {layer} cannot be read")]
    ReadLayer {
        /// The layer.
        layer: LayerId,
        /// What the store said.
        source: StoreError,
    },
    /// The change log could not be read.
    #[error("the change log cannot be read")]
    ReadChanges(#[source] StoreError),
}
