//! The tile engine: Mapbox vector tiles (MVT 2.1) encoded from memory, without the store and without HTTP.
//!
//! A tile takes this path: [`TileService`] finds the snapshot of each layer (loaded once, followed by the change log),
//! a snapshot finds the variant of the zoom level (quantised, simplified, indexed), the tile's features are copied from
//! it or clipped at the tile's edge, and the bytes are compressed and kept in the cache.

mod attendant;
mod attributes;
mod cache;
mod census;
mod clip;
mod dust;
mod encode;
mod encoding;
mod error;
mod feature_row;
mod feature_table;
mod geometry_bytes;
mod grid;
mod gzip;
mod hilbert;
mod layer;
mod lying;
mod mvt;
mod news;
mod numbered;
mod packed_tree;
mod patch;
mod path;
mod repair;
mod service;
mod simplify;
mod snapshot;
#[cfg(test)]
mod tests;
mod touched;
mod variant;
mod versions;

pub use cache::{CacheUse, Tile};
pub use census::Census;
pub(crate) use encoding::{Effort, encoded};
pub use encoding::{Encoding, Encodings};
pub use error::TileError;
pub use grid::{DEEPEST_ZOOM, TileId};
pub(crate) use lying::{Lying, Region};
pub use news::{LayerNews, News};
pub use packed_tree::Lies;
pub use service::{Held, TileService};
