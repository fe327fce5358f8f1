//! What the engine tells those who want to know when tiles change.

use layers::Revision;

use super::grid::TileId;

/// How many pieces of news wait for a listener; one who is slower is told that it missed some.
pub(super) const NEWS_KEPT: usize = 64;

/// One step from a revision to a later one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// What changed for those who see something of it.
    pub layers: Vec<LayerNews>,
}

/// What changed of a layer as some see it.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNews {
    /// The number of what they see, as [`Held::number`](super::Held::number) returns it.
    pub number: usize,
    /// The last revision of the step that they see.
    pub revision: Revision,
    /// The tiles that may have changed; none are all tiles of the layer.
    pub tiles: Option<Vec<TileId>>,
}
