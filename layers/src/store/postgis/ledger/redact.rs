//! Erasure in operations, conflicts, and in what is noted of who was shown what.

use postgres::Error;
use serde_json::Value as Json;

use super::super::column::Sql;
use super::super::connection::Session;
use crate::LayerSet;
use crate::store::redaction::{
    Erased, Redaction, RedactionPlace, RedactionTarget, clean_conflict, clean_operation,
};

/// Erases in all of it.
pub(in super::super) fn redact(
    session: &mut Session,
    layers: &LayerSet,
    redaction: &Redaction<'_>,
    erased: &mut Erased,
) -> Result<(), Error> {
    operations(session, layers, redaction, erased)?;
    conflicts(session, layers, redaction, erased)?;
    if *redaction.target == RedactionTarget::Value {
        served(session, redaction, erased)?;
    }
    Ok(())
}

fn operations(
    session: &mut Session,
    layers: &LayerSet,
    redaction: &Redaction<'_>,
    erased: &mut Erased,
) -> Result<(), Error> {
    let is_value = *redaction.target == RedactionTarget::Value;
    let sql = "SELECT seq, operation, outcome, device, sender FROM obzor_store.operations";
    let found: Vec<(i64, [Json; 2], [String; 2])> = session.collect(sql, &[], |row| {
        let (mut operation, mut outcome) = (row.get(1), row.get(2));
        let mut is_found = clean_operation(redaction, erased, layers, &mut operation, &mut outcome);
        let names = [row.get(3), row.get(4)].map(|name: String| {
            let cleaned = redaction.redactor.cleaned(&name).filter(|_| is_value);
            is_found |= cleaned.is_some();
            cleaned.unwrap_or(name)
        });
        is_found.then(|| (row.get(0), [operation, outcome], names))
    })?;
    erased.add(RedactionPlace::Operations, found.len());
    for (seq, documents, names) in found.into_iter().filter(|_| !redaction.dry_run) {
        let [operation, outcome] = documents.map(|document| Sql::Text(document.to_string()));
        let [device, sender] = names.map(Sql::Text);
        let sql = "UPDATE obzor_store.operations
                   SET operation = $2::text::json, outcome = $3::text::json, device = $4, sender = $5 WHERE seq = $1";
        let values = [Sql::Integer(seq), operation, outcome, device, sender];
        session.execute(sql, &values)?;
    }
    Ok(())
}

fn conflicts(
    session: &mut Session,
    layers: &LayerSet,
    redaction: &Redaction<'_>,
    erased: &mut Erased,
) -> Result<(), Error> {
    let sql =
        "SELECT seq, conflict, decision, layer, feature::text, part FROM obzor_store.conflicts";
    let found: Vec<(i64, [Json; 2])> = session.collect(sql, &[], |row| {
        let mut conflict = row.get(1);
        let mut decision = row.get::<_, Option<Json>>(2).unwrap_or_default();
        let of = [row.get(3), row.get(4), row.get(5)];
        clean_conflict(redaction, erased, layers, of, &mut conflict, &mut decision)
            .then(|| (row.get(0), [conflict, decision]))
    })?;
    erased.add(RedactionPlace::Conflicts, found.len());
    for (seq, documents) in found.into_iter().filter(|_| !redaction.dry_run) {
        let [conflict, decision] = documents.map(|document| Sql::Text(document.to_string()));
        let sql = "UPDATE obzor_store.conflicts
                   SET conflict = $2::text::json, decision = nullif($3::text, 'null')::json WHERE seq = $1";
        session.execute(sql, &[Sql::Integer(seq), conflict, decision])?;
    }
    Ok(())
}

fn served(
    session: &mut Session,
    redaction: &Redaction<'_>,
    erased: &mut Erased,
) -> Result<(), Error> {
    let redactor = redaction.redactor;
    let sql = "SELECT DISTINCT reader FROM obzor_store.served";
    let found: Vec<(String, String)> = session.collect(sql, &[], |row| {
        let reader: String = row.get(0);
        Some((redactor.cleaned(&reader)?, reader))
    })?;
    erased.add(RedactionPlace::Served, found.len());
    for (new, reader) in found.into_iter().filter(|_| !redaction.dry_run) {
        let sql = "UPDATE obzor_store.served SET reader = $2 WHERE reader = $1";
        session.execute(sql, &[Sql::Text(reader), Sql::Text(new)])?;
    }
    Ok(())
}
