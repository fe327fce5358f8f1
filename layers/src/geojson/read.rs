//! Reading a GeoJSON geometry (RFC 7946), with everything that keeps it from being one.

use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Point, Polygon};
use serde_json::Value as Json;

use crate::{Problem, Text};

/// How many faults of one geometry are told.
const TOLD_AT_MOST: usize = 100;

/// Reads the value of a `geometry` member in the coordinates it has; `null` is none.
///
/// The error holds every fault with its place. A third coordinate of a position is left out.
pub fn read_geometry(json: &Json) -> Result<Option<Geometry<f64>>, Vec<Problem>> {
    if json.is_null() {
        return Ok(None);
    }
    let mut reader = Reader::default();
    match reader.geometry(json) {
        Some(geometry) if reader.faults.is_empty() => Ok(Some(geometry)),
        _ => Err(reader.faults),
    }
}

#[derive(Default)]
struct Reader {
    faults: Vec<Problem>,
}

/// Where in the coordinates the reader is; written out only when something is wrong there.
struct Place<'a> {
    around: Option<&'a Place<'a>>,
    number: usize,
}

impl Place<'_> {
    fn write(&self) -> String {
        self.around.map_or_else(
            || "coordinates".to_owned(),
            |around| format!("{}[{}]", around.write(), self.number),
        )
    }
}

impl Reader {
    fn geometry(&mut self, json: &Json) -> Option<Geometry<f64>> {
        let top = Place {
            around: None,
            number: 0,
        };
        let inside = &json["coordinates"];
        match json["type"].as_str() {
            Some("Point") => self.position(inside, &top).map(|at| Point(at).into()),
            Some("LineString") => self.line(inside, &top).map(Geometry::from),
            Some("Polygon") => self.polygon(inside, &top).map(Geometry::from),
            Some("MultiLineString") => {
                let lines = self.list(inside, &top, Self::line)?;
                Some(MultiLineString::new(lines).into())
            }
            Some("MultiPolygon") => {
                let polygons = self.list(inside, &top, Self::polygon)?;
                Some(MultiPolygon::new(polygons).into())
            }
            _ => {
                self.faults.push(Problem::Malformed(Text {
                    cs: "geometrie má být objekt s `type` Point, LineString, Polygon, MultiLineString nebo \
                         MultiPolygon a s `coordinates`"
                        .to_owned(),
                    en: "a geometry must be an object with the `type` Point, LineString, Polygon, \
                         MultiLineString or MultiPolygon and with `coordinates`"
                        .to_owned(),
                }));
                None
            }
        }
    }

    fn polygon(&mut self, json: &Json, place: &Place<'_>) -> Option<Polygon<f64>> {
        let mut rings = self.list(json, place, Self::ring)?.into_iter();
        let Some(shell) = rings.next() else {
            self.fault(place, "plocha nemá hranici", "a polygon has no ring");
            return None;
        };
        Some(Polygon::new(shell, rings.collect()))
    }

    fn ring(&mut self, json: &Json, place: &Place<'_>) -> Option<LineString<f64>> {
        let points = self.list(json, place, Self::position)?;
        if points.len() < 4 {
            self.fault(
                place,
                "hranice plochy potřebuje aspoň čtyři pozice",
                "a ring needs at least four positions",
            );
        } else if points.first() != points.last() {
            self.fault(
                place,
                "hranice není uzavřená: první a poslední pozice se liší",
                "the ring is not closed: its first and last positions differ",
            );
        }
        Some(LineString::new(points))
    }

    fn line(&mut self, json: &Json, place: &Place<'_>) -> Option<LineString<f64>> {
        let points = self.list(json, place, Self::position)?;
        if points.len() < 2 {
            self.fault(
                place,
                "linie potřebuje aspoň dvě pozice",
                "a line needs at least two positions",
            );
        }
        Some(LineString::new(points))
    }

    fn list<T>(
        &mut self,
        json: &Json,
        place: &Place<'_>,
        read: impl Fn(&mut Self, &Json, &Place<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(items) = json.as_array() else {
            self.fault(place, "zde má být seznam", "a list is expected here");
            return None;
        };
        let mut read_items = Vec::with_capacity(items.len());
        for (number, item) in items.iter().enumerate() {
            let around = Some(place);
            read_items.extend(read(self, item, &Place { around, number }));
        }
        Some(read_items)
    }

    fn position(&mut self, json: &Json, place: &Place<'_>) -> Option<Coord<f64>> {
        let numbers = json.as_array().map(Vec::as_slice).unwrap_or_default();
        let (2 | 3, Some(x), Some(y)) = (
            numbers.len(),
            numbers.first().and_then(Json::as_f64),
            numbers.get(1).and_then(Json::as_f64),
        ) else {
            self.fault(
                place,
                "pozice mají být dvě čísla",
                "a position must be two numbers",
            );
            return None;
        };
        Some(Coord { x, y })
    }

    fn fault(&mut self, place: &Place<'_>, cs: &str, en: &str) {
        if self.faults.len() < TOLD_AT_MOST {
            let place = place.write();
            self.faults.push(Problem::Malformed(Text {
                cs: format!("{place}: {cs}"),
                en: format!("{place}: {en}"),
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geojson::write_geometry;

    fn check(json: &str, faults: &[&str]) {
        let document = serde_json::from_str(json).expect("JSON");
        let found = read_geometry(&document).err().unwrap_or_default();
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, faults, "{json}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for json in [
            r#"{"type":"Point","coordinates":[13.4,50.5]}"#,
            r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[5,1],[6,2],[6,1],[5,1]]]}"#,
            r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#,
            r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]]]]}"#,
            "null",
        ] {
            let document = serde_json::from_str(json).expect("JSON");
            let mut out = Vec::new();
            let read = read_geometry(&document).expect("a geometry");
            write_geometry(&mut out, read.as_ref());
            assert_eq!(String::from_utf8_lossy(&out), json);
        }
    }

    #[test]
    fn a_height_is_left_out() {
        check(r#"{"type":"Point","coordinates":[1,2,300]}"#, &[]);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        check(
            r#"{"type":"Polygon","coordinates":[[[0,0],[9,"x"],[9,9],[0,1],[0,2]],[[1,1],[2,2]],7]}"#,
            &[
                "coordinates[0][1]: a position must be two numbers",
                "coordinates[0]: the ring is not closed: its first and last positions differ",
                "coordinates[1]: a ring needs at least four positions",
                "coordinates[2]: a list is expected here",
            ],
        );
        check(
            r#"{"type":"LineString","coordinates":[[1,2]]}"#,
            &["coordinates: a line needs at least two positions"],
        );
        check(
            r#"{"type":"Polygon","coordinates":[]}"#,
            &["coordinates: a polygon has no ring"],
        );
        check(
            r#"{"type":"Point"}"#,
            &["coordinates: a position must be two numbers"],
        );
        for odd in [r#"{"type":"Circle"}"#, "[1,2]", r#""POINT (1 2)""#, "7"] {
            let document = serde_json::from_str(odd).expect("JSON");
            assert_eq!(read_geometry(&document).expect_err(odd).len(), 1);
        }
    }
}
