//! Erasure in a file: rows, history, texts of change sets, records and every other table, then the whole file anew.

use std::path::Path;

use chrono::DateTime;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params, params_from_iter};
use serde_json::Value as Json;

use super::connection::During;
use super::table::quote;
use super::write::set_writer;
use super::{ledger, log};
use crate::store::redaction::{
    Erased, Redaction, RedactionPlace, RedactionTarget, Redactor, clean_version, names_of,
};
use crate::{FieldType, Layer, LayerSet, StoreError};

const ACT: &str = "erase a value";
/// The columns of a layer's table that are not fields.
const OWN_COLUMNS: [&str; 4] = ["fid", "geom", "id", "rev"];

/// Erases in one transaction.
pub(super) fn redact(
    connection: &mut Connection,
    layers: &LayerSet,
    redaction: &Redaction<'_>,
) -> Result<Erased, StoreError> {
    connection
        .pragma_update(None, "secure_delete", true)
        .during(ACT)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during(ACT)?;
    let mut work = Work {
        transaction: &transaction,
        redaction,
        erased: Erased::default(),
    };
    work.layers(layers).during(ACT)?;
    work.history(layers).during(ACT)?;
    if *redaction.target == RedactionTarget::Value {
        work.other_tables(layers).during(ACT)?;
    } else {
        ledger::redact(&transaction, layers, redaction, &mut work.erased).during(ACT)?;
    }
    let erased = work.erased;
    if !redaction.dry_run {
        transaction.commit().during(ACT)?;
    }
    Ok(erased)
}

/// Writes the file anew, so that neither its free pages nor its journal hold what was erased.
pub(super) fn scrub(connection: &Connection) -> Result<(), StoreError> {
    let act = "write the file anew";
    // What is written aside on the way is clean, and need not be in memory.
    connection
        .pragma_update(None, "temp_store", "default")
        .during(act)?;
    let written = connection.execute_batch("VACUUM").during(act);
    connection
        .pragma_update(None, "temp_store", "memory")
        .during(act)?;
    written?;
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: bool = connection
        .query_row(sql, [], |row| row.get(0))
        .during(act)?;
    if busy { Err(StoreError::Busy) } else { Ok(()) }
}

/// Whether a value stands in a table of another `SQLite` file, such as a `GeoPackage` of a release.
///
/// # Errors
/// When the file is no database, or damaged.
pub fn file_holds(path: &Path, redactor: &Redactor) -> Result<bool, StoreError> {
    let act = "look into a file";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut file = Connection::open_with_flags(path, flags).during(act)?;
    let transaction = file.transaction().during(act)?;
    let redaction = Redaction {
        target: &RedactionTarget::Value,
        redactor,
        author: "",
        reason: "",
        at: DateTime::UNIX_EPOCH,
        dry_run: true,
    };
    let mut work = Work {
        transaction: &transaction,
        redaction: &redaction,
        erased: Erased::default(),
    };
    work.other_tables(&LayerSet::new(Vec::new(), Vec::new()))
        .during(act)?;
    Ok(!work.erased.rows.is_empty())
}

/// A changed row: its key, and the columns with their new values.
type NewRow = (i64, Vec<(usize, Sql)>);

struct Work<'a> {
    transaction: &'a Transaction<'a>,
    redaction: &'a Redaction<'a>,
    erased: Erased,
}

