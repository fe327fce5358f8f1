//! Writing: one change set in one transaction; the triggers of the tables write its history.

use std::collections::HashSet;
use std::iter::{self, Peekable};

use super::column::Sql;
use super::commit::{Committed, commit};
use super::connection::{During, Session};
use super::load::Load;
use super::row::LayerRows;
use super::{bulk, log, policies, renames};
use crate::{
    Applied, Change, ChangeSet, FeatureId, Finding, LayerId, LayerSet, Municipalities, Problem,
    Rejection, Rejections, Revision, StoreError,
};

const ACT: &str = "write a change set";
/// From how many inserts in a row they are written at once.
const BULK_FROM: usize = 64;
/// How many are written at once at most.
const BULK_MOST: usize = 5000;
/// From how many inserts in a row a load fills an empty layer at once; tests try that with few.
const LOAD_FROM: usize = if cfg!(test) { 2 } else { 1000 };

/// Commits a change set and what `beside` writes with it, or returns everything that is wrong with it.
///
/// `beside` is told the number of the change set; none when the set is empty.
pub(super) fn apply(
    session: &mut Session,
    layers: &LayerSet,
    set: ChangeSet<'_>,
    beside: impl FnOnce(&mut Session, Option<i64>) -> Result<(), StoreError>,
) -> Result<Committed, StoreError> {
    let Some(change_set) = write(session, layers, set, false)? else {
        session
            .begin("ISOLATION LEVEL READ COMMITTED")
            .during(ACT)?;
        beside(session, None)?;
        let head = log::head(session)?;
        session.commit().during(ACT)?;
        return Ok(Committed::nothing(head));
    };
    beside(session, Some(change_set))?;
    let touched = log::touched(session, change_set)?;
    let revision = number(session, change_set).during(ACT)?;
    commit(session, change_set, Applied { revision, touched })
}

/// Commits a change set that is still wanted after its last change, or returns everything that is wrong with it.
///
/// What it touched is not returned.
pub(super) fn load(
    session: &mut Session,
    layers: &LayerSet,
    set: ChangeSet<'_>,
    wanted: &dyn Fn() -> bool,
) -> Result<Option<Committed>, StoreError> {
    let Some(change_set) = write(session, layers, set, true)?.filter(|_| wanted()) else {
        return Ok(None);
    };
    let applied = Applied {
        revision: number(session, change_set).during(ACT)?,
        touched: Vec::new(),
    };
    commit(session, change_set, applied).map(Some)
}

/// Writes a change set without committing it, and returns its number; none when it is empty.
fn write(
    session: &mut Session,
    layers: &LayerSet,
    set: ChangeSet<'_>,
    is_load: bool,
) -> Result<Option<i64>, StoreError> {
    set.check_texts()?;
    let mut changes = set.changes.peekable();
    if changes.peek().is_none() {
        return Ok(None);
    }
    session
        .begin("ISOLATION LEVEL READ COMMITTED")
        .during(ACT)?;
    let begun = session.query(
        "SELECT obzor_store.begin_change_set($1, $2, $3), set_config($4, $5, true)",
        &[
            Sql::Text(set.author),
            Sql::Text(set.reason),
            Sql::Timestamp(set.at),
            Sql::Text(policies::SETTING.to_owned()),
            Sql::Text(policies::setting(&set.municipalities)),
        ],
    );
    let change_set = begun.during(ACT)?[0].get(0);
    let rejections = write_all(session, layers, &set.municipalities, changes, is_load)?;
    if rejections.total() > 0 {
        return Err(StoreError::Rejected(rejections));
    }
    Ok(Some(change_set))
}

/// Numbers the revision; from here to the commit all other writers wait, so nothing comes between.
fn number(session: &mut Session, change_set: i64) -> Result<Revision, postgres::Error> {
    session
        .client()
        .batch_execute("SET CONSTRAINTS obzor_store.number_revision IMMEDIATE")?;
    let sql = "SELECT revision FROM obzor_store.revisions WHERE change_set = $1";
    let rows = session.query(sql, &[Sql::Integer(change_set)])?;
    Ok(Revision(rows[0].get(0)))
}

