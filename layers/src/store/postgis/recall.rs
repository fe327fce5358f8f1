//! What judging asks: features as they stand and stood, found by their identities, many with one statement.

use std::sync::Arc;

use super::column::{self, Sql, read_geometry};
use super::connection::{During, Session};
use super::query::{columns, geometry};
use super::table::{qualified, values};
use super::{read, renames};
use crate::merge::Content;
use crate::store::renames::Renames;
use crate::{Audience, Feature, FeatureId, Layer, LayerView, Revision, RevisionInfo, StoreError};

const ACT: &str = "read features";

/// Returns those of these features that stand.
pub(super) fn newest(
    session: &mut Session,
    layer: &Arc<Layer>,
    ids: &[FeatureId],
    renames: &Renames,
) -> Result<Vec<Feature>, StoreError> {
    let view = view(layer);
    let sql = format!(
        "SELECT {} FROM {} t WHERE t.id = ANY ($1)",
        columns(&view, renames),
        qualified(layer)
    );
    let ids = Sql::Ids(ids.iter().map(FeatureId::as_uuid).collect());
    let rows = session.query(&sql, &[ids]).during(ACT)?;
    Ok(rows.iter().map(|row| read::newest(row, &view)).collect())
}

fn view(layer: &Arc<Layer>) -> LayerView {
    let view = Audience::OFFICE.view(layer);
    view.expect("the office sees every layer")
}

/// The rows of history that tell of a feature; who comes back after a removal gets another key.
fn keys(table: &str, layer: &str, id: &str) -> String {
    format!(
        "SELECT fid FROM {table} WHERE id = {id} UNION ALL
         SELECT fid FROM obzor_store.history WHERE layer = {layer} AND id = {id} AND operation = 'delete'"
    )
}

/// Returns what features held, each at a revision.
pub(super) fn held(
    session: &mut Session,
    layer: &Arc<Layer>,
    wanted: &[(FeatureId, Revision)],
) -> Result<Vec<Option<Content>>, StoreError> {
    // History says nothing of names that it does not know, so they are read anew.
    let renames = &renames::read(session).during(ACT)?;
    let table = qualified(layer);
    // What a load brought and nobody has changed since stands in the table alone.
    let sql = format!(
        "SELECT w.place, v.* FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY w (id, revision, place), LATERAL (
           SELECT h.operation, h.fid, ST_AsBinary(h.geom), h.\"values\"
             FROM obzor_store.history h JOIN obzor_store.revisions r USING (change_set)
             WHERE h.layer = $1 AND h.fid IN ({}) AND r.revision <= w.revision ORDER BY h.seq DESC LIMIT 1
         ) v
         UNION ALL
         SELECT w.place, 'load', t.fid, {}, {}
         FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY w (id, revision, place) JOIN {table} t USING (id)
         WHERE t.rev = 1 AND EXISTS (
           SELECT FROM obzor_store.loads l JOIN obzor_store.revisions r USING (change_set)
           WHERE l.layer = $1 AND t.fid BETWEEN l.first_fid AND l.last_fid AND r.revision <= w.revision)",
        keys(&table, "$1", "w.id"),
        geometry(layer),
        values(layer, renames, "t"),
    );
    let (ids, revisions) = wanted.iter().map(|(id, at)| (id.as_uuid(), at.0)).unzip();
    let given = [
        Sql::Text(layer.id.to_string()),
        Sql::Ids(ids),
        Sql::Integers(revisions),
    ];
    let view = view(layer);
    let names = renames.past_names_of(&view);
    let mut held = vec![None; wanted.len()];
    for row in session.query(&sql, &given).during(ACT)? {
        if row.get::<_, &str>(1) == "delete" {
            continue;
        }
        let (place, fid): (i64, i64) = (row.get(0), row.get(2));
        held[place as usize - 1] = Some(Content {
            geometry: read_geometry(&row, 3, fid),
            values: column::read_past(view.fields().zip(&names), &row, 4, fid),
        });
    }
    Ok(held)
}

/// Returns who changed or removed a feature last.
pub(super) fn last_change(
    session: &mut Session,
    layer: &Layer,
    id: FeatureId,
) -> Result<Option<RevisionInfo>, StoreError> {
    let table = qualified(layer);
    let sql = format!(
        "SELECT revision, at, author, reason FROM (
           SELECT change_set, seq FROM obzor_store.history h WHERE layer = $1 AND fid IN ({})
           UNION ALL
           SELECT l.change_set, l.seq FROM obzor_store.loads l JOIN {table} t ON t.fid BETWEEN l.first_fid AND l.last_fid
             WHERE l.layer = $1 AND t.id = $2
         ) v JOIN obzor_store.revisions USING (change_set) ORDER BY seq DESC LIMIT 1",
        keys(&table, "$1", "$2")
    );
    let values = [Sql::Text(layer.id.to_string()), Sql::Id(id.as_uuid())];
    let row = session.first(&sql, &values);
    let row = row.during("read who changed a feature")?;
    Ok(row.map(|row| RevisionInfo {
        revision: Revision(row.get(0)),
        at: row.get(1),
        author: row.get(2),
        reason: row.get(3),
    }))
}
