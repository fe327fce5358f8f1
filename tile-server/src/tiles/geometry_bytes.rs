//! Geometry as MVT commands, of which all but the first position is the same in every tile.

use super::grid::Position;
use super::mvt::{read_varint, unzigzag, write_varint, zigzag};
use super::path::{Path, Shape};

/// `MoveTo`, one position.
pub(super) const MOVE_TO_ONE: u8 = 1 | 1 << 3;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u8 = 7 | 1 << 3;

/// Appends the commands of some paths after the first position (that is, after `MoveTo`, x, y).
///
/// Every path must have the fewest positions of its shape or more.
pub(super) fn write_tail(out: &mut Vec<u8>, shape: Shape, paths: &[Path]) {
    let Some(mut cursor) = paths.first().map(|path| path[0]) else {
        return;
    };
    let mut step_to = |out: &mut Vec<u8>, to: Position| {
        for axis in 0..2 {
            write_varint(out, zigzag(to[axis].wrapping_sub(cursor[axis])));
        }
        cursor = to;
    };
    for (place, path) in paths.iter().enumerate() {
        if place > 0 {
            out.push(MOVE_TO_ONE);
            step_to(out, path[0]);
        }
        if shape == Shape::Point {
            continue;
        }
        write_varint(out, LINE_TO | (path.len() as u64 - 1) << 3);
        for &position in &path[1..] {
            step_to(out, position);
        }
        if shape == Shape::Area {
            out.push(CLOSE_PATH);
        }
    }
}

/// Returns the paths whose commands after the first position are `tail`.
pub(super) fn read_tail(start: Position, mut tail: &[u8]) -> Vec<Path> {
    let mut cursor = start;
    let mut paths = vec![vec![start]];
    while !tail.is_empty() {
        let command = read_varint(&mut tail);
        if command == u64::from(CLOSE_PATH) {
            continue;
        }
        if command & 7 != LINE_TO {
            paths.push(Vec::new());
        }
        for _ in 0..command >> 3 {
            cursor = cursor.map(|place| place.wrapping_add(unzigzag(read_varint(&mut tail))));
            if let Some(path) = paths.last_mut() {
                path.push(cursor);
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shape: Shape, paths: &[Path]) {
        let mut tail = Vec::new();
        write_tail(&mut tail, shape, paths);
        assert_eq!(read_tail(paths[0][0], &tail), paths);
    }

    #[test]
    fn paths_come_back_from_their_commands() {
        check(Shape::Point, &[vec![[5, 7]]]);
        check(
            Shape::Line,
            &[vec![[5, 7], [-3, 900]], vec![[0, 0], [1, 1], [2, -7]]],
        );
        let ring = vec![[0, 0], [9, 0], [9, 9], [0, 9]];
        check(Shape::Area, &[ring, vec![[2, 2], [2, 4], [4, 4]]]);
    }

    #[test]
    fn the_worked_example_of_the_specification_has_its_bytes() {
        // MVT 2.1, section 4.3.5.5: a polygon from (3,6) to (8,12) and (20,34).
        let mut tail = Vec::new();
        write_tail(&mut tail, Shape::Area, &[vec![[3, 6], [8, 12], [20, 34]]]);
        assert_eq!(tail, [18, 10, 12, 24, 44, 15]);
    }
}
