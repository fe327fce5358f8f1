//! Pictures of geometries in EPSG:5514, drawn to scale by the server as SVG.

use geo::{BooleanOps, BoundingRect};
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon, Rect};
use layers::{Bbox, Language};
use maud::{Markup, PreEscaped, html};

/// The size of a picture, in pixels.
pub(super) const WIDTH: f64 = 480.0;
pub(super) const HEIGHT: f64 = 300.0;
/// What is left free around.
const MARGIN: f64 = 24.0;
/// How long, in pixels, the bar of the scale may be.
const BAR_MAX: f64 = 140.0;

/// Writes a length as people do, in metres or kilometres.
pub(super) fn in_metres(metres: f64, language: Language) -> String {
    let (number, digits, unit) = match metres {
        _ if metres < 10.0 => (metres, 2, "m"),
        _ if metres < 1000.0 => (metres, 0, "m"),
        _ => (metres / 1000.0, usize::from(metres < 10_000.0), "km"),
    };
    let text = format!("{number:.digits$}");
    let text = match language {
        Language::Czech => text.replace('.', ","),
        Language::English => text,
    };
    format!("{text}\u{a0}{unit}")
}

/// Which piece of the plane is drawn, and how large.
pub(super) struct Frame {
    centre: Coord<f64>,
    pixels_per_metre: f64,
}

impl Frame {
    /// Makes the frame around geometries, with sides of at least so many metres; none without any position.
    pub(super) fn around<'a>(
        shapes: impl Iterator<Item = &'a Geometry<f64>>,
        least: f64,
    ) -> Option<Self> {
        let boxes = shapes.filter_map(Bbox::of);
        let Bbox { min, max } = boxes.reduce(|one, other| one.union(&other))?;
        let all = Rect::new(min, max);
        let scale = |length: f64, room: f64| (room - 2.0 * MARGIN) / length.max(least);
        Some(Self {
            centre: all.center(),
            pixels_per_metre: scale(all.width(), WIDTH).min(scale(all.height(), HEIGHT)),
        })
    }

    /// Returns what is seen of the plane, and a little beyond.
    pub(super) fn bbox(&self) -> Bbox {
        let reach = |pixels: f64| (pixels / 2.0 + MARGIN) / self.pixels_per_metre;
        let Coord { x, y } = self.centre;
        let (across, up) = (reach(WIDTH), reach(HEIGHT));
        Bbox::new([x - across, y - up], [x + across, y + up])
    }

    /// Draws a bar of a round length in a corner.
    pub(super) fn bar(&self, language: Language) -> Markup {
        let longest = BAR_MAX / self.pixels_per_metre;
        let power = 10_f64.powf(longest.log10().floor());
        let round = [5.0, 2.0, 1.0].into_iter().map(|step| step * power);
        let metres = round.into_iter().find(|metres| *metres <= longest);
        let metres = metres.unwrap_or(power);
        html! {
            path.bar d={ "M12 " (HEIGHT - 12.0) "h" (tenth(metres * self.pixels_per_metre)) } {}
            text x="12" y=(HEIGHT - 18.0) { (in_metres(metres, language)) }
        }
    }

    /// Draws a geometry; a point as a dot of a radius in pixels.
    pub(super) fn draw(&self, geometry: &Geometry<f64>, dot: f64) -> Markup {
        match geometry {
            Geometry::Point(point) => {
                let [x, y] = self.at(point.0);
                html! { circle cx=(x) cy=(y) r=(dot) {} }
            }
            Geometry::LineString(line) => path(&self.line(line), false),
            Geometry::MultiLineString(lines) => path(
                &lines.iter().map(|line| self.line(line)).collect::<String>(),
                false,
            ),
            Geometry::Polygon(area) => path(&self.areas(&MultiPolygon::from(area.clone())), true),
            Geometry::MultiPolygon(areas) => path(&self.areas(areas), true),
            _ => html! {},
        }
    }

    /// Returns the place of a position, to the tenth of a pixel.
    fn at(&self, place: Coord<f64>) -> [f64; 2] {
        [
            tenth(WIDTH / 2.0 + (place.x - self.centre.x) * self.pixels_per_metre),
            tenth(HEIGHT / 2.0 - (place.y - self.centre.y) * self.pixels_per_metre),
        ]
    }

    /// Writes a line without the positions that fall on the one before.
    fn line(&self, line: &LineString<f64>) -> String {
        let mut places: Vec<_> = line.0.iter().map(|place| self.at(*place)).collect();
        places.dedup();
        let places = places.into_iter().map(|[x, y]| format!("{x} {y}"));
        format!("M{}", places.collect::<Vec<_>>().join("L"))
    }

    /// Writes areas, of those that reach far beyond the picture only what is seen.
    fn areas(&self, areas: &MultiPolygon<f64>) -> String {
        let Bbox { min, max } = self.bbox();
        let seen = Rect::new(min, max);
        let is_seen_whole = areas.bounding_rect().is_some_and(|own| {
            let (low, high) = (own.min(), own.max());
            low.x >= min[0] && low.y >= min[1] && high.x <= max[0] && high.y <= max[1]
        });
        if is_seen_whole {
            return areas.iter().map(|area| self.area(area)).collect();
        }
        let cut = areas.intersection(&seen.to_polygon());
        cut.iter().map(|area| self.area(area)).collect()
    }

    fn area(&self, area: &Polygon<f64>) -> String {
        let rings = std::iter::once(area.exterior()).chain(area.interiors());
        rings.map(|ring| self.line(ring) + "Z").collect()
    }
}

fn path(drawn: &str, is_area: bool) -> Markup {
    html! { @if !drawn.is_empty() { path class=[is_area.then_some("area")] d=(PreEscaped(drawn)) {} } }
}

fn tenth(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point, polygon};

    use super::*;

    #[test]
    fn lengths_are_written_as_people_do() {
        for (metres, cs) in [
            (0.256, "0,26\u{a0}m"),
            (12.4, "12\u{a0}m"),
            (2_500.0, "2,5\u{a0}km"),
            (20_000.0, "20\u{a0}km"),
        ] {
            assert_eq!(in_metres(metres, Language::Czech), cs);
        }
    }

    #[test]
    fn what_is_drawn_is_short_and_ends_near_the_picture() {
        let subject: Geometry<f64> = point!(x: -800_000.0, y: -990_000.0).into();
        let frame = Frame::around(std::iter::once(&subject), 100.0).expect("a frame");
        let dense: LineString<f64> = (0..1000)
            .map(|step| (-800_000.0 + f64::from(step) / 1000.0, -990_000.0))
            .collect();
        let drawn = frame.draw(&dense.into(), 3.0).into_string();
        assert!(drawn.len() < 1000, "{drawn}");
        let country = polygon![(x: -900_000.0, y: -1_000_000.0), (x: -700_000.0, y: -1_000_000.0), (x: -800_000.0, y: -900_000.0)];
        let drawn = frame.draw(&country.into(), 3.0).into_string();
        let numbers = drawn.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
        let largest = numbers
            .filter_map(|n| n.parse::<f64>().ok())
            .fold(0.0, f64::max);
        assert!(largest > 0.0 && largest < 2.0 * WIDTH, "{drawn}");
        let empty = frame
            .draw(&line_string![(x: 0.0, y: 0.0)].into(), 3.0)
            .into_string();
        assert!(empty.contains("path"), "{empty}");
    }
}