impl Work<'_> {
    /// Erases in what stands, as one revision.
    fn layers(&mut self, layers: &LayerSet) -> rusqlite::Result<()> {
        let mut has_begun = false;
        for layer in layers.iter().filter(|layer| self.redaction.concerns(layer)) {
            let all = self.columns(layer.id.as_str())?.into_iter();
            let columns: Vec<_> = all
                .filter(|name| !OWN_COLUMNS.contains(&name.as_str()))
                .collect();
            let rows = self.rows_of(layer, &columns)?;
            self.erased
                .add(RedactionPlace::Layer(layer.id.to_string()), rows.len());
            if rows.is_empty() || self.redaction.dry_run {
                continue;
            }
            if !has_begun {
                let Redaction {
                    author, reason, at, ..
                } = self.redaction;
                log::begin_revision(self.transaction, author, reason, *at)?;
                set_writer(self.transaction, "store")?;
                has_begun = true;
            }
            self.update(layer.id.as_str(), "fid", &columns, rows, ", rev = rev + 1")?;
        }
        if has_begun {
            set_writer(self.transaction, "outside")?;
        }
        Ok(())
    }

    fn rows_of(&mut self, layer: &Layer, columns: &[String]) -> rusqlite::Result<Vec<NewRow>> {
        let table = quote(layer.id.as_str());
        let field = |name: &str| layer.fields.iter().find(|field| field.name == name);
        let is_text = |name: &str| {
            field(name).is_none_or(|field| {
                field.codes.is_none()
                    && matches!(field.field_type, FieldType::Text | FieldType::Reference(_))
            })
        };
        let names = match self.redaction.target {
            RedactionTarget::Value => return self.rows(&table, "fid", columns, "", &is_text),
            RedactionTarget::Field { field, .. } => names_of(layer, field),
        };
        let RedactionTarget::Field { id, .. } = self.redaction.target else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (place, name) in columns
            .iter()
            .enumerate()
            .filter(|(_, name)| names.contains(name))
        {
            let sql = format!("SELECT fid, {} FROM {table} WHERE id = ?1", quote(name));
            let mut statement = self.transaction.prepare(&sql)?;
            let mut rows = statement.query([id.to_string()])?;
            while let Some(row) = rows.next()? {
                let value = row.get(1)?;
                if let Some(new) = whole(self.redaction, &mut self.erased, &value, is_text(name)) {
                    found.push((row.get(0)?, vec![(place, new)]));
                }
            }
        }
        Ok(found)
    }

    /// Returns the rows of a table in which the value stands.
    fn rows(
        &self,
        table: &str,
        key: &str,
        columns: &[String],
        rest: &str,
        is_text: &dyn Fn(&str) -> bool,
    ) -> rusqlite::Result<Vec<NewRow>> {
        let list: Vec<_> = columns.iter().map(|name| quote(name)).collect();
        let list = if list.is_empty() {
            "NULL".to_owned()
        } else {
            list.join(", ")
        };
        let sql = format!("SELECT {key}, {list} FROM {table} {rest}");
        let mut statement = self.transaction.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let mut new = Vec::new();
            for (place, name) in columns.iter().enumerate() {
                let cleaned = self.cleaned(&row.get(place + 1)?, is_text(name));
                new.extend(cleaned.map(|value| (place, value)));
            }
            if !new.is_empty() {
                found.push((row.get(0)?, new));
            }
        }
        Ok(found)
    }

    /// Returns a value without what is to be erased; none when it holds nothing of it.
    fn cleaned(&self, value: &Sql, is_text: bool) -> Option<Sql> {
        let redactor = self.redaction.redactor;
        match value {
            Sql::Text(text) if text.starts_with(['{', '[']) => {
                let mut document: Json = serde_json::from_str(text).unwrap_or_default();
                if document.is_null() {
                    return redactor.cleaned(text).map(Sql::Text);
                }
                redactor
                    .clean(&mut document)
                    .then(|| Sql::Text(document.to_string()))
            }
            Sql::Text(text) => {
                let cleaned = redactor.cleaned(text)?;
                Some(if is_text {
                    Sql::Text(cleaned)
                } else {
                    Sql::Null
                })
            }
            Sql::Integer(number) => redactor.is_whole(&number.to_string()).then_some(Sql::Null),
            Sql::Real(number) => redactor.is_whole(&number.to_string()).then_some(Sql::Null),
            Sql::Blob(bytes) => redactor.is_in(bytes).then_some(Sql::Null),
            Sql::Null => None,
        }
    }

    fn update(
        &self,
        table: &str,
        key: &str,
        columns: &[String],
        rows: Vec<NewRow>,
        rest: &str,
    ) -> rusqlite::Result<()> {
        let table = quote(table);
        for (fid, new) in rows {
            let sets: Vec<_> = new
                .iter()
                .map(|(place, _)| format!("{} = ?", quote(&columns[*place])))
                .collect();
            let sql = format!(
                "UPDATE {table} SET {}{rest} WHERE {key} = ?",
                sets.join(", ")
            );
            let values = new
                .into_iter()
                .map(|(_, value)| value)
                .chain([Sql::Integer(fid)]);
            self.transaction
                .prepare_cached(&sql)?
                .execute(params_from_iter(values))?;
        }
        Ok(())
    }

    /// Erases in all versions of features.
    fn history(&mut self, layers: &LayerSet) -> rusqlite::Result<()> {
        let mut found: Vec<(i64, String)> = Vec::new();
        let sql =
            "SELECT seq, layer, id, \"values\" FROM obzor_history WHERE \"values\" IS NOT NULL";
        let mut statement = self.transaction.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut values: Json =
                serde_json::from_str(row.get_ref(3)?.as_str()?).unwrap_or_default();
            let (layer, id) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
            if clean_version(
                self.redaction,
                &mut self.erased,
                layers,
                [layer, id],
                &mut values,
            ) {
                found.push((row.get(0)?, values.to_string()));
            }
        }
        self.erased.add(RedactionPlace::History, found.len());
        for (seq, values) in found.into_iter().filter(|_| !self.redaction.dry_run) {
            let sql = "UPDATE obzor_history SET \"values\" = ?2 WHERE seq = ?1";
            self.transaction
                .prepare_cached(sql)?
                .execute(params![seq, values])?;
        }
        Ok(())
    }

    /// Erases in every table that is neither a layer's, nor history, nor the audit log: also in those of other programs.
    fn other_tables(&mut self, layers: &LayerSet) -> rusqlite::Result<()> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
                   AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'rtree_*' AND name NOT GLOB 'obzor_audit*'
                   AND name <> 'obzor_history' AND sql NOT LIKE '%WITHOUT ROWID%'";
        let mut statement = self.transaction.prepare(sql)?;
        let tables = statement.query_map([], |row| row.get(0))?;
        let tables: Vec<String> = tables.collect::<rusqlite::Result<_>>()?;
        for table in tables
            .into_iter()
            .filter(|name| layers.named(name).is_none())
        {
            let columns = self.columns(&table)?;
            let rows = self.rows(&quote(&table), "rowid", &columns, "", &|_| true)?;
            let (place, rest) = match table.as_str() {
                "obzor_revisions" => (RedactionPlace::Revisions, ""),
                "obzor_records" => (RedactionPlace::Records, ", version = version + 1"),
                "obzor_operations" => (RedactionPlace::Operations, ""),
                "obzor_conflicts" => (RedactionPlace::Conflicts, ""),
                "obzor_served" => (RedactionPlace::Served, ""),
                other => (RedactionPlace::Table(other.to_owned()), ""),
            };
            self.erased.add(place, rows.len());
            if !self.redaction.dry_run {
                self.update(&table, "rowid", &columns, rows, rest)?;
            }
        }
        Ok(())
    }

    fn columns(&self, table: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self
            .transaction
            .prepare("SELECT name FROM pragma_table_info(?1)")?;
        statement.query_map([table], |row| row.get(0))?.collect()
    }
}

/// Returns what stands for a whole value; none when nothing is there.
fn whole(
    redaction: &Redaction<'_>,
    erased: &mut Erased,
    value: &Sql,
    is_text: bool,
) -> Option<Sql> {
    match value {
        Sql::Null => None,
        Sql::Text(text) => {
            let mark = redaction.redactor.mark_of(text)?;
            erased.keep(text);
            Some(if is_text { Sql::Text(mark) } else { Sql::Null })
        }
        _ => Some(Sql::Null),
    }
}
