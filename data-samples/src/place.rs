//! A place whose passports are invented: its roads and streets, and what must not be built upon.

use geo::BoundingRect;
use geo_types::{Coord, Polygon};
use rstar::primitives::GeomWithData;
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use crate::along::length;

/// Who keeps a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoadKind {
    /// The region: a road of class III that runs through.
    State,
    /// The municipality: a local road.
    Local,
    /// Whoever uses it: a track across fields.
    Track,
}

/// A road between two crossings.
#[derive(Clone, Debug)]
pub(crate) struct Road {
    /// Its middle line.
    pub(crate) line: Vec<Coord<f64>>,
    /// Half the width of the carriageway, in metres.
    pub(crate) half_width: f64,
    /// How far from the middle line the land of the road reaches, in metres.
    pub(crate) verge: f64,
    pub(crate) kind: RoadKind,
    /// Whether houses stand along it.
    pub(crate) built_up: bool,
    /// The street it is part of.
    pub(crate) street: Option<usize>,
}

impl Road {
    pub(crate) fn length(&self) -> f64 {
        length(&self.line)
    }
}

/// A street with an invented name.
#[derive(Clone, Debug)]
pub(crate) struct Street {
    /// An invented code above all that the register gives.
    pub(crate) code: i64,
    pub(crate) name: String,
}

/// What an area that is kept as a whole is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SiteKind {
    Green,
    Playground,
    SportsGround,
    Parking,
    Cemetery,
}

/// An area that is kept as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) kind: SiteKind,
    pub(crate) area: Polygon<f64>,
}

/// A place whose passports are invented.
pub(crate) struct Place {
    pub(crate) municipality: i64,
    pub(crate) name: String,
    pub(crate) roads: Vec<Road>,
    pub(crate) streets: Vec<Street>,
    pub(crate) sites: Vec<Site>,
    /// Whether it is a town, with what villages do not have.
    pub(crate) is_town: bool,
    /// Buildings, where the register has them.
    pub(crate) buildings: Areas,
    pub(crate) carriageways: Carriageways,
}

impl Place {
    /// Returns the roads along which people live.
    pub(crate) fn built_up(&self) -> impl Iterator<Item = &Road> {
        self.roads.iter().filter(|road| road.built_up)
    }

    /// Returns the areas of one kind.
    pub(crate) fn sites(&self, kind: SiteKind) -> impl Iterator<Item = &Polygon<f64>> {
        let of_kind = self.sites.iter().filter(move |site| site.kind == kind);
        of_kind.map(|site| &site.area)
    }

    /// Whether nothing stands or drives within so many metres of a position.
    pub(crate) fn is_free(&self, at: Coord<f64>, metres: f64) -> bool {
        !self.buildings.within(at, metres) && !self.carriageways.within(at, metres)
    }

    /// Returns the street that a road is part of.
    pub(crate) fn street_of(&self, road: &Road) -> Option<&Street> {
        road.street.map(|street| &self.streets[street])
    }
}

/// Carriageways that can be asked what lies where.
#[derive(Default)]
pub(crate) struct Carriageways {
    tree: RTree<GeomWithData<rstar::primitives::Line<[f64; 2]>, f64>>,
}

impl Carriageways {
    pub(crate) fn new(roads: &[Road]) -> Self {
        let segments = roads.iter().flat_map(|road| {
            let segment = |pair: &[Coord<f64>]| {
                let line =
                    rstar::primitives::Line::new([pair[0].x, pair[0].y], [pair[1].x, pair[1].y]);
                GeomWithData::new(line, road.half_width)
            };
            road.line.windows(2).map(segment)
        });
        Self {
            tree: RTree::bulk_load(segments.collect()),
        }
    }

    /// Whether a carriageway is at the position or nearer to it than so many metres.
    pub(crate) fn within(&self, at: Coord<f64>, metres: f64) -> bool {
        /// No carriageway is wider than twice this.
        const WIDEST: f64 = 8.0;
        let reach = (metres + WIDEST).powi(2);
        let at = [at.x, at.y];
        self.tree
            .locate_within_distance(at, reach)
            .any(|road| road.geom().distance_2(&at).sqrt() <= road.data + metres)
    }
}

/// Areas that can be asked what lies where.
#[derive(Default)]
pub(crate) struct Areas {
    tree: RTree<Area>,
}

struct Area(Polygon<f64>);

impl RTreeObject for Area {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        let [min, max] = self.0.bounding_rect().map_or([[0.0; 2]; 2], |rect| {
            [rect.min(), rect.max()].map(|c| [c.x, c.y])
        });
        AABB::from_corners(min, max)
    }
}

impl Areas {
    pub(crate) fn new(areas: impl IntoIterator<Item = Polygon<f64>>) -> Self {
        let areas = areas.into_iter().map(Area).collect();
        Self {
            tree: RTree::bulk_load(areas),
        }
    }

    /// Whether one of the areas is at the position or nearer to it than so many metres.
    pub(crate) fn within(&self, at: Coord<f64>, metres: f64) -> bool {
        use geo::{Distance, Euclidean};
        let around = AABB::from_corners(
            [at.x - metres, at.y - metres],
            [at.x + metres, at.y + metres],
        );
        let point = geo_types::Point::from(at);
        self.tree
            .locate_in_envelope_intersecting(&around)
            .any(|area| Euclidean.distance(&area.0, &point) <= metres)
    }
}
