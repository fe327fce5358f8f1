//! A packed R-tree: boxes already in a good order, sixteen to a node, level upon level, in two flat vectors.

use std::ops::Range;

use super::grid::UnitBox;

const NODE: usize = 16;

/// How a box lies in an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// It has no point there.
    Apart,
    /// Not all of it may be there.
    Across,
    /// All of it is there.
    Within,
}

/// An immutable index over boxes, which are known by their places in the order given.
#[derive(Debug)]
pub(super) struct PackedTree {
    /// The boxes themselves, then those of each level of nodes above them.
    boxes: Vec<UnitBox>,
    /// Where each level begins in `boxes`, the lowest first; the end of the last level closes the list.
    levels: Vec<usize>,
}

impl PackedTree {
    /// Builds the index; neighbours in the order should be neighbours on the map.
    pub(super) fn new(boxes: Vec<UnitBox>) -> Self {
        let mut tree = Self {
            levels: vec![0, boxes.len()],
            boxes,
        };
        let mut level = 0..tree.boxes.len();
        while level.len() > 1 {
            let end = level.end;
            for start in level.clone().step_by(NODE) {
                let node = &tree.boxes[start..end.min(start + NODE)];
                let around = node
                    .iter()
                    .fold(UnitBox::NOTHING, |all, &one| all.union(one));
                tree.boxes.push(around);
            }
            level = end..tree.boxes.len();
            tree.levels.push(level.end);
        }
        tree
    }

    /// Returns the box at a place.
    pub(super) fn item(&self, place: usize) -> UnitBox {
        self.boxes[..self.levels[1]][place]
    }

    /// Returns the box around all boxes; the box of nothing when there are none.
    pub(super) fn around(&self) -> UnitBox {
        self.boxes.last().copied().unwrap_or(UnitBox::NOTHING)
    }

    /// Returns the places of the boxes that meet `area`, in order.
    pub(super) fn meeting(&self, area: UnitBox) -> Vec<u32> {
        let mut places = Vec::new();
        self.search(area, &mut |run, _| {
            places.extend(run.start as u32..run.end as u32);
        });
        places
    }

    /// Returns the bytes held in memory.
    pub(super) fn memory(&self) -> usize {
        self.boxes.len() * size_of::<UnitBox>()
    }

    /// Visits the places of the boxes that meet `area`, in order, in runs that lie wholly inside it or not.
    pub(super) fn search(&self, area: UnitBox, visit: &mut impl FnMut(Range<usize>, bool)) {
        let lies = |here: UnitBox| match (here.meets(area), area.holds(here)) {
            (false, _) => Lies::Apart,
            (true, false) => Lies::Across,
            (true, true) => Lies::Within,
        };
        self.search_by(&lies, visit);
    }

    /// Visits the places of the boxes that do not lie apart, in order, in runs that lie wholly within or not.
    pub(super) fn search_by(
        &self,
        lies: &impl Fn(UnitBox) -> Lies,
        visit: &mut impl FnMut(Range<usize>, bool),
    ) {
        if !self.boxes.is_empty() {
            self.search_node(self.levels.len() - 2, 0, lies, visit);
        }
    }

    fn search_node(
        &self,
        level: usize,
        place: usize,
        lies: &impl Fn(UnitBox) -> Lies,
        visit: &mut impl FnMut(Range<usize>, bool),
    ) {
        let here = lies(self.boxes[self.levels[level] + place]);
        if here == Lies::Apart {
            return;
        }
        let inside = here == Lies::Within;
        if inside || level == 0 {
            visit(self.leaves_under(level, place), inside);
            return;
        }
        let below = self.levels[level] - self.levels[level - 1];
        for child in place * NODE..below.min((place + 1) * NODE) {
            self.search_node(level - 1, child, lies, visit);
        }
    }

    fn leaves_under(&self, level: usize, place: usize) -> Range<usize> {
        let width = NODE.pow(level as u32);
        place * width..self.levels[1].min((place + 1) * width)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_box() -> impl Strategy<Value = UnitBox> {
        (-500..500, -500..500, 0..80, 0..80).prop_map(|(x, y, w, h)| UnitBox {
            min: [x, y],
            max: [x + w, y + h],
        })
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_a_scan_finds(boxes in prop::collection::vec(any_box(), 0..700), area in any_box()) {
            let tree = PackedTree::new(boxes.clone());
            let mut found = Vec::new();
            tree.search(area, &mut |run, inside| {
                for place in run {
                    assert_eq!(inside, area.holds(boxes[place]));
                    found.push(place);
                }
            });
            let scan: Vec<_> = (0..boxes.len()).filter(|&place| boxes[place].meets(area)).collect();
            prop_assert_eq!(found, scan);
        }
    }
}
