//! Which features of a layer lie in an area, told from memory alone: for sure, or to be looked at.

use layers::{Bbox, LayerView, Revision};
use rustc_hash::FxHashSet;

use super::TileService;
use super::feature_table::FeatureTable;
use super::grid::{UnitBox, mercator_metres};
use super::packed_tree::Lies;
use super::snapshot::Snapshot;

/// What memory tells of an area.
#[derive(Debug, Default)]
pub(crate) struct Lying {
    /// How many features have a point there for sure.
    pub(crate) within: u64,
    /// The `fid`s of the features that may have one.
    pub(crate) doubtful: Vec<i64>,
    /// The state of which this is.
    pub(crate) revision: Revision,
}

impl TileService {
    /// Tells which features that a view shows lie in an area, of which `lies` says how a box of EPSG:3857 does: `Within`
    /// or `Apart` only if that stays true when the box moves by a centimetre.
    ///
    /// None when memory does not know all of the layer, or cannot follow the store.
    pub(crate) fn lying(&self, view: &LayerView, lies: &dyn Fn(Bbox) -> Lies) -> Option<Lying> {
        if view.layer().source.is_some() {
            return None;
        }
        let snapshot = self.snapshots(std::slice::from_ref(view)).ok()?.pop()?;
        let mut lying = Lying {
            revision: self.reached(),
            ..Lying::default()
        };
        snapshot.shows_all().then(|| {
            snapshot.add_lying(lies, &mut lying);
            lying
        })
    }
}

impl Snapshot {
    fn add_lying(&self, lies: &dyn Fn(Bbox) -> Lies, lying: &mut Lying) {
        let lies = |here: UnitBox| {
            let [min, max] = [[here.min[0], here.max[1]], [here.max[0], here.min[1]]];
            lies(Bbox::new(mercator_metres(min), mercator_metres(max)))
        };
        let (base, edits) = self.tables();
        lying.add(base, self.replaced(), &lies);
        lying.add(edits, &FxHashSet::default(), &lies);
    }
}

impl Lying {
    /// Adds the features of a table that are not replaced by others.
    fn add(
        &mut self,
        table: &FeatureTable,
        replaced: &FxHashSet<u32>,
        lies: &impl Fn(UnitBox) -> Lies,
    ) {
        let has_corner_there = |place: usize| {
            let mut positions = table.paths(place).flatten();
            positions.any(|&at| lies(UnitBox { min: at, max: at }) == Lies::Within)
        };
        table.tree().search_by(lies, &mut |run, is_within| {
            if is_within {
                let gone = replaced
                    .iter()
                    .filter(|&&one| run.contains(&(one as usize)));
                self.within += (run.len() - gone.count()) as u64;
                return;
            }
            for place in run.filter(|&place| !replaced.contains(&(place as u32))) {
                if has_corner_there(place) {
                    self.within += 1;
                } else {
                    self.doubtful.push(table.fid(place));
                }
            }
        });
    }
}
