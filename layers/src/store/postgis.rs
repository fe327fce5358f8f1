//! The city's store: a PostGIS database with a table per layer in EPSG:5514, which QGIS and SQL edit as they are.
//!
//! Triggers write the history of every row whoever edits it; a revision is numbered when its transaction commits.

mod attached;
mod audit;
mod bulk;
mod column;
mod commit;
mod connection;
mod evolve;
mod filter;
mod judged;
mod ledger;
mod load;
mod loads;
mod log;
mod office;
mod policies;
mod pool;
mod prune;
mod query;
mod read;
mod recall;
mod redact;
mod renames;
mod roles;
mod row;
mod scrub;
mod shape;
mod table;
mod tls;
mod transfer;
mod versions;
mod watch;
mod write;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use self::attached::{Attached, Table};
use self::pool::{Pool, pool};
use self::renames::KnownRenames;
pub use self::roles::DatabaseRoleError;
use self::watch::Watch;
use super::evolution::{LayerPlan, refuse_obstacles};
use super::redaction::{Erased, Redaction, RedactionStore};
use super::renames::Renames;
use super::retention::HistoryStart;
use super::{Connections, FeatureVersion, RevisionQuery, RevisionSummary, VersionQuery, sieve};
use crate::crs::Crs;
use crate::merge::LedgerStream;
use crate::{
    Applied, ChangeSet, FeatureQuery, FeatureStore, FeatureStream, Freshness, HistoryStream, Layer,
    LayerId, LayerSet, LayerView, LoggedChange, Municipalities, OfficeRecord, OfficeStore,
    RecordChange, RecordKind, Revision, RevisionInfo, Snapshot, Standing, StoreError, Transfer,
};

/// The spatial reference of every layer's table.
const SRID: i32 = Crs::SJtsk.epsg();

/// A store in one PostGIS database.
pub struct PostgisStore {
    layers: Arc<LayerSet>,
    pool: Pool,
    watch: Watch,
    renames: KnownRenames,
    attached: Attached,
}

impl PostgisStore {
    /// Makes a store in a database that holds none, with an empty table for each layer.
    ///
    /// The address is a URL such as `postgres://obzor@db.example/obzor`, or `postgres:///obzor?host=FOLDER` for the
    /// socket in a folder.
    pub fn create(address: &str, layers: Arc<LayerSet>) -> Result<Self, StoreError> {
        let pool = pool(address)?;
        if shape::version(&mut *pool.take()?)? > 0 {
            let why = "the database holds a store already; choose an empty one".to_owned();
            return Err(StoreError::Unusable(why));
        }
        shape::migrate(&mut *pool.take()?)?;
        Self::of(pool, layers)
    }

    /// Opens a store, and adds tables, columns and policies that it lacks if the role is the owner's.
    ///
    /// A database of another version is refused, and so is a table that differs in another way from its layer's
    /// definition, with all differences named.
    pub fn open(address: &str, layers: Arc<LayerSet>) -> Result<Self, StoreError> {
        Self::of(pool(address)?, layers)
    }

    /// Brings a database to the version of this program; an empty one becomes a store without layers.
    ///
    /// Returns the version before and after; 0 is a database without a store.
    pub fn migrate(address: &str) -> Result<(i64, i64), StoreError> {
        shape::migrate(&mut *pool(address)?.take()?)
    }

    /// Says what [`PostgisStore::evolve`] would do, one plan for each layer; changes nothing.
    ///
    /// In a database of an older version, or without a store, it says what would be done after [`PostgisStore::migrate`].
    pub fn plan_evolution(address: &str, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        evolve::plan(&mut *pool(address)?.take()?, layers)
    }

    /// Brings the tables to the layers' definitions, whole or not at all, and returns what was done.
    ///
    /// Programs that have the database open go on, also with the definitions before. Waits two minutes for those who use
    /// the tables, and holds nobody up for longer than a moment.
    pub fn evolve(address: &str, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        let pool = pool(address)?;
        let done = evolve::carry_out(&mut *pool.take()?, layers, refuse_obstacles)?;
        policies::raise(&mut *pool.take()?, layers)?;
        Ok(done)
    }

    /// Returns the version of a database, 0 when it holds no store, and the one that this program brings it to.
    pub fn versions(address: &str) -> Result<(i64, i64), StoreError> {
        let before = shape::version(&mut *pool(address)?.take()?)?;
        Ok((before, shape::VERSION))
    }

    /// Writes a first definition of a table of a database, for a person to finish.
    pub fn sketch(address: &str, table: &str, id: &LayerId) -> Result<String, StoreError> {
        attached::sketch(&mut *pool(address)?.take()?, table, id)
    }

