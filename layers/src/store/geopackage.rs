//! The embedded store: one `GeoPackage` 1.3 file in EPSG:5514, which QGIS and GDAL open and edit as it is.
//!
//! Next to the layers' tables it holds revisions, the history of every row and the office's records, which other
//! programs do not list. WAL journal, so it must lie on a local file system; one writer, many readers.

mod audit;
mod blob;
mod column;
mod connection;
mod evolve;
mod export;
mod filter;
mod judged;
mod ledger;
mod log;
mod office;
mod past;
mod prune;
mod query;
mod read;
mod recall;
mod redact;
mod renames;
mod row;
mod shape;
mod table;
mod transfer;
mod triggers;
mod versions;
mod write;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};

use self::connection::{During, Readers, lock, open_writer};
pub use self::export::{GeoPackageWriter, export_geopackage};
pub use self::redact::file_holds;
use super::evolution::{LayerPlan, PATIENCE_TO_CHANGE, refuse_obstacles};
use super::redaction::{Erased, Redaction, RedactionStore};
use super::retention::{HistoryStart, RetentionStore};
use super::sieve;
use crate::audit::{AuditEvent, AuditQuery, AuditRow, AuditStore, ChainEnd};
use crate::crs::Crs;
use crate::merge::LedgerStream;
use crate::store::{FeatureVersion, RevisionQuery, RevisionSummary, VersionQuery};
use crate::{
    Applied, ChangeSet, FeatureQuery, FeatureStore, FeatureStream, HistoryStream, LayerId,
    LayerSet, LayerView, LoggedChange, OfficeRecord, OfficeStore, RecordChange, RecordKind,
    Revision, RevisionInfo, Snapshot, StoreError, Transfer,
};

/// The spatial reference of every layer's table.
const SRS_ID: i32 = Crs::SJtsk.epsg();
/// The column that holds geometry.
const GEOMETRY_COLUMN: &str = "geom";

/// A store in one `GeoPackage` file.
pub struct GeoPackageStore {
    layers: Arc<LayerSet>,
    writer: Mutex<Connection>,
    readers: Readers,
}

impl GeoPackageStore {
    /// Creates the file with an empty table for each layer; refuses a path where there is something already.
    pub fn create(path: &Path, layers: Arc<LayerSet>) -> Result<Self, StoreError> {
        if path.exists() {
            let why = format!("{} exists already", path.display());
            return Err(StoreError::Unusable(why));
        }
        refuse_attached(&layers)?;
        // Beside its place, so that there is never a file that is no store yet.
        let mut draft = path.to_owned().into_os_string();
        draft.push(".new");
        let made = Self::create_file(Path::new(&draft), &layers);
        made.and_then(|()| fs::rename(&draft, path).map_err(|error| cannot_create(&error)))?;
        let writer = open_writer(path, OpenFlags::empty()).during("open the file")?;
        Ok(Self::of(path, layers, writer))
    }

    /// Opens a file that [`GeoPackageStore::create`] made, and adds tables and columns that it lacks.
    ///
    /// A table that differs in another way from its layer's definition is refused, with all differences named.
    pub fn open(path: &Path, layers: Arc<LayerSet>) -> Result<Self, StoreError> {
        refuse_attached(&layers)?;
        let writer = Self::open_file(path)?;
        shape::check(&writer, &layers)?;
        Ok(Self::of(path, layers, writer))
    }

    /// Says what [`GeoPackageStore::evolve`] would do, one plan for each layer; changes nothing.
    pub fn plan_evolution(path: &Path, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        refuse_attached(layers)?;
        evolve::plan(&Self::open_file(path)?, layers)
    }

    /// Brings the tables to the layers' definitions, whole or not at all, and returns what was done.
    ///
    /// Programs that have the file open go on, also with the definitions before. Waits two minutes for another writer.
    pub fn evolve(path: &Path, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        refuse_attached(layers)?;
        let writer = Self::open_file(path)?;
        writer
            .busy_timeout(PATIENCE_TO_CHANGE)
            .during("open the file")?;
        evolve::carry_out(&writer, layers, refuse_obstacles)
    }

