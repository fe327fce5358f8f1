//! A small picture of three geometries, drawn by the server: what there was, what stands and what waits.

use geo::{BoundingRect, HausdorffDistance};
use geo_types::{Coord, Geometry, LineString, Polygon, Rect};
use layers::Language;
use maud::{Markup, PreEscaped, html};

use crate::conflicts::{Case, Side};

use super::say;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;
/// What is left free around.
const MARGIN: f64 = 24.0;
/// The least side of what is shown, in metres.
const SPAN_MIN: f64 = 4.0;
/// How long, in pixels, the bar of the scale may be.
const BAR_MAX: f64 = 140.0;

/// Draws the three geometries of a conflict to scale, with how far apart two of them are.
pub(super) fn sketch(case: &Case, language: Language) -> Markup {
    let drawn = [
        ("base", say(language, "původně", "before"), case.base()),
        ("standing", say(language, "platí", "stands"), case.stands()),
        ("waiting", say(language, "čeká", "waits"), case.mine()),
    ];
    let shapes: Vec<_> = drawn
        .into_iter()
        .filter_map(|(class, title, side)| match side {
            Side::Geometry(Some(geometry)) => Some((class, title, geometry)),
            _ => None,
        })
        .collect();
    let Some(frame) = Frame::around(shapes.iter().map(|(_, _, geometry)| geometry)) else {
        return html! {};
    };
    let (metres, pixels) = frame.bar();
    let apart = distance(case).map(|metres| in_metres(metres, language));
    let lead = say(
        language,
        "Co platí a co čeká, je od sebe nejvýš",
        "What stands and what waits are apart at most",
    );
    html! {
        figure.sketch {
            svg role="img" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
                aria-label=(say(language, "Náčrt: původně, platí a čeká", "Sketch: before, stands and waits")) {
                @for (class, _, geometry) in &shapes { g class=(class) { (frame.draw(geometry)) } }
                path.bar d={ "M12 " (HEIGHT - 12.0) "h" (pixels) } {}
                text x="12" y=(HEIGHT - 18.0) { (in_metres(metres, language)) }
            }
            figcaption {
                @for (class, title, _) in &shapes { span class={ "key " (class) } { (title) } " " }
                @if let Some(apart) = apart { p { (lead) " " strong { (apart) } "." } }
            }
        }
    }
}

/// Returns how far, in metres, what stands and what waits are apart at most.
pub(crate) fn distance(case: &Case) -> Option<f64> {
    match (case.stands(), case.mine()) {
        (Side::Geometry(Some(one)), Side::Geometry(Some(other))) => {
            Some(one.hausdorff_distance(&other))
        }
        _ => None,
    }
}

fn in_metres(metres: f64, language: Language) -> String {
    let text = if metres < 10.0 {
        format!("{metres:.2}")
    } else {
        format!("{metres:.0}")
    };
    let text = match language {
        Language::Czech => text.replace('.', ","),
        Language::English => text,
    };
    format!("{text} m")
}

/// Which piece of the plane (EPSG:5514) is drawn, and how large.
struct Frame {
    centre: Coord<f64>,
    pixels_per_metre: f64,
}

impl Frame {
    fn around<'a>(shapes: impl Iterator<Item = &'a Geometry<f64>>) -> Option<Self> {
        let boxes = shapes.filter_map(BoundingRect::bounding_rect);
        let all = boxes.reduce(|one, other| {
            Rect::new(
                Coord {
                    x: one.min().x.min(other.min().x),
                    y: one.min().y.min(other.min().y),
                },
                Coord {
                    x: one.max().x.max(other.max().x),
                    y: one.max().y.max(other.max().y),
                },
            )
        })?;
        let scale = |length: f64, room: f64| (room - 2.0 * MARGIN) / length.max(SPAN_MIN);
        Some(Self {
            centre: all.center(),
            pixels_per_metre: scale(all.width(), WIDTH).min(scale(all.height(), HEIGHT)),
        })
    }

    fn at(&self, place: Coord<f64>) -> [f64; 2] {
        [
            WIDTH / 2.0 + (place.x - self.centre.x) * self.pixels_per_metre,
            HEIGHT / 2.0 - (place.y - self.centre.y) * self.pixels_per_metre,
        ]
    }

    /// Returns a round length in metres, and how long its bar is.
    fn bar(&self) -> (f64, f64) {
        let longest = BAR_MAX / self.pixels_per_metre;
        let power = 10_f64.powf(longest.log10().floor());
        let round = [5.0, 2.0, 1.0].into_iter().map(|step| step * power);
        let metres = round.into_iter().find(|metres| *metres <= longest);
        let metres = metres.unwrap_or(power);
        (metres, metres * self.pixels_per_metre)
    }

    fn draw(&self, geometry: &Geometry<f64>) -> Markup {
        match geometry {
            Geometry::Point(point) => {
                let [x, y] = self.at(point.0);
                html! { circle cx=(tenth(x)) cy=(tenth(y)) r="7" {} }
            }
            Geometry::LineString(line) => path(&self.line(line), false),
            Geometry::MultiLineString(lines) => path(
                &lines.iter().map(|line| self.line(line)).collect::<String>(),
                false,
            ),
            Geometry::Polygon(area) => path(&self.area(area), true),
            Geometry::MultiPolygon(areas) => path(
                &areas.iter().map(|area| self.area(area)).collect::<String>(),
                true,
            ),
            _ => html! {},
        }
    }

    fn line(&self, line: &LineString<f64>) -> String {
        let places = line.0.iter().map(|place| {
            let [x, y] = self.at(*place);
            format!("{} {}", tenth(x), tenth(y))
        });
        format!("M{}", places.collect::<Vec<_>>().join("L"))
    }

    fn area(&self, area: &Polygon<f64>) -> String {
        let rings = std::iter::once(area.exterior()).chain(area.interiors());
        rings.map(|ring| self.line(ring) + "Z").collect()
    }
}

fn path(drawn: &str, is_area: bool) -> Markup {
    html! { path class=[is_area.then_some("area")] d=(PreEscaped(drawn)) {} }
}

fn tenth(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}
