//! Geometries as the JSON of a filter writes them: those of GeoJSON (RFC 7946), and boxes.

use geo_types::{Coord, Geometry, GeometryCollection};
use serde_json::{Map, Value as Json};

use super::super::Fault;
use super::super::shape::{self, Kind, Nest};
use super::{Path, Reader};

impl Reader {
    /// Reads an object with a `type`.
    pub(super) fn geometry(
        &mut self,
        members: &Map<String, Json>,
        path: &Path<'_>,
    ) -> Result<Geometry<f64>, Fault> {
        match kind(members, path)? {
            Kind::Collection => self.collection(members, path),
            kind => self.simple(kind, members, path),
        }
    }

    fn collection(
        &mut self,
        members: &Map<String, Json>,
        path: &Path<'_>,
    ) -> Result<Geometry<f64>, Fault> {
        let path = path.member("geometries");
        let Some(Json::Array(parts)) = members.get("geometries") else {
            return path.fault(
                "zde má být seznam geometrií",
                "a list of geometries is expected here",
            );
        };
        let mut geometries = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let path = path.item(number);
            let Json::Object(members) = part else {
                return path.fault("zde má být geometrie", "a geometry is expected here");
            };
            match kind(members, &path)? {
                Kind::Collection => {
                    return path.fault(
                        "GeometryCollection nesmí být v jiné",
                        "a GeometryCollection may not stand in another",
                    );
                }
                kind => geometries.push(self.simple(kind, members, &path)?),
            }
        }
        if geometries.is_empty() {
            return path.fault(
                "geometrie bez pozic tu být nemůže",
                "a geometry without positions cannot stand here",
            );
        }
        Ok(Geometry::GeometryCollection(GeometryCollection(geometries)))
    }

    fn simple(
        &mut self,
        kind: Kind,
        members: &Map<String, Json>,
        path: &Path<'_>,
    ) -> Result<Geometry<f64>, Fault> {
        let coordinates = members.get("coordinates").unwrap_or(&Json::Null);
        let nest = self.nest(coordinates, &path.member("coordinates"))?;
        shape::shape(kind, nest)
    }

    /// Reads positions in lists of lists; no deeper than the parser of JSON goes.
    fn nest(&mut self, json: &Json, path: &Path<'_>) -> Result<Nest, Fault> {
        let place = path.place();
        let Json::Array(items) = json else {
            return path.fault(
                "zde má být pozice nebo seznam pozic",
                "a position or a list of positions is expected here",
            );
        };
        if !items.first().is_some_and(Json::is_number) {
            let items = items.iter().enumerate();
            let items = items.map(|(number, item)| self.nest(item, &path.item(number)));
            return Ok(Nest::List(items.collect::<Result<_, _>>()?, place));
        }
        self.budget.position(&place)?;
        let numbers: Option<Vec<f64>> = items.iter().map(Json::as_f64).collect();
        match numbers.as_deref() {
            Some(&[x, y] | &[x, y, _]) => Ok(Nest::Position(Coord { x, y }, place)),
            _ => path.fault(
                "pozice mají být dvě čísla",
                "a position must be two numbers",
            ),
        }
    }

    /// Reads the numbers of a box.
    pub(super) fn bbox(&mut self, json: &Json, path: &Path<'_>) -> Result<[f64; 4], Fault> {
        let place = path.place();
        self.budget.position(&place)?;
        let numbers: Option<Vec<f64>> = json
            .as_array()
            .and_then(|items| items.iter().map(Json::as_f64).collect());
        shape::bbox(&numbers.unwrap_or_default(), &place)
    }
}

fn kind(members: &Map<String, Json>, path: &Path<'_>) -> Result<Kind, Fault> {
    let kind = members.get("type").and_then(Json::as_str);
    kind.and_then(Kind::named).map_or_else(
        || {
            path.member("type").fault(
                "zde má být Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon nebo \
                 GeometryCollection",
                "Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon or GeometryCollection \
                 is expected here",
            )
        },
        Ok,
    )
}
