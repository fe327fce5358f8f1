//! What the engine tells those who want to know when tiles change.

use layers::{LayerId, Revision};

use super::grid::TileId;

/// How many pieces of news wait for a listener; one who is slower is told that it missed some.
pub(super) const NEWS_KEPT: usize = 64;

/// One step from a revision to a later one, as the audience of the service sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// The last revision of the step that this audience sees.
    pub revision: Revision,
    /// The layers that changed, with the tiles that may have; none are all tiles of the layer.
    pub layers: Vec<(LayerId, Option<Vec<TileId>>)>,
}
