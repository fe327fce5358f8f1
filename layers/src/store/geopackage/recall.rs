//! What judging asks: features as they stand and stood, found by their identities.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection::{During, Reader};
use super::{log, past, read, renames, table};
use crate::merge::Content;
use crate::store::renames::Renames;
use crate::{
    Audience, Feature, FeatureId, Layer, LayerId, LayerView, Revision, RevisionInfo, StoreError,
};

const ACT: &str = "read features";
/// The keys that a feature has, or had until it was removed: who comes back gets another one.
const KEYS: &str =
    "SELECT fid FROM obzor_history WHERE layer = ?1 AND id = ?2 AND operation = 'delete'";

/// Returns those of these features that stand.
pub(super) fn newest(
    reader: &Reader<'_>,
    layer: &Arc<Layer>,
    ids: &[FeatureId],
) -> Result<Vec<Feature>, StoreError> {
    let (view, renames) = begin(reader, layer)?;
    let sql = format!(
        "SELECT {} FROM {} t WHERE t.id = ?1",
        read::columns(&view, &renames),
        table::quote(layer.id.as_str())
    );
    let mut statement = reader.prepare_cached(&sql).during(ACT)?;
    let mut found = Vec::new();
    for id in ids {
        let feature = statement
            .query_row([id.to_string()], |row| read::newest(row, &view))
            .optional()
            .during(ACT)?;
        found.extend(feature.flatten());
    }
    Ok(found)
}

/// Returns what features held, each at a revision.
pub(super) fn held(
    reader: &Reader<'_>,
    layer: &Arc<Layer>,
    wanted: &[(FeatureId, Revision)],
) -> Result<Vec<Option<Content>>, StoreError> {
    let (view, renames) = begin(reader, layer)?;
    let names = renames.past_names_of(&view);
    let table = table::quote(layer.id.as_str());
    let sql = format!(
        "SELECT operation, fid, geom, \"values\" FROM obzor_history
         WHERE layer = ?1 AND fid IN (SELECT fid FROM {table} WHERE id = ?2 UNION ALL {KEYS}) AND seq < ?3
         ORDER BY seq DESC LIMIT 1"
    );
    let content = |row: &Row<'_>| {
        if row.get_ref(0)?.as_str()? == "delete" {
            return Ok(None);
        }
        let fid = row.get(1)?;
        Ok(Some(Content {
            geometry: read::geometry(row, 2, fid)?,
            values: past::values(row, 3, view.fields().zip(&names), fid)?,
        }))
    };
    let mut statement = reader.prepare_cached(&sql).during(ACT)?;
    let held = wanted.iter().map(|(id, revision)| {
        let end = log::first_seq_after(reader, *revision)?.unwrap_or(i64::MAX);
        let row = params![layer.id.as_str(), id.to_string(), end];
        let held = statement.query_row(row, content).optional()?;
        Ok(held.flatten())
    });
    held.collect::<rusqlite::Result<_>>().during(ACT)
}

/// Begins to read one state; from here on no column gets another name.
fn begin(reader: &Reader<'_>, layer: &Arc<Layer>) -> Result<(LayerView, Renames), StoreError> {
    reader.execute_batch("BEGIN").during(ACT)?;
    let view = Audience::OFFICE.view(layer);
    let view = view.expect("the office sees every layer");
    Ok((view, renames::read(reader).during(ACT)?))
}

/// Returns who changed or removed a feature last.
pub(super) fn last_change(
    connection: &Connection,
    layer: &LayerId,
    id: FeatureId,
) -> Result<Option<RevisionInfo>, StoreError> {
    let table = table::quote(layer.as_str());
    let sql = format!(
        "SELECT revision, at, author, reason FROM obzor_history JOIN obzor_revisions USING (revision)
         WHERE layer = ?1 AND fid IN (SELECT fid FROM {table} WHERE id = ?2 UNION ALL {KEYS})
         ORDER BY seq DESC LIMIT 1"
    );
    let row = params![layer.as_str(), id.to_string()];
    connection
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            statement
                .query_row(row, |row| log::revision_info(row, 0))
                .optional()
        })
        .during("read who changed a feature")
}
