//! The versions of one feature, and revisions with what they touched, read from history.

use std::collections::BTreeMap;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::connection::{During, Reader};
use super::query::past_term;
use super::{log, read, renames};
use crate::store::sql::allowed;
use crate::store::{FeatureVersion, RevisionQuery, RevisionSummary, VersionQuery};
use crate::{ChangeKind, LayerId, LayerView, RevisionInfo, StoreError};

/// That a revision is one of the history which is kept of a layer: of an older one not all versions may be there.
const WITHIN: &str = "NOT EXISTS (SELECT 1 FROM obzor_history_starts s
    WHERE s.layer = h.layer AND s.revision >= r.revision)";

/// Whether the file finds the history of a feature by its identity; one made by an older program does not yet.
pub(super) fn has_index(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'obzor_history_id'",
        [],
        |row| row.get(0),
    )
}

/// Adds what finds it.
pub(super) fn add_index(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("CREATE INDEX obzor_history_id ON obzor_history (id, layer)")
}

/// Returns the versions of a feature, the newest first.
pub(super) fn versions(
    reader: &Reader<'_>,
    query: &VersionQuery,
) -> Result<Vec<FeatureVersion>, StoreError> {
    let act = "read the versions of a feature";
    // In one transaction no column gets another name.
    reader.execute_batch("BEGIN").during(act)?;
    let renames = renames::read(reader).during(act)?;
    let view = &query.view;
    let layer = view.layer();
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut values = vec![
        Sql::Text(layer.id.to_string()),
        Sql::Text(query.id.to_string()),
        Sql::Integer(query.before.map_or(i64::MAX, |before| before.0)),
        Sql::Integer(query.limit.map_or(i64::MAX, number)),
    ];
    let is_shown = allowed(
        view,
        |field| past_term(layer, field, &renames),
        "= 1",
        |code| {
            values.push(Sql::Integer(code));
            format!("?{}", values.len())
        },
    );
    let is_shown = is_shown.as_deref().unwrap_or("1");
    let sql = format!(
        "SELECT t.fid, t.id, t.rev, t.geom, t.\"values\", t.operation, coalesce({is_shown}, 0),
           r.revision, r.at, r.author, r.reason
         FROM obzor_history t JOIN obzor_revisions r USING (revision)
         WHERE t.layer = ?1 AND t.id = ?2 AND t.revision < ?3 ORDER BY t.seq DESC LIMIT ?4"
    );
    let names = renames.past_names_of(view);
    let mut statement = reader.prepare_cached(&sql).during(act)?;
    let found = statement.query_map(params_from_iter(&values), |row| version(row, view, &names));
    found.and_then(Iterator::collect).during(act)
}

fn version(
    row: &Row<'_>,
    view: &LayerView,
    names: &[Vec<String>],
) -> rusqlite::Result<FeatureVersion> {
    let kind = ChangeKind::of_word(row.get_ref(5)?.as_str()?);
    let kind = kind.unwrap_or(ChangeKind::Update);
    let is_shown = kind != ChangeKind::Delete && row.get(6)?;
    Ok(FeatureVersion {
        revision: log::revision_info(row, 7)?,
        kind,
        rev: row.get(2)?,
        feature: if is_shown {
            read::past(row, view, names)?
        } else {
            None
        },
    })
}

/// Returns revisions and what they touched, the newest first.
pub(super) fn revisions(
    reader: &Reader<'_>,
    query: &RevisionQuery,
) -> Result<Vec<RevisionSummary>, StoreError> {
    let act = "read revisions";
    reader.execute_batch("BEGIN").during(act)?;
    let end = "coalesce((SELECT n.first_seq FROM obzor_revisions n WHERE n.revision = r.revision + 1), 9223372036854775807)";
    let sql = format!(
        "SELECT r.revision, r.at, r.author, r.reason, r.first_seq, {end} FROM obzor_revisions r
         WHERE r.revision < ?1 AND (?2 IS NULL OR r.author = ?2) AND (?3 IS NULL OR r.at >= ?3)
           AND (?4 IS NULL OR r.at <= ?4) AND (?5 IS NULL OR EXISTS (SELECT 1 FROM obzor_history h
             WHERE +h.layer = ?5 AND h.seq >= r.first_seq AND h.seq < {end} AND {WITHIN}))
         ORDER BY r.revision DESC LIMIT ?6"
    );
    let mut statement = reader.prepare_cached(&sql).during(act)?;
    let values = params![
        query.before.map_or(i64::MAX, |before| before.0),
        query.author,
        query.from.map(log::instant),
        query.until.map(log::instant),
        query.layer.as_ref().map(LayerId::as_str),
        query
            .limit
            .map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX)),
    ];
    let found = statement.query_map(values, |row| {
        let (first, end) = (row.get(4)?, row.get(5)?);
        summary(reader, log::revision_info(row, 0)?, first, end)
    });
    found.and_then(Iterator::collect).during(act)
}

/// Counts what a revision touched, by the rows of history that it wrote.
fn summary(
    reader: &Reader<'_>,
    info: RevisionInfo,
    first: i64,
    end: i64,
) -> rusqlite::Result<RevisionSummary> {
    let mut statement = reader.prepare_cached(&format!(
        "SELECT h.layer, count(*) FROM obzor_history h JOIN obzor_revisions r USING (revision)
         WHERE h.seq >= ?1 AND h.seq < ?2 AND {WITHIN} GROUP BY h.layer"
    ))?;
    let mut rows = statement.query([first, end])?;
    let mut versions = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let count: i64 = row.get(1)?;
        if let Some(layer) = LayerId::new(row.get_ref(0)?.as_str()?) {
            versions.insert(layer, count as u64);
        }
    }
    Ok(RevisionSummary { info, versions })
}