/// Writes the changes one after the other, past those that are rejected, so that all of these come to light.
fn write_all(
    session: &mut Session,
    layers: &LayerSet,
    municipalities: &Municipalities,
    changes: impl Iterator<Item = Change>,
    is_load: bool,
) -> Result<Rejections, StoreError> {
    let renames = renames::hold(session).during(ACT)?;
    let tables = layers
        .kept()
        .map(|layer| LayerRows::new(layer, municipalities, &renames));
    let mut writing = Writing {
        session,
        layers,
        tables: tables.collect(),
        run: Vec::new(),
        rejections: Rejections::default(),
        not_inserted: HashSet::new(),
    };
    let mut changes = changes.enumerate().peekable();
    while let Some((index, change)) = changes.next() {
        if !writing.continues_run(&change) {
            writing.write_run()?;
        }
        writing.run.push((index, change));
        if is_load && writing.run.len() == LOAD_FROM {
            writing.load(&mut changes)?;
        }
    }
    writing.write_run()?;
    Ok(writing.rejections)
}

/// A change set while it is written.
struct Writing<'a> {
    layers: &'a LayerSet,
    session: &'a mut Session,
    tables: Vec<LayerRows<'a>>,
    /// What is to be written next: inserts of one layer with their places in the set, or one other change.
    run: Vec<(usize, Change)>,
    rejections: Rejections,
    not_inserted: HashSet<(LayerId, FeatureId)>,
}

impl Writing<'_> {
    fn continues_run(&self, change: &Change) -> bool {
        self.run.last().is_some_and(|(_, last)| {
            self.run.len() < BULK_MOST && are_inserts_of_one_layer(last, change)
        })
    }

    /// Fills an empty layer with the run and all that continues it.
    fn load(
        &mut self,
        changes: &mut Peekable<impl Iterator<Item = (usize, Change)>>,
    ) -> Result<(), StoreError> {
        let layer = self.run[0].1.layer();
        let rows = self.tables.iter().find(|rows| &rows.layer().id == layer);
        let Some(rows) = rows else { return Ok(()) };
        let Some(load) = Load::begin(self.session, rows, self.run[0].0)? else {
            return Ok(());
        };
        let mut run = std::mem::take(&mut self.run).into_iter();
        let first = run.as_slice()[0].1.clone();
        let rest = iter::from_fn(|| {
            changes.next_if(|(_, change)| are_inserts_of_one_layer(&first, change))
        });
        let loaded = load.write(self.session, run.by_ref().chain(rest))?;
        for (index, id, findings) in loaded.rejected {
            let layer = first.layer().clone();
            self.not_inserted.insert((layer.clone(), id));
            self.rejections.add(Rejection {
                index,
                layer,
                id,
                findings,
            });
        }
        self.run.extend(loaded.next);
        self.run.extend(run);
        Ok(())
    }

    fn write_run(&mut self) -> Result<(), StoreError> {
        let run = std::mem::take(&mut self.run);
        let Some((_, first)) = run.first() else {
            return Ok(());
        };
        let layer = first.layer();
        let rows = self.tables.iter().find(|rows| &rows.layer().id == layer);
        if let Some(rows) = rows
            && run.len() >= BULK_FROM
            && bulk::insert(self.session, rows, run.iter().map(|(_, change)| change))?
        {
            return Ok(());
        }
        for (index, change) in &run {
            let findings = match rows {
                Some(rows) => rows.write(self.session, change)?,
                None => vec![Finding::of_feature(match self.layers.get(layer) {
                    Some(attached) => Problem::Attached(attached.steward.clone()),
                    None => Problem::UnknownLayer,
                })],
            };
            judge(
                &mut self.rejections,
                &mut self.not_inserted,
                *index,
                change,
                findings,
            );
        }
        Ok(())
    }
}

fn are_inserts_of_one_layer(one: &Change, other: &Change) -> bool {
    let is_insert = |change: &Change| matches!(change, Change::Insert { .. });
    is_insert(one) && is_insert(other) && one.layer() == other.layer()
}

/// Adds what is wrong with a change; that a feature is missing because its insert was rejected is not said again.
fn judge(
    rejections: &mut Rejections,
    not_inserted: &mut HashSet<(LayerId, FeatureId)>,
    index: usize,
    change: &Change,
    findings: Vec<Finding>,
) {
    let feature = (change.layer().clone(), change.id());
    let missing = [Finding::of_feature(Problem::NoSuchFeature)];
    if findings.is_empty() || (findings == missing && not_inserted.contains(&feature)) {
        return;
    }
    if matches!(change, Change::Insert { .. }) {
        not_inserted.insert(feature.clone());
    }
    let (layer, id) = feature;
    rejections.add(Rejection {
        index,
        layer,
        id,
        findings,
    });
}