    fn create_file(path: &Path, layers: &LayerSet) -> Result<(), StoreError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(cannot_create(&error));
            }
            _ => {}
        }
        let writer = open_writer(path, OpenFlags::SQLITE_OPEN_CREATE).during("create the file")?;
        shape::create(&writer, layers)
    }

    fn open_file(path: &Path) -> Result<Connection, StoreError> {
        if !path.exists() {
            let why = format!("there is no file {}", path.display());
            return Err(StoreError::Unusable(why));
        }
        let unusable = || StoreError::Unusable(format!("{} is not a store", path.display()));
        open_writer(path, OpenFlags::empty()).map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => unusable(),
            _ => Err::<(), _>(error)
                .during("open the file")
                .expect_err("an error"),
        })
    }

    /// Writes the store as it stands now into a new file, whatever others commit meanwhile, without what was deleted.
    pub fn save_as(&self, path: &Path) -> Result<(), StoreError> {
        let path = path.to_string_lossy();
        let saved = self.readers.take()?.execute("VACUUM INTO ?1", [path]);
        saved.map(drop).during("save the file")
    }

    fn check_layer(&self, view: &LayerView) -> Result<(), StoreError> {
        let id = &view.layer().id;
        match self.layers.get(id) {
            Some(_) => Ok(()),
            None => Err(StoreError::UnknownLayer(id.clone())),
        }
    }

    fn of(path: &Path, layers: Arc<LayerSet>, writer: Connection) -> Self {
        Self {
            layers,
            writer: Mutex::new(writer),
            readers: Readers::new(path),
        }
    }
}

/// Refuses layers that show tables of a database, of which a file has none.
fn refuse_attached(layers: &LayerSet) -> Result<(), StoreError> {
    let names: Vec<_> = layers.attached().map(|layer| layer.id.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "the definition of {} has a `source`, a table of a PostGIS database, and this store is a file; \
         name the database (`--store postgres://…`) or take the definition away",
        names.join(", ")
    )))
}

fn cannot_create(error: &io::Error) -> StoreError {
    StoreError::Engine {
        act: "create the file",
        detail: error.to_string(),
    }
}

impl FeatureStore for GeoPackageStore {
    fn layers(&self) -> &Arc<LayerSet> {
        &self.layers
    }

    fn read(&self, query: &FeatureQuery) -> Result<FeatureStream<'_>, StoreError> {
        self.check_layer(&query.view)?;
        sieve::read(query, |query| {
            let stream = read::features(self.readers.take()?, query)?;
            Ok(Box::new(stream) as FeatureStream<'_>)
        })
    }

    fn apply(&self, set: ChangeSet<'_>) -> Result<Applied, StoreError> {
        write::apply(&mut lock(&self.writer), &self.layers, set, |_, _| Ok(()))
    }

    fn load(
        &self,
        set: ChangeSet<'_>,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Option<Revision>, StoreError> {
        write::load(&mut lock(&self.writer), &self.layers, set, wanted)
    }

    fn head(&self) -> Result<Revision, StoreError> {
        log::head(&*self.readers.take()?)
    }

    fn changes(&self, since: Revision) -> Result<Vec<LoggedChange>, StoreError> {
        log::changes(&*self.readers.take()?, since)
    }

    fn revision(&self, revision: Revision) -> Result<Option<RevisionInfo>, StoreError> {
        log::revision(&*self.readers.take()?, revision)
    }

    fn revision_at(&self, at: DateTime<Utc>) -> Result<Revision, StoreError> {
        log::revision_at(&*self.readers.take()?, at)
    }

