//! Merging two lines by their vertices: where each moved, added or removed others, both have their way.

use std::ops::Range;

use geo_types::Coord;

use super::unmoved::{Cell, cell};

/// The largest table, in cells, by which two stretches of vertices are compared; what is more is left to a person.
const LARGEST_TABLE: usize = 1_000_000;

/// A stretch of the base that was replaced by other vertices.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    base: Range<usize>,
    new: Range<usize>,
}

impl Stretch {
    /// Whether as many vertices came as went.
    fn is_move(&self) -> bool {
        self.base.len() == self.new.len()
    }

    /// Whether two stretches speak of the same vertices, or stand side by side so that their order is anybody's guess.
    fn meets(&self, other: &Self) -> bool {
        let (one, two) = (&self.base, &other.base);
        let overlap = one.start < two.end && two.start < one.end;
        let touch = one.end == two.start || two.end == one.start;
        overlap || (touch && !(self.is_move() && other.is_move()))
    }
}

/// Merges what two people made of the same vertices; none when both changed the same stretch.
///
/// Vertices are compared on the grid; what I left alone keeps the coordinates that they have.
pub(super) fn merge_vertices(
    base: &[Coord<f64>],
    theirs: &[Coord<f64>],
    mine: &[Coord<f64>],
) -> Option<Vec<Coord<f64>>> {
    let [base_cells, their_cells, my_cells] = [base, theirs, mine].map(cells);
    let their_stretches = stretches(&base_cells, &their_cells)?;
    let mut merged = theirs.to_vec();
    // From the end, so that the places before stay what they are.
    for my in stretches(&base_cells, &my_cells)?.into_iter().rev() {
        let new = &my_cells[my.new.clone()];
        let both =
            |their: &Stretch| their.base == my.base && &their_cells[their.new.clone()] == new;
        if their_stretches.iter().any(both) {
            continue;
        }
        if their_stretches.iter().any(|their| their.meets(&my)) {
            return None;
        }
        let before = their_stretches
            .iter()
            .filter(|their| their.base.end <= my.base.start);
        let (came, went) = before.fold((0, 0), |(came, went), their| {
            (came + their.new.len(), went + their.base.len())
        });
        let start = my.base.start + came - went;
        let replaced = start..start + my.base.len();
        merged.splice(replaced, mine[my.new].iter().copied());
    }
    Some(merged)
}

fn cells(vertices: &[Coord<f64>]) -> Vec<Cell> {
    vertices.iter().map(|at| cell(*at)).collect()
}

/// Returns how vertices differ from the base, moves vertex by vertex; none when they differ too much to be compared.
fn stretches(base: &[Cell], new: &[Cell]) -> Option<Vec<Stretch>> {
    let same = |(one, other): &(&Cell, &Cell)| one == other;
    let head = base.iter().zip(new).take_while(same).count();
    let (base, new) = (&base[head..], &new[head..]);
    let tail = base
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let (base, new) = (&base[..base.len() - tail], &new[..new.len() - tail]);
    let mut found = Vec::new();
    let (mut from_base, mut from_new) = (0, 0);
    let end = (base.len(), new.len());
    for (in_base, in_new) in common(base, new)?.into_iter().chain([end]) {
        let (gone, come) = (in_base - from_base, in_new - from_new);
        let steps = if gone == come { gone } else { 1 };
        for step in 0..steps {
            let part = |from: usize, length: usize| {
                let start = head + from + step;
                start..start + if gone == come { 1 } else { length }
            };
            found.push(Stretch {
                base: part(from_base, gone),
                new: part(from_new, come),
            });
        }
        (from_base, from_new) = (in_base + 1, in_new + 1);
    }
    Some(found)
}

/// Returns the places of a longest common subsequence in both.
fn common(base: &[Cell], new: &[Cell]) -> Option<Vec<(usize, usize)>> {
    let width = new.len() + 1;
    if base.len() * new.len() > LARGEST_TABLE {
        return None;
    }
    // The length that the rest of both has in common, from each pair of places on.
    let mut lengths = vec![0_u32; (base.len() + 1) * width];
    for (row, one) in base.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let at = row * width + column;
            lengths[at] = if one == other {
                lengths[at + width + 1] + 1
            } else {
                lengths[at + width].max(lengths[at + 1])
            };
        }
    }
    let mut places = Vec::new();
    let (mut row, mut column) = (0, 0);
    while row < base.len() && column < new.len() {
        let at = row * width + column;
        if base[row] == new[column] {
            places.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if lengths[at + width] >= lengths[at + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter is a vertex at a place of its own.
    fn line(letters: &str) -> Vec<Coord<f64>> {
        let at = |letter: char| Coord {
            x: f64::from(u32::from(letter)),
            y: 0.0,
        };
        letters.chars().map(at).collect()
    }

    fn check(base: &str, theirs: &str, mine: &str, expected: Option<&str>) {
        let merged = merge_vertices(&line(base), &line(theirs), &line(mine));
        assert_eq!(merged, expected.map(line), "{base} {theirs} {mine}");
        let turned = merge_vertices(&line(base), &line(mine), &line(theirs));
        assert_eq!(turned, expected.map(line), "{base} {mine} {theirs}");
    }

    #[test]
    fn different_vertices_have_their_way() {
        check("abcdef", "Abcdef", "abcdeF", Some("AbcdeF"));
        check("abcdef", "abXcdef", "abcdeYf", Some("abXcdeYf"));
        check("abcdef", "acdef", "abcdxf", Some("acdxf"));
        check("abcdef", "abcdef", "fed", Some("fed"));
        check("abcdef", "abXYcdef", "abcdf", Some("abXYcdf"));
    }

    #[test]
    fn neighbours_may_be_moved_by_two_people() {
        check("abcd", "aBcd", "abCd", Some("aBCd"));
        check("abcd", "ABcd", "abCD", Some("ABCD"));
    }

    #[test]
    fn what_both_did_is_done_once() {
        check("abcd", "aBcd", "aBcd", Some("aBcd"));
        check("abcd", "aBcd", "aBCd", Some("aBCd"));
        check("abcd", "abxcd", "abxcD", Some("abxcD"));
    }

    #[test]
    fn the_same_stretch_is_left_to_a_person() {
        check("abcd", "aXcd", "aYcd", None);
        check("abcd", "acd", "aYcd", None);
        check("abcd", "abXcd", "abYcd", None);
        check("abcd", "abXcd", "abCd", None);
        check("abcd", "ad", "abXcd", None);
    }

    #[test]
    fn what_differs_too_much_is_not_compared() {
        let long = |first: u32| -> Vec<_> {
            let far = (first..first + 1500).map(f64::from);
            far.map(|x| Coord { x, y: 0.0 }).collect()
        };
        assert_eq!(merge_vertices(&long(0), &long(5000), &long(9000)), None);
    }
}