    /// Returns the SQL by which the owner of an attached table lets it tell of its changes; none when it is not watched
    /// by a trigger.
    pub fn trigger_sql(layer: &Layer) -> Option<String> {
        attached::trigger_sql(layer)
    }

    fn of(pool: Pool, layers: Arc<LayerSet>) -> Result<Self, StoreError> {
        let shape = shape::check(&mut *pool.take()?, &layers);
        let attached = Attached::open(&mut *pool.take()?, &layers);
        let attached = match (shape, attached) {
            (Ok(()), attached) => attached?,
            (Err(StoreError::Unusable(ours)), Err(StoreError::Unusable(theirs))) => {
                return Err(StoreError::Unusable(format!("{ours}; {theirs}")));
            }
            (Err(error), _) => return Err(error),
        };
        policies::raise(&mut *pool.take()?, &layers)?;
        Ok(Self {
            layers,
            pool,
            attached,
            watch: Watch::default(),
            renames: KnownRenames::default(),
        })
    }

    /// Does what names columns; once more with what the database says now when columns got other names.
    fn naming_columns<T>(
        &self,
        act: impl Fn(&Renames) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match act(&self.renames.known()) {
            Err(StoreError::MissingColumn) => act(&*self.renames.learn(&mut *self.pool.take()?)?),
            done => done,
        }
    }

    /// Returns the login role of the address if it may do more than a server needs, so that the policies hold it only
    /// as long as it keeps to the role of the program.
    pub fn mighty_login(address: &str) -> Result<Option<String>, StoreError> {
        roles::mighty_login(&mut *pool(address)?.take()?)
    }

    /// Lets a database role edit the features of municipalities with QGIS or SQL; `create` makes the role, without a
    /// password. Those that it might edit until now are replaced.
    pub fn enlist(
        &self,
        role: &str,
        municipalities: &Municipalities,
        create: bool,
    ) -> Result<(), DatabaseRoleError> {
        roles::enlist(&mut *self.pool.take()?, role, municipalities, create)
    }

    /// Takes the right to edit from a database role.
    pub fn dismiss(&self, role: &str) -> Result<(), DatabaseRoleError> {
        roles::dismiss(&mut *self.pool.take()?, role)
    }

    /// Returns the database roles that edit, and whose features.
    pub fn enlisted(&self) -> Result<Vec<(String, Municipalities)>, StoreError> {
        let records = self.records(RecordKind::DatabaseRole)?.into_iter();
        Ok(records.map(roles::read_record).collect())
    }

    fn check_layer(&self, view: &LayerView) -> Result<(), StoreError> {
        let id = &view.layer().id;
        let known = self.layers.get(id).map(drop);
        known.ok_or_else(|| StoreError::UnknownLayer(id.clone()))
    }

    /// Returns the attached table that a query asks, if its layer is one; a past state of it is refused.
    fn attached_table(&self, query: &FeatureQuery) -> Result<Option<&Arc<Table>>, StoreError> {
        let id = &query.view.layer().id;
        let table = self.attached.table(id);
        match query.at {
            Some(at) if table.is_some() && at < self.head()? => Err(StoreError::NoPast(id.clone())),
            _ => Ok(table),
        }
    }
}

impl FeatureStore for PostgisStore {
    fn layers(&self) -> &Arc<LayerSet> {
        &self.layers
    }

