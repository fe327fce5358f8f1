//! Reading an attached table: its rows as features in our coordinate system.

use std::sync::Arc;

use geo::CoordsIter;
use geo_types::Geometry;
use postgres::Row;

use super::Table;
use super::identity::id_of;
use super::query::{Selection, is_decided_by_sql};
use crate::crs::{Crs, transform_geometry};
use crate::store::postgis::column;
use crate::store::postgis::connection::During;
use crate::store::postgis::pool::Lent;
use crate::store::postgis::read::{Rows, finds_few};
use crate::store::wkb;
use crate::{Bbox, Feature, FeatureQuery, LayerView, StoreError, Value};

/// The `rev` of every row: nobody counts its versions.
const ONLY_REV: i64 = 1;

/// Begins to read; what is seen is fixed now.
pub(in crate::store::postgis) fn features<'a>(
    mut session: Lent<'a>,
    table: &Arc<Table>,
    query: &FeatureQuery,
) -> Result<Features<'a>, StoreError> {
    let is_exact = is_decided_by_sql(table, query);
    let statement = Selection::new(table, query)?.rows(query);
    let rows = if is_exact && finds_few(query) {
        Rows::few(&mut session, &statement).map_err(|error| table.away(error))?
    } else {
        session
            .begin("ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .during("read features")?;
        Rows::in_pages(session, &statement).map_err(|error| table.away(error))?
    };
    let by_geometry = query.bbox.filter(|_| !is_exact);
    Ok(Features {
        rows,
        table: Arc::clone(table),
        view: query.view.clone(),
        by_geometry,
        pass: if is_exact { 0 } else { query.offset },
        left: query.limit.filter(|_| !is_exact),
    })
}

/// Counts what a query finds, without reading it where the database can.
pub(in crate::store::postgis) fn count(
    mut session: Lent<'_>,
    table: &Arc<Table>,
    query: &FeatureQuery,
) -> Result<u64, StoreError> {
    if !is_decided_by_sql(table, query) {
        let mut found = features(session, table, query)?;
        return found.try_fold(0, |sum, feature| feature.map(|_| sum + 1));
    }
    let statement = Selection::new(table, query)?.count(query);
    let count = session.query(&statement.sql, &statement.values);
    let count = count.during("count features");
    let count: i64 = count.map_err(|error| table.away(error))?[0].get(0);
    Ok(count as u64)
}

/// A stream of features; it holds its connection until the last one is read.
pub(in crate::store::postgis) struct Features<'a> {
    rows: Rows<'a>,
    table: Arc<Table>,
    view: LayerView,
    /// The box that a geometry must meet in our system, where the database could not decide.
    by_geometry: Option<Bbox>,
    /// How many more of those that meet it to pass over.
    pass: u64,
    /// How many more to return; none is all.
    left: Option<u64>,
}

impl Features<'_> {
    fn feature(&self, row: &Row) -> Feature {
        let fid = row.get(0);
        let places = self.view.places().iter().enumerate();
        self.view.masked(Feature {
            id: id_of(&self.table.layer.id, fid),
            fid,
            rev: ONLY_REV,
            geometry: self.geometry(row, fid),
            values: places
                .map(|(at, &place)| self.value(row, 2 + at, place, fid))
                .collect(),
        })
    }

    fn value(&self, row: &Row, at: usize, place: usize, fid: i64) -> Value {
        let field = &self.table.layer.fields[place];
        column::value(field, row, at).unwrap_or_else(|| {
            self.table.tell_misfit(Some(place), fid);
            Value::Null
        })
    }

    /// Returns the geometry in our system; an empty one is none, and so is, told once, what the layer may not hold.
    fn geometry(&self, row: &Row, fid: i64) -> Option<Geometry<f64>> {
        let wanted = self.table.layer.geometry?;
        let bytes: Option<&[u8]> = row.try_get(1).ok()?;
        let read = wkb::read(bytes?)
            .ok()
            .map(|geometry| wanted.normalise(geometry));
        let Some(geometry) = read.filter(|geometry| wanted.accepts(geometry)) else {
            self.table.tell_misfit(None, fid);
            return None;
        };
        // An empty point is written with coordinates that are no numbers.
        geometry.coords_iter().next().filter(|at| !at.x.is_nan())?;
        let geometry = match self.table.source.crs {
            Crs::SJtsk => geometry,
            crs => transform_geometry(crs, Crs::SJtsk, &geometry),
        };
        let sound = geometry
            .coords_iter()
            .all(|at| at.x.is_finite() && at.y.is_finite());
        if !sound {
            self.table.tell_misfit(None, fid);
        }
        sound.then_some(geometry)
    }

    /// Whether a feature is among those asked for, where the database could not decide.
    fn takes(&mut self, feature: &Feature) -> bool {
        let Some(bbox) = self.by_geometry else {
            return true;
        };
        let around = feature.geometry.as_ref().and_then(Bbox::of);
        if around.is_none_or(|around| !around.intersects(&bbox)) {
            return false;
        }
        let passed = self.pass > 0;
        self.pass -= u64::from(passed);
        !passed
    }
}

impl Iterator for Features<'_> {
    type Item = Result<Feature, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left != Some(0) {
            let feature = match self.rows.next()? {
                Ok(row) => self.feature(&row),
                Err(error) => return Some(Err(self.table.away(error))),
            };
            if self.takes(&feature) {
                self.left = self.left.map(|left| left - 1);
                return Some(Ok(feature));
            }
        }
        None
    }
}
