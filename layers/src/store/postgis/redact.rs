//! Erasure in a database: rows, history, texts of change sets and records, then the tables anew.

use postgres::Error;
use serde_json::Value as Json;

use super::column::Sql;
use super::connection::{During, Session};
use super::ledger;
use super::table::{GEOMETRY_COLUMN, qualified};
use crate::store::redaction::{
    Erased, Redaction, RedactionPlace, RedactionTarget, clean_version, names_of, whole,
};
use crate::store::sql::quote;
use crate::{Layer, LayerSet, StoreError};

const ACT: &str = "erase a value";
/// The tables of the store's own schema in which something is erased.
const ERASED_IN: [&str; 6] = [
    "conflicts",
    "history",
    "operations",
    "records",
    "revisions",
    "served",
];
/// Those that hold nothing that people typed about others, or, as the audit log, never change.
const LEFT: [&str; 10] = [
    "attached",
    "attached_changes",
    "audit",
    "audit_ends",
    "history_starts",
    "loads",
    "migrations",
    "open_loads",
    "renames",
    "state",
];

/// Erases in one transaction, as the owner of the tables.
pub(super) fn redact(
    session: &mut Session,
    layers: &LayerSet,
    redaction: &Redaction<'_>,
) -> Result<Erased, StoreError> {
    session.begin_as_owner("").during(ACT)?;
    session
        .client()
        .batch_execute("SET LOCAL statement_timeout = 0")
        .during(ACT)?;
    refuse_unknown_tables(session)?;
    let mut work = Work {
        session,
        redaction,
        erased: Erased::default(),
        has_begun: false,
    };
    work.layers(layers).during(ACT)?;
    work.history(layers).during(ACT)?;
    if *redaction.target == RedactionTarget::Value {
        work.revisions().during(ACT)?;
        work.records().during(ACT)?;
    }
    let mut erased = work.erased;
    ledger::redact(session, layers, redaction, &mut erased).during(ACT)?;
    if redaction.dry_run {
        session.roll_back().during(ACT)?;
    } else {
        session.commit().during(ACT)?;
    }
    Ok(erased)
}

/// Refuses a store with tables of which nobody said whether something must be erased in them.
fn refuse_unknown_tables(session: &mut Session) -> Result<(), StoreError> {
    let sql = "SELECT relname::text FROM pg_class WHERE relnamespace = 'obzor_store'::regnamespace AND relkind = 'r'";
    let rows = session.query(sql, &[]).during(ACT)?;
    let names = rows.iter().map(|row| row.get::<_, String>(0));
    let unknown: Vec<_> = names
        .filter(|name| !ERASED_IN.contains(&name.as_str()) && !LEFT.contains(&name.as_str()))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "it has the tables {} in obzor_store, in which this program cannot erase",
        unknown.join(", ")
    )))
}

/// A changed row: its key, and the new values of the changed columns.
type NewRow = (i64, Vec<(String, Json)>);

struct Work<'a> {
    session: &'a mut Session,
    redaction: &'a Redaction<'a>,
    erased: Erased,
    has_begun: bool,
}

