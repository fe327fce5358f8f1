//! The versions of one feature, and revisions with what they touched, read from history and the rows of loads.

use std::collections::BTreeMap;

use postgres::Row;

use super::column::Sql;
use super::connection::{During, Session};
use super::pool::Lent;
use super::query::{geometry, past_term};
use super::table::{qualified, values};
use super::{read, renames};
use crate::store::renames::Renames;
use crate::store::sql::allowed;
use crate::store::{FeatureVersion, RevisionQuery, RevisionSummary, VersionQuery};
use crate::{ChangeKind, LayerId, LayerView, Revision, RevisionInfo, StoreError};

/// Returns the versions of a feature, the newest first.
pub(super) fn versions(
    mut session: Lent<'_>,
    query: &VersionQuery,
) -> Result<Vec<FeatureVersion>, StoreError> {
    let act = "read the versions of a feature";
    session.begin(read::SNAPSHOT).during(act)?;
    let renames = renames::read(&mut session).during(act)?;
    let view = &query.view;
    let names = renames.past_names_of(view);
    let (sql, values) = statement(query, &renames);
    let rows = session.query(&sql, &values).during(act)?;
    Ok(rows.iter().map(|row| version(row, view, &names)).collect())
}

/// Selects from history, and from the layer's table a first version that still stands as a load left it.
fn statement(query: &VersionQuery, renames: &Renames) -> (String, Vec<Sql>) {
    let view = &query.view;
    let layer = view.layer();
    let number = |number: u64| Sql::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let mut bound = vec![
        Sql::Text(layer.id.to_string()),
        Sql::Id(query.id.as_uuid()),
        Sql::Integer(query.before.map_or(i64::MAX, |before| before.0)),
        query.limit.map_or(Sql::Null, number),
    ];
    let is_shown = allowed(
        view,
        |field| past_term(field, &renames.past_names(&layer.id, field)),
        "IS TRUE",
        |code| {
            bound.push(Sql::Integer(code));
            format!("${}", bound.len())
        },
    );
    let is_shown = is_shown.as_deref().unwrap_or("true");
    let sql = format!(
        "SELECT t.fid, t.id, t.rev, t.geom, t.\"values\", t.operation, ({is_shown}) IS TRUE,
           r.revision, r.at, r.author, r.reason
         FROM (SELECT fid, id, rev, ST_AsBinary(geom) AS geom, \"values\", operation, change_set, seq
               FROM obzor_store.history WHERE layer = $1 AND id = $2
             UNION ALL SELECT t.fid, t.id, t.rev, {}, {}, 'insert', l.change_set, l.seq
               FROM {} t JOIN obzor_store.loads l ON t.fid BETWEEN l.first_fid AND l.last_fid
               WHERE t.id = $2 AND t.rev = 1 AND l.layer = $1) t
           JOIN obzor_store.revisions r USING (change_set)
         WHERE r.revision < $3 ORDER BY r.revision DESC, t.seq DESC LIMIT $4",
        geometry(layer),
        values(layer, renames, "t"),
        qualified(layer)
    );
    (sql, bound)
}

fn version(row: &Row, view: &LayerView, names: &[Vec<String>]) -> FeatureVersion {
    let kind = ChangeKind::of_word(row.get(5)).unwrap_or(ChangeKind::Update);
    let is_shown = kind != ChangeKind::Delete && row.get(6);
    FeatureVersion {
        revision: info(row, 7),
        kind,
        rev: row.get(2),
        feature: is_shown.then(|| view.masked(read::past(row, view, names))),
    }
}

fn info(row: &Row, first: usize) -> RevisionInfo {
    RevisionInfo {
        revision: Revision(row.get(first)),
        at: row.get(first + 1),
        author: row.get(first + 2),
        reason: row.get(first + 3),
    }
}

/// Returns revisions and what they touched, the newest first.
pub(super) fn revisions(
    session: &mut Session,
    query: &RevisionQuery,
) -> Result<Vec<RevisionSummary>, StoreError> {
    let act = "read revisions";
    // A row of a load is one version, in history or not; before history begins, not all versions may be there.
    let sql = "WITH found AS (SELECT change_set, revision, at, author, reason FROM obzor_store.revisions r
           WHERE revision < $1 AND ($2::text IS NULL OR author = $2) AND ($3::timestamptz IS NULL OR at >= $3)
             AND ($4::timestamptz IS NULL OR date_trunc('milliseconds', at) <= $4) AND ($5::text IS NULL
               OR (r.revision > coalesce((SELECT s.revision FROM obzor_store.history_starts s WHERE s.layer = $5), 0)
                 AND (EXISTS (SELECT FROM obzor_store.history h WHERE h.change_set = r.change_set AND h.layer = $5)
                   OR EXISTS (SELECT FROM obzor_store.loads l WHERE l.change_set = r.change_set AND l.layer = $5))))
           ORDER BY revision DESC LIMIT $6)
         SELECT f.revision, f.at, f.author, f.reason, v.layer, v.number FROM found f LEFT JOIN LATERAL (
           SELECT layer, sum(number)::bigint AS number FROM (
             SELECT h.layer, count(*) AS number FROM obzor_store.history h
               LEFT JOIN obzor_store.loads l USING (change_set, seq)
               WHERE h.change_set = f.change_set AND l.seq IS NULL GROUP BY h.layer
             UNION ALL SELECT layer, last_fid - first_fid + 1 FROM obzor_store.loads
               WHERE change_set = f.change_set) of_kinds
             WHERE NOT EXISTS (SELECT FROM obzor_store.history_starts s
               WHERE s.layer = of_kinds.layer AND s.revision >= f.revision) GROUP BY layer) v ON true
         ORDER BY f.revision DESC";
    let text = |text: Option<&str>| text.map_or(Sql::Null, |text| Sql::Text(text.to_owned()));
    let bound = [
        Sql::Integer(query.before.map_or(i64::MAX, |before| before.0)),
        text(query.author.as_deref()),
        query.from.map_or(Sql::Null, Sql::Timestamp),
        query.until.map_or(Sql::Null, Sql::Timestamp),
        text(query.layer.as_ref().map(LayerId::as_str)),
        query.limit.map_or(Sql::Null, |limit| {
            Sql::Integer(i64::try_from(limit).unwrap_or(i64::MAX))
        }),
    ];
    let mut found: Vec<RevisionSummary> = Vec::new();
    for row in session.query(sql, &bound).during(act)? {
        let info = info(&row, 0);
        if found.last().is_none_or(|last| last.info != info) {
            let versions = BTreeMap::new();
            found.push(RevisionSummary { info, versions });
        }
        let layer = row.get::<_, Option<&str>>(4).and_then(LayerId::new);
        if let (Some(layer), Some(of)) = (layer, found.last_mut()) {
            of.versions.insert(layer, row.get::<_, i64>(5) as u64);
        }
    }
    Ok(found)
}
