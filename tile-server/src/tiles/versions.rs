//! Versions of single tiles: the last revision that touched each, as one audience sees it.

use layers::Revision;
use rustc_hash::{FxHashMap, FxHashSet};

use super::feature_row::FeatureRow;
use super::grid::{BUFFER, DEEPEST_ZOOM, EXTENT, TileId, UnitBox, quantise_box};
use super::patch::{affected, shown_within};
use super::snapshot::Snapshot;

/// How many touched tiles of a layer are remembered one by one: some 2 MB.
const MOST_TILES: usize = 50_000;

/// With more changed rows than this at once, all tiles of the layer count as touched.
const MOST_ROWS: usize = 2000;

/// The versions of a layer's tiles.
///
/// When there are too many touched ones to remember, all tiles count as touched by the newest revision. That costs
/// making them once more and nothing else, as a tile's tag depends on its bytes alone.
pub(super) struct TileVersions {
    /// The version of every tile that is not among the touched.
    floor: Revision,
    touched: FxHashMap<TileId, Revision>,
}

impl TileVersions {
    /// Begins with one version for all tiles.
    pub(super) fn all_at(floor: Revision) -> Self {
        Self {
            floor,
            touched: FxHashMap::default(),
        }
    }

    pub(super) fn of(&self, tile: TileId) -> Revision {
        self.touched.get(&tile).copied().unwrap_or(self.floor)
    }

    /// Notes that a revision touched these tiles; none are all.
    pub(super) fn touch(&mut self, tiles: Option<&FxHashSet<TileId>>, revision: Revision) {
        match tiles {
            Some(tiles) if self.touched.len() + tiles.len() <= MOST_TILES => {
                self.touched
                    .extend(tiles.iter().map(|&tile| (tile, revision)));
            }
            _ => *self = Self::all_at(revision),
        }
    }
}

/// Returns the tiles that differ between two states of a layer, `changed` being the rows that did, before and after; a
/// few may be among them that do not. None when there are too many.
pub(super) fn touched_tiles(
    before: &Snapshot,
    after: &Snapshot,
    changed: &[FeatureRow],
) -> Option<FxHashSet<TileId>> {
    if changed.len() > MOST_ROWS {
        return None;
    }
    let mut tiles = FxHashSet::default();
    let states = [before.features(), after.features()];
    for zoom in before.view().layer().zooms.min..=DEEPEST_ZOOM {
        let mut boxes: Vec<UnitBox> = changed.iter().map(|row| row.around).collect();
        for state in states {
            if !state.base().has_full_detail(zoom) {
                let affected = affected(state, changed, zoom);
                boxes.extend(affected.into_iter().map(|number| state.around(number)));
            }
        }
        for around in boxes {
            let columns = tile_numbers(around, zoom, 0);
            let rows = tile_numbers(around, zoom, 1);
            if tiles.len() + columns.clone().count() * rows.clone().count() > MOST_TILES {
                return None;
            }
            let all = columns.flat_map(|x| rows.clone().map(move |y| TileId { z: zoom, x, y }));
            tiles.extend(all);
        }
    }
    Some(tiles)
}

/// Returns the columns (axis 0) or rows of the tiles that may show something of a world box.
fn tile_numbers(around: UnitBox, zoom: u8, axis: usize) -> std::ops::RangeInclusive<u32> {
    let shown = quantise_box(shown_within(around, zoom), zoom).widened(BUFFER);
    let middle = 1_i64 << (zoom + 11);
    let number = |units: i32| (i64::from(units) + middle).div_euclid(i64::from(EXTENT));
    let last = (1_i64 << zoom) - 1;
    let [first, end] = [shown.min[axis], shown.max[axis]].map(|units| number(units).clamp(0, last));
    first as u32..=end as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(x: u32) -> TileId {
        TileId { z: 14, x, y: 0 }
    }

    #[test]
    fn only_touched_tiles_have_another_version() {
        let mut versions = TileVersions::all_at(Revision(3));
        versions.touch(Some(&FxHashSet::from_iter([tile(1)])), Revision(5));
        assert_eq!(versions.of(tile(1)), Revision(5));
        assert_eq!(versions.of(tile(2)), Revision(3));
        versions.touch(None, Revision(7));
        assert_eq!(versions.of(tile(1)), Revision(7));
        assert_eq!(versions.of(tile(2)), Revision(7));
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut versions = TileVersions::all_at(Revision(0));
        for revision in 1..=60 {
            let thousand = (0..1000).map(|x| tile(revision * 1000 + x)).collect();
            versions.touch(Some(&thousand), Revision(i64::from(revision)));
            assert!(versions.touched.len() <= MOST_TILES);
        }
        assert!(
            versions.of(tile(0)) > Revision(50),
            "the oldest are touched"
        );
        assert_eq!(versions.of(tile(60_000)), Revision(60));
    }
}
