//! Writing: one change set in one transaction; the triggers of the tables write its history.

use std::collections::HashSet;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::connection::During;
use super::row::LayerRows;
use super::{log, renames};
use crate::{
    Applied, Change, ChangeSet, FeatureId, Finding, LayerId, LayerSet, LoggedChange,
    Municipalities, Problem, Rejection, Rejections, Revision, StoreError,
};

const ACT: &str = "write a change set";

/// Commits a change set and what `beside` writes with it, or returns everything that is wrong with it.
///
/// `beside` is told the revision; none when the set is empty.
pub(super) fn apply(
    connection: &mut Connection,
    layers: &LayerSet,
    set: ChangeSet<'_>,
    beside: impl FnOnce(&Transaction<'_>, Option<Revision>) -> Result<(), StoreError>,
) -> Result<Applied, StoreError> {
    set.check_texts()?;
    let transaction = begin(connection)?;
    let before = log::head(&transaction)?;
    let written = write(&transaction, layers, set)?;
    beside(&transaction, written)?;
    let changes = log::changes(&transaction, before)?;
    transaction.commit().during(ACT)?;
    let touched = changes.iter().filter_map(LoggedChange::feature).cloned();
    Ok(Applied {
        revision: written.unwrap_or(before),
        touched: touched.collect(),
    })
}

/// Commits a change set that is still wanted after its last change, or returns everything that is wrong with it.
pub(super) fn load(
    connection: &mut Connection,
    layers: &LayerSet,
    set: ChangeSet<'_>,
    wanted: &dyn Fn() -> bool,
) -> Result<Option<Revision>, StoreError> {
    set.check_texts()?;
    let transaction = begin(connection)?;
    let written = write(&transaction, layers, set)?.filter(|_| wanted());
    if written.is_some() {
        transaction.commit().during(ACT)?;
    }
    Ok(written)
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during(ACT)
}

/// Writes a change set without committing it, and returns its revision; none when it is empty.
fn write(
    transaction: &Transaction<'_>,
    layers: &LayerSet,
    set: ChangeSet<'_>,
) -> Result<Option<Revision>, StoreError> {
    let mut changes = set.changes.peekable();
    if changes.peek().is_none() {
        return Ok(None);
    }
    let before = log::head(transaction)?;
    let revision =
        log::begin_revision(transaction, &set.author, &set.reason, set.at).during(ACT)?;
    set_writer(transaction, "store").during(ACT)?;
    let rejections = write_all(transaction, layers, &set.municipalities, changes)?;
    if rejections.total() > 0 {
        return Err(StoreError::Rejected(rejections));
    }
    set_writer(transaction, "outside").during(ACT)?;
    let first_seq = log::first_seq_after(transaction, before).during(ACT)?;
    widen_extents(transaction, first_seq.unwrap_or(i64::MAX)).during(ACT)?;
    Ok(Some(revision))
}

/// Writes the changes one after the other, past those that are rejected, so that all of these come to light.
fn write_all(
    transaction: &Transaction<'_>,
    layers: &LayerSet,
    municipalities: &Municipalities,
    changes: impl Iterator<Item = Change>,
) -> Result<Rejections, StoreError> {
    // From the beginning of the transaction on, no column gets another name.
    let renames = renames::read(transaction).during(ACT)?;
    let rows = layers
        .iter()
        .map(|layer| LayerRows::new(transaction, layer, municipalities, &renames));
    let rows: Vec<_> = rows.collect();
    let mut rejections = Rejections::default();
    let mut not_inserted: HashSet<(LayerId, FeatureId)> = HashSet::new();
    let missing = [Finding::of_feature(Problem::NoSuchFeature)];
    for (index, change) in changes.enumerate() {
        let feature = (change.layer().clone(), change.id());
        let is_insert = matches!(change, Change::Insert { .. });
        let findings = match rows.iter().find(|rows| rows.layer().id == feature.0) {
            Some(rows) => rows.write(change).during(ACT)?,
            None => vec![Finding::of_feature(Problem::UnknownLayer)],
        };
        // That a feature is missing because its insert was rejected is not reported again.
        let follows = findings == missing && not_inserted.contains(&feature);
        if findings.is_empty() || follows {
            continue;
        }
        if is_insert {
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
    Ok(rejections)
}

/// Says to the triggers who writes.
pub(super) fn set_writer(connection: &Connection, writer: &str) -> rusqlite::Result<()> {
    connection.execute("UPDATE obzor_state SET writer = ?1", [writer])?;
    Ok(())
}

/// Widens the layers' extents by what history tells since a row of it, and dates them.
pub(super) fn widen_extents(connection: &Connection, first_seq: i64) -> rusqlite::Result<()> {
    let widen = |pick: &str, edge: &str| {
        format!("{edge} = coalesce({pick}(c.{edge}, n.{edge}), c.{edge}, n.{edge})")
    };
    let sets = [
        widen("min", "min_x"),
        widen("min", "min_y"),
        widen("max", "max_x"),
        widen("max", "max_y"),
    ];
    connection.execute(
        &format!(
            "UPDATE gpkg_contents AS c SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', r.at), {}
             FROM (SELECT layer, max(revision) AS revision, min(after_min_x) AS min_x, min(after_min_y) AS min_y,
                     max(after_max_x) AS max_x, max(after_max_y) AS max_y
                   FROM obzor_history WHERE seq >= ?1 GROUP BY layer) AS n JOIN obzor_revisions r USING (revision)
             WHERE c.table_name = n.layer",
            sets.join(", ")
        ),
        params![first_seq],
    )?;
    Ok(())
}