    fn read(&self, query: &FeatureQuery) -> Result<FeatureStream<'_>, StoreError> {
        self.check_layer(&query.view)?;
        if let Some(table) = self.attached_table(query)? {
            return sieve::read_unfiltered(query, |query| {
                let stream = attached::features(self.pool.take()?, table, query)?;
                Ok(Box::new(stream) as FeatureStream<'_>)
            });
        }
        self.naming_columns(|renames| {
            sieve::read(query, |query| {
                let stream = read::features(self.pool.take()?, query, renames)?;
                Ok(Box::new(stream) as FeatureStream<'_>)
            })
        })
    }

    fn apply(&self, set: ChangeSet<'_>) -> Result<Applied, StoreError> {
        let committed = write::apply(&mut *self.pool.take()?, &self.layers, set, |_, _| Ok(()))?;
        committed.ascertained(&self.pool)
    }

    fn load(
        &self,
        set: ChangeSet<'_>,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Option<Revision>, StoreError> {
        let committed = write::load(&mut *self.pool.take()?, &self.layers, set, wanted)?;
        let applied = committed.map(|committed| committed.ascertained(&self.pool));
        Ok(applied.transpose()?.map(|applied| applied.revision))
    }

    fn head(&self) -> Result<Revision, StoreError> {
        log::head(&mut *self.pool.take()?)
    }

    fn head_heard(&self) -> Option<Revision> {
        self.pool.head_heard()
    }

    fn changes(&self, since: Revision) -> Result<Vec<LoggedChange>, StoreError> {
        log::changes(&mut *self.pool.take()?, &self.layers, since)
    }

    fn revision(&self, revision: Revision) -> Result<Option<RevisionInfo>, StoreError> {
        log::revision(&mut *self.pool.take()?, revision)
    }

    fn revision_at(&self, at: DateTime<Utc>) -> Result<Revision, StoreError> {
        log::revision_at(&mut *self.pool.take()?, at)
    }

    fn revisions(&self, query: &RevisionQuery) -> Result<Vec<RevisionSummary>, StoreError> {
        versions::revisions(&mut *self.pool.take()?, query)
    }

    fn versions(&self, query: &VersionQuery) -> Result<Vec<FeatureVersion>, StoreError> {
        self.check_layer(&query.view)?;
        let id = &query.view.layer().id;
        match self.attached.table(id) {
            Some(_) => Err(StoreError::NoPast(id.clone())),
            None => versions::versions(self.pool.take()?, query),
        }
    }

    fn history_start(&self, layer: &LayerId) -> Result<Option<HistoryStart>, StoreError> {
        prune::start(&mut *self.pool.take()?, layer)
    }

    fn look(&self, layer: &LayerId) -> Result<Option<Freshness>, StoreError> {
        match self.attached.table(layer) {
            Some(table) => self.attached.look(&self.pool, table),
            None => Ok(None),
        }
    }

    fn count(&self, query: &FeatureQuery) -> Result<u64, StoreError> {
        self.check_layer(&query.view)?;
        if let Some(table) = self.attached_table(query)? {
            return match &query.filter {
                None => attached::count(self.pool.take()?, table, query),
                Some(_) => sieve::count_by_reading(query, |query| self.read(query)),
            };
        }
        let count = |query: &FeatureQuery| {
            self.naming_columns(|renames| read::count(&mut *self.pool.take()?, query, renames))
        };
        sieve::count(query, count, |query| self.read(query))
    }

    fn wait_for_revision(
        &self,
        after: Revision,
        at_most: Duration,
    ) -> Result<Revision, StoreError> {
        self.watch.wait(&self.pool, after, at_most)
    }

    fn connections(&self) -> Option<Connections> {
        Some(self.pool.connections())
    }

    fn standing(&self) -> Standing {
        if !self.pool.is_there() {
            Standing::Unreachable
        } else if self.watch.is_behind() {
            Standing::Behind
        } else {
            Standing::UpToDate
        }
    }
}

impl OfficeStore for PostgisStore {
    fn record(&self, kind: RecordKind, key: &str) -> Result<Option<OfficeRecord>, StoreError> {
        office::record(&mut *self.pool.take()?, kind, key)
    }

    fn records(&self, kind: RecordKind) -> Result<Vec<OfficeRecord>, StoreError> {
        office::records(&mut *self.pool.take()?, kind)
    }

    fn records_under(
        &self,
        kind: RecordKind,
        beginning: &str,
    ) -> Result<Vec<OfficeRecord>, StoreError> {
        office::records_under(&mut *self.pool.take()?, kind, beginning)
    }

    fn write(&self, changes: &[RecordChange]) -> Result<(), StoreError> {
        office::write(&mut *self.pool.take()?, changes)
    }
}

impl RedactionStore for PostgisStore {
    fn redact(&self, redaction: &Redaction<'_>) -> Result<Erased, StoreError> {
        redact::redact(&mut *self.pool.take()?, &self.layers, redaction)
    }

    fn scrub(&self, erased: &Erased) -> Result<Vec<String>, StoreError> {
        scrub::scrub(&mut self.pool.connect()?, erased)
    }
}

impl Transfer for PostgisStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + Send + '_>, StoreError> {
        let snapshot = transfer::snapshot(self.pool.take()?, &self.layers)?;
        Ok(Box::new(snapshot))
    }

    fn take_over(&self, history: HistoryStream<'_>) -> Result<(), StoreError> {
        transfer::take_over(&mut *self.pool.take()?, &self.layers, history)
    }

    fn take_over_records(&self, records: &[OfficeRecord]) -> Result<(), StoreError> {
        transfer::take_over_records(&mut *self.pool.take()?, records)
    }

    fn take_over_ledger(&self, ledger: LedgerStream<'_>) -> Result<(), StoreError> {
        transfer::take_over_ledger(&mut *self.pool.take()?, ledger)
    }
}

#[cfg(test)]
mod tests;
