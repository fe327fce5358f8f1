//! A plain `GeoPackage` 1.3 for others: layers as one audience sees them, without history and without tables of ours.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params, params_from_iter};

use super::column::{column_type, to_sql};
use super::connection::{During, add_functions};
use super::shape::add_frame;
use super::table::{quote, register};
use super::{GEOMETRY_COLUMN, blob};
use crate::{Bbox, Feature, FeatureQuery, FeatureStore, LayerView, StoreError};

const ACT: &str = "write a GeoPackage";

/// A plain `GeoPackage` that is being written, in EPSG:5514.
///
/// A table has `fid`, the geometry, the feature's `id` and the visible fields. The same features at the same time make
/// the same bytes. Nothing is at the path until [`GeoPackageWriter::finish`] put the whole file there.
pub struct GeoPackageWriter {
    path: PathBuf,
    draft: PathBuf,
    connection: Connection,
    made_at: DateTime<Utc>,
    table: Option<Table>,
}

/// The table that takes features.
struct Table {
    view: LayerView,
    insert: String,
    extent: Option<Bbox>,
}

impl GeoPackageWriter {
    /// Begins a file; `made_at` is the time that it gives as that of its last change.
    pub fn create(path: &Path, made_at: DateTime<Utc>) -> Result<Self, StoreError> {
        let mut draft = path.to_owned().into_os_string();
        draft.push(".draft");
        let draft = PathBuf::from(draft);
        let connection = Connection::open(&draft).during(ACT)?;
        begin(&connection).during(ACT)?;
        Ok(Self {
            path: path.to_owned(),
            draft,
            connection,
            made_at,
            table: None,
        })
    }

    /// Begins the table of a layer; the features that follow must be read through this view.
    pub fn begin_layer(&mut self, view: &LayerView) -> Result<(), StoreError> {
        self.end_layer().during(ACT)?;
        let layer = view.layer();
        let columns = columns(view);
        let definitions: Vec<_> = columns
            .iter()
            .map(|(name, kind)| format!("{} {kind}", quote(name)))
            .collect();
        let table = quote(layer.id.as_str());
        self.connection
            .execute_batch(&format!(
                "CREATE TABLE {table} ({})",
                definitions.join(", ")
            ))
            .and_then(|()| register(&self.connection, layer, view.fields()))
            .during(ACT)?;
        let places = vec!["?"; columns.len()].join(", ");
        self.table = Some(Table {
            view: view.clone(),
            insert: format!("INSERT INTO {table} VALUES ({places})"),
            extent: None,
        });
        Ok(())
    }

    /// Writes a feature to the table that was begun last.
    ///
    /// # Panics
    /// When no table was begun.
    pub fn write(&mut self, feature: &Feature) -> Result<(), StoreError> {
        let table = self.table.as_mut().expect("a layer is begun first");
        let mut row = vec![Sql::Integer(feature.fid)];
        if let Some(kind) = table.view.layer().geometry {
            let geometry = feature.geometry.clone().map(|g| kind.normalise(g));
            let bbox = geometry.as_ref().and_then(Bbox::of);
            table.extent = match (table.extent, bbox) {
                (Some(extent), Some(bbox)) => Some(extent.union(&bbox)),
                (extent, bbox) => extent.or(bbox),
            };
            row.push(geometry.map_or(Sql::Null, |g| Sql::Blob(blob::encode(&g))));
        }
        row.push(Sql::Text(feature.id.to_string()));
        let values = table.view.fields().zip(&feature.values);
        row.extend(values.map(|(field, value)| to_sql(&field.field_type, value)));
        self.connection
            .prepare_cached(&table.insert)
            .and_then(|mut statement| statement.execute(params_from_iter(row)))
            .during(ACT)?;
        Ok(())
    }

    /// Puts the file at its path, compact and on disk; the folder is still to be synchronised.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.end_layer().during(ACT)?;
        self.connection.execute_batch("COMMIT").during(ACT)?;
        let path = self.path.to_string_lossy();
        self.connection
            .execute("VACUUM INTO ?1", [path.as_ref()])
            .during(ACT)?;
        drop(self.connection);
        let on_disk = || File::open(&self.path)?.sync_all();
        fs::remove_file(&self.draft)
            .and_then(|()| on_disk())
            .map_err(|error| StoreError::Engine {
                act: ACT,
                detail: error.to_string(),
            })
    }

    fn end_layer(&mut self) -> rusqlite::Result<()> {
        let Some(table) = self.table.take() else {
            return Ok(());
        };
        let edge = |of: fn(Bbox) -> f64| table.extent.map(of);
        self.connection.execute(
            "UPDATE gpkg_contents SET last_change = ?2, min_x = ?3, min_y = ?4, max_x = ?5, max_y = ?6
             WHERE table_name = ?1",
            params![
                table.view.layer().id.as_str(),
                self.made_at.to_rfc3339_opts(SecondsFormat::Millis, true),
                edge(|bbox| bbox.min[0]),
                edge(|bbox| bbox.min[1]),
                edge(|bbox| bbox.max[0]),
                edge(|bbox| bbox.max[1]),
            ],
        )?;
        Ok(())
    }
}

/// Writes what the queries find as a plain `GeoPackage`, one table for each, and returns how many features each has.
///
/// The queries must name different layers; those with the same [`FeatureQuery::at`] show one state of the city.
pub fn export_geopackage(
    path: &Path,
    store: &dyn FeatureStore,
    queries: &[FeatureQuery],
    made_at: DateTime<Utc>,
) -> Result<Vec<u64>, StoreError> {
    let mut file = GeoPackageWriter::create(path, made_at)?;
    let mut counts = Vec::with_capacity(queries.len());
    for query in queries {
        file.begin_layer(&query.view)?;
        let mut count = 0;
        for feature in store.read(query)? {
            file.write(&feature?)?;
            count += 1;
        }
        counts.push(count);
    }
    file.finish()?;
    Ok(counts)
}

/// Begins the one transaction in which a file is filled; a draft is thrown away after a crash, so it needs no journal.
fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "off")?;
    connection.pragma_update(None, "synchronous", "off")?;
    add_functions(connection)?;
    connection.execute_batch("BEGIN")?;
    add_frame(connection)
}

fn columns(view: &LayerView) -> Vec<(&str, &'static str)> {
    let mut columns = vec![("fid", "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL")];
    let geometry = view.layer().geometry;
    columns.extend(geometry.map(|kind| (GEOMETRY_COLUMN, kind.ogc_name())));
    columns.push(("id", "TEXT"));
    let fields = view.fields();
    columns.extend(fields.map(|field| (field.name.as_str(), column_type(&field.field_type))));
    columns
}