impl Work<'_> {
    /// Erases in what stands, as one revision; the triggers write its history.
    fn layers(&mut self, layers: &LayerSet) -> Result<(), Error> {
        for layer in layers.kept().filter(|layer| self.redaction.concerns(layer)) {
            let columns = self.columns(layer)?;
            let rows = self.rows(layer, &columns)?;
            self.erased
                .add(RedactionPlace::Layer(layer.id.to_string()), rows.len());
            if !self.redaction.dry_run {
                self.update(layer, rows)?;
            }
        }
        Ok(())
    }

    /// Returns the columns that are fields, each with whether it takes any text.
    fn columns(&mut self, layer: &Layer) -> Result<Vec<(String, bool)>, Error> {
        let sql = "SELECT attname::text, atttypid = 'text'::regtype FROM pg_attribute
                   WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
                     AND attname NOT IN ('fid', 'id', 'rev', $2)";
        let values = [
            Sql::Text(qualified(layer)),
            Sql::Text(GEOMETRY_COLUMN.to_owned()),
        ];
        let rows = self.session.query(sql, &values)?;
        let has_codes = |name: &str| {
            let mut fields = layer.fields.iter();
            fields.any(|field| field.name == name && field.codes.is_some())
        };
        let columns = rows.iter().map(|row| (row.get::<_, String>(0), row.get(1)));
        Ok(columns
            .map(|(name, is_text): (String, bool)| {
                let takes_text = is_text && !has_codes(&name);
                (name, takes_text)
            })
            .collect())
    }

    fn rows(&mut self, layer: &Layer, columns: &[(String, bool)]) -> Result<Vec<NewRow>, Error> {
        let (redaction, erased) = (self.redaction, &mut self.erased);
        let (names, condition, values) = match redaction.target {
            RedactionTarget::Value => (None, "", Vec::new()),
            RedactionTarget::Field { id, field, .. } => {
                let id = Sql::Id(id.as_uuid());
                (Some(names_of(layer, field)), "WHERE id = $1", vec![id])
            }
        };
        let list: Vec<_> = columns.iter().map(|(name, _)| quote(name)).collect();
        let sql = format!(
            "SELECT fid, to_jsonb(v) FROM {} t, LATERAL (SELECT {}) v {condition}",
            qualified(layer),
            list.join(", ")
        );
        let new_row = |row: &postgres::Row| {
            let mut document: Json = row.get(1);
            let mut new = Vec::new();
            for (name, is_text) in columns {
                let Some(value) = document.get_mut(name).filter(|value| !value.is_null()) else {
                    continue;
                };
                let cleaned = match &names {
                    Some(names) if !names.contains(name) => None,
                    Some(_) => whole(redaction, erased, value),
                    None => redaction.redactor.clean(value).then(|| value.take()),
                };
                let fits = *is_text || matches!(cleaned, Some(Json::Array(_) | Json::Object(_)));
                new.extend(
                    cleaned.map(|value| (name.clone(), if fits { value } else { Json::Null })),
                );
            }
            (!new.is_empty()).then(|| (row.get(0), new))
        };
        self.session.collect(&sql, &values, new_row)
    }

    fn update(&mut self, layer: &Layer, rows: Vec<NewRow>) -> Result<(), Error> {
        let table = qualified(layer);
        for (fid, new) in rows {
            if !self.has_begun {
                let Redaction {
                    author, reason, at, ..
                } = *self.redaction;
                let sql = "SELECT obzor_store.begin_change_set($1, $2, $3)";
                let who = [author, reason].map(|text| Sql::Text(text.to_owned()));
                let [author, reason] = who;
                self.session
                    .query(sql, &[author, reason, Sql::Timestamp(at)])?;
                self.has_begun = true;
            }
            let sets: Vec<_> = new
                .iter()
                .map(|(name, _)| format!("{0} = r.{0}", quote(name)))
                .collect();
            let sql = format!(
                "UPDATE {table} t SET {} FROM jsonb_populate_record(NULL::{table}, $2) r WHERE t.fid = $1",
                sets.join(", ")
            );
            let document = Json::Object(new.into_iter().collect());
            self.session
                .execute(&sql, &[Sql::Integer(fid), Sql::Jsonb(document)])?;
        }
        Ok(())
    }

    /// Erases in all versions of features.
    fn history(&mut self, layers: &LayerSet) -> Result<(), Error> {
        let (redaction, erased) = (self.redaction, &mut self.erased);
        let sql = "SELECT change_set, seq, layer, id::text, \"values\", fid FROM obzor_store.history WHERE \"values\" IS NOT NULL";
        let found: Vec<([i64; 3], Json)> = self.session.collect(sql, &[], |row| {
            let mut values: Json = row.get(4);
            let of = [row.get(2), row.get(3)];
            let is_found = clean_version(redaction, erased, layers, of, &mut values);
            is_found.then(|| ([row.get(0), row.get(1), row.get(5)], values))
        })?;
        self.erased.add(RedactionPlace::History, found.len());
        for (key, values) in found.into_iter().filter(|_| !redaction.dry_run) {
            let [change_set, seq, fid] = key.map(Sql::Integer);
            let sql = "UPDATE obzor_store.history SET \"values\" = $4
                       WHERE change_set = $1 AND seq = $2 AND fid = $3";
            let values = [change_set, seq, fid, Sql::Jsonb(values)];
            self.session.execute(sql, &values)?;
        }
        Ok(())
    }

    fn revisions(&mut self) -> Result<(), Error> {
        let redactor = self.redaction.redactor;
        let sql = "SELECT change_set, author, reason FROM obzor_store.revisions";
        let found: Vec<(i64, [String; 2])> = self.session.collect(sql, &[], |row| {
            let texts: [String; 2] = [row.get(1), row.get(2)];
            let cleaned = texts.each_ref().map(|text| redactor.cleaned(text));
            let is_found = cleaned.iter().any(Option::is_some);
            let [author, reason] = cleaned;
            let [old_author, old_reason] = texts;
            let new = [author.unwrap_or(old_author), reason.unwrap_or(old_reason)];
            is_found.then(|| (row.get(0), new))
        })?;
        self.erased.add(RedactionPlace::Revisions, found.len());
        for (change_set, texts) in found.into_iter().filter(|_| !self.redaction.dry_run) {
            let [author, reason] = texts.map(Sql::Text);
            let sql =
                "UPDATE obzor_store.revisions SET author = $2, reason = $3 WHERE change_set = $1";
            self.session
                .execute(sql, &[Sql::Integer(change_set), author, reason])?;
        }
        Ok(())
    }

    fn records(&mut self) -> Result<(), Error> {
        let redactor = self.redaction.redactor;
        let sql = "SELECT kind, key, body FROM obzor_store.records";
        let found: Vec<(String, String, String, Json)> = self.session.collect(sql, &[], |row| {
            let (kind, key, mut body): (String, String, Json) =
                (row.get(0), row.get(1), row.get(2));
            let new_key = redactor.cleaned(&key);
            let is_found = redactor.clean(&mut body) || new_key.is_some();
            is_found.then(|| (kind, new_key.unwrap_or_else(|| key.clone()), key, body))
        })?;
        self.erased.add(RedactionPlace::Records, found.len());
        for (kind, new_key, key, body) in found.into_iter().filter(|_| !self.redaction.dry_run) {
            let values = [kind, key, new_key, body.to_string()].map(Sql::Text);
            let sql = "UPDATE obzor_store.records SET key = $3, version = version + 1, body = $4::text::json
                       WHERE kind = $1 AND key = $2";
            self.session.execute(sql, &values)?;
        }
        Ok(())
    }
}