    fn revisions(&self, query: &RevisionQuery) -> Result<Vec<RevisionSummary>, StoreError> {
        versions::revisions(&self.readers.take()?, query)
    }

    fn versions(&self, query: &VersionQuery) -> Result<Vec<FeatureVersion>, StoreError> {
        self.check_layer(&query.view)?;
        versions::versions(&self.readers.take()?, query)
    }

    fn history_start(&self, layer: &LayerId) -> Result<Option<HistoryStart>, StoreError> {
        prune::start(&*self.readers.take()?, layer)
    }

    fn count(&self, query: &FeatureQuery) -> Result<u64, StoreError> {
        self.check_layer(&query.view)?;
        let count = |query: &FeatureQuery| read::count(&self.readers.take()?, query);
        sieve::count(query, count, |query| self.read(query))
    }
}

impl OfficeStore for GeoPackageStore {
    fn record(&self, kind: RecordKind, key: &str) -> Result<Option<OfficeRecord>, StoreError> {
        office::record(&*self.readers.take()?, kind, key)
    }

    fn records(&self, kind: RecordKind) -> Result<Vec<OfficeRecord>, StoreError> {
        office::records(&*self.readers.take()?, kind)
    }

    fn records_under(
        &self,
        kind: RecordKind,
        beginning: &str,
    ) -> Result<Vec<OfficeRecord>, StoreError> {
        office::records_under(&*self.readers.take()?, kind, beginning)
    }

    fn write(&self, changes: &[RecordChange]) -> Result<(), StoreError> {
        office::write(&mut lock(&self.writer), changes)
    }
}

impl AuditStore for GeoPackageStore {
    fn append_audit(&self, chain: &str, events: &[AuditEvent]) -> Result<(), StoreError> {
        audit::append(&mut lock(&self.writer), chain, events)
    }

    fn search_audit(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        audit::search(&*self.readers.take()?, query)
    }

    fn audit_rows(
        &self,
        after: Option<(&str, i64)>,
        at_most: u64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        audit::page(&*self.readers.take()?, after, at_most)
    }

    fn audit_ends(&self) -> Result<Vec<ChainEnd>, StoreError> {
        audit::ends(&*self.readers.take()?)
    }

    fn take_over_audit(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        audit::take_over(&mut lock(&self.writer), rows)
    }
}

impl RedactionStore for GeoPackageStore {
    fn redact(&self, redaction: &Redaction<'_>) -> Result<Erased, StoreError> {
        redact::redact(&mut lock(&self.writer), &self.layers, redaction)
    }

    fn scrub(&self, _: &Erased) -> Result<Vec<String>, StoreError> {
        self.readers.close();
        redact::scrub(&lock(&self.writer)).map(|()| Vec::new())
    }
}

impl RetentionStore for GeoPackageStore {
    fn prunable(&self, layer: &LayerId, start: Revision) -> Result<u64, StoreError> {
        prune::prunable(&*self.readers.take()?, layer, start)
    }

    fn prune(&self, layer: &LayerId, start: Revision) -> Result<u64, StoreError> {
        prune::prune(&lock(&self.writer), layer, start)
    }
}

impl Transfer for GeoPackageStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + Send + '_>, StoreError> {
        let snapshot = transfer::snapshot(self.readers.take()?, &self.layers)?;
        Ok(Box::new(snapshot))
    }

    fn take_over(&self, history: HistoryStream<'_>) -> Result<(), StoreError> {
        transfer::take_over(&mut lock(&self.writer), &self.layers, history)
    }

    fn take_over_records(&self, records: &[OfficeRecord]) -> Result<(), StoreError> {
        transfer::take_over_records(&mut lock(&self.writer), records)
    }

    fn take_over_ledger(&self, ledger: LedgerStream<'_>) -> Result<(), StoreError> {
        transfer::take_over_ledger(&mut lock(&self.writer), ledger)
    }
}

#[cfg(test)]
pub(in crate::store) mod tests;
