//! Systems as clients name them, by URI or CURIE, each with the order of axes that its authority gives it.

use std::borrow::Cow;

use geo::MapCoords;
use geo_types::{Coord, Geometry};

use super::{Crs, transform};
use crate::Bbox;

/// A coordinate reference system under the name that an authority gives it, with the order of its axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedCrs {
    authority: &'static str,
    version: &'static str,
    code: &'static str,
    crs: Crs,
    is_latitude_first: bool,
}

impl NamedCrs {
    /// WGS 84, longitude first: the one of RFC 7946, which counts when none is named.
    pub const CRS84: Self = Self {
        authority: "OGC",
        version: "1.3",
        code: "CRS84",
        crs: Crs::Wgs84,
        is_latitude_first: false,
    };

    /// EPSG:5514, easting first: the system in which everything is stored.
    pub const STORED: Self = Self::epsg("5514", Crs::SJtsk, false);

    /// All systems that clients may name; EPSG:4258 has the numbers of WGS 84.
    pub const ALL: [Self; 5] = [
        Self::CRS84,
        Self::STORED,
        Self::epsg("4326", Crs::Wgs84, true),
        Self::epsg("4258", Crs::Wgs84, true),
        Self::epsg("3857", Crs::WebMercator, false),
    ];

    const fn epsg(code: &'static str, crs: Crs, is_latitude_first: bool) -> Self {
        Self {
            authority: "EPSG",
            version: "0",
            code,
            crs,
            is_latitude_first,
        }
    }

    /// Finds the system of a URI, an URN or a CURIE such as `EPSG:5514`, also in square brackets.
    pub fn named(name: &str) -> Option<Self> {
        let bracketed = |text: &'_ str| text.strip_prefix('[')?.strip_suffix(']').map(str::len);
        let name = bracketed(name).map_or(name, |length| &name[1..=length]);
        Self::ALL
            .into_iter()
            .find(|known| known.names().iter().any(|own| own == name))
    }

    fn names(self) -> [String; 4] {
        let Self {
            authority,
            version,
            code,
            ..
        } = self;
        [
            self.uri(),
            self.uri().replacen("http:", "https:", 1),
            format!(
                "urn:ogc:def:crs:{authority}:{}:{code}",
                version.trim_matches('0')
            ),
            format!("{authority}:{code}"),
        ]
    }

    /// Returns the URI, by which OGC API Features names it.
    pub fn uri(self) -> String {
        let Self {
            authority,
            version,
            code,
            ..
        } = self;
        format!("http://www.opengis.net/def/crs/{authority}/{version}/{code}")
    }

    /// Returns the system, with the easting or longitude first.
    pub fn crs(self) -> Crs {
        self.crs
    }

    /// Whether positions begin with the latitude.
    pub fn is_latitude_first(self) -> bool {
        self.is_latitude_first
    }

    /// Returns a stored geometry (EPSG:5514) as it is in this system.
    pub fn of_stored(self, geometry: &Geometry<f64>) -> Cow<'_, Geometry<f64>> {
        if self == Self::STORED {
            return Cow::Borrowed(geometry);
        }
        Cow::Owned(geometry.map_coords(|Coord { x, y }| {
            let [x, y] = self.turned(transform(Crs::SJtsk, self.crs, [x, y]));
            Coord { x, y }
        }))
    }

    /// Returns a geometry of this system with the easting or longitude first.
    pub fn easting_first(self, geometry: Geometry<f64>) -> Geometry<f64> {
        if !self.is_latitude_first {
            return geometry;
        }
        geometry.map_coords(|Coord { x, y }| Coord { x: y, y: x })
    }

    /// Returns a box of this system with the easting or longitude first.
    pub fn box_easting_first(self, Bbox { min, max }: Bbox) -> Bbox {
        Bbox::new(self.turned(min), self.turned(max))
    }

    /// Swaps longitude and latitude where the latitude comes first.
    fn turned(self, [x, y]: [f64; 2]) -> [f64; 2] {
        if self.is_latitude_first {
            [y, x]
        } else {
            [x, y]
        }
    }
}

#[cfg(test)]
mod tests {
    use geo_types::point;

    use super::*;

    #[test]
    fn every_way_to_write_a_name_finds_it() {
        for (name, uri) in [
            ("EPSG:5514", "http://www.opengis.net/def/crs/EPSG/0/5514"),
            ("[EPSG:4326]", "http://www.opengis.net/def/crs/EPSG/0/4326"),
            ("OGC:CRS84", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
            (
                "urn:ogc:def:crs:EPSG::3857",
                "http://www.opengis.net/def/crs/EPSG/0/3857",
            ),
            (
                "urn:ogc:def:crs:OGC:1.3:CRS84",
                "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            ),
            (
                "https://www.opengis.net/def/crs/EPSG/0/4258",
                "http://www.opengis.net/def/crs/EPSG/0/4258",
            ),
        ] {
            assert_eq!(
                NamedCrs::named(name).map(NamedCrs::uri).as_deref(),
                Some(uri)
            );
            assert_eq!(NamedCrs::named(uri), NamedCrs::named(name));
        }
        for name in [
            "",
            "[",
            "[]",
            "4326",
            "EPSG:5513",
            "EPSG:5514]",
            "epsg/5514",
        ] {
            assert_eq!(NamedCrs::named(name), None, "{name}");
        }
    }

    #[test]
    fn axes_come_in_the_order_of_the_authority() {
        let stored = Geometry::from(point!(x: -808_123.0, y: -998_765.0));
        for crs in NamedCrs::ALL {
            let shown = crs.of_stored(&stored).into_owned();
            let Geometry::Point(at) = &shown else {
                panic!("{shown:?}");
            };
            let is_north_first = (50.0..51.0).contains(&at.x()) && (13.0..14.0).contains(&at.y());
            assert_eq!(is_north_first, crs.is_latitude_first(), "{crs:?}: {at:?}");
            let back =
                super::super::transform_geometry(crs.crs(), Crs::SJtsk, &crs.easting_first(shown));
            let Geometry::Point(back) = back else {
                panic!("{back:?}");
            };
            assert!((back.x() + 808_123.0).hypot(back.y() + 998_765.0) < 0.005);
        }
    }
}
