//! Positions strewn over areas.

use geo::{BoundingRect, Contains};
use geo_types::{Coord, Point, Polygon};

use crate::along::distance;
use crate::random::Random;

/// Returns up to `count` positions inside an area, none nearer to another than `apart` metres, all passing `is_good`.
pub(crate) fn scatter(
    area: &Polygon<f64>,
    count: usize,
    apart: f64,
    random: &mut Random,
    is_good: impl Fn(Coord<f64>) -> bool,
) -> Vec<Coord<f64>> {
    let Some(rect) = area.bounding_rect() else {
        return Vec::new();
    };
    let mut found: Vec<Coord<f64>> = Vec::new();
    for _ in 0..count * 6 {
        let at = Coord {
            x: random.between(rect.min().x, rect.max().x),
            y: random.between(rect.min().y, rect.max().y),
        };
        let alone = found.iter().all(|&other| distance(other, at) >= apart);
        if alone && area.contains(&Point::from(at)) && is_good(at) {
            found.push(at);
        }
        if found.len() == count {
            break;
        }
    }
    found
}
