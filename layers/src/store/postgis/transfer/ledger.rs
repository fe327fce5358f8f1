//! The ledger in and out, as it is.

use std::collections::VecDeque;

use postgres::{Error, Row};
use serde_json::{Value as Json, json};

use super::super::column::Sql;
use super::super::connection::{During, Session};
use super::super::ledger::{conflict_row, operation_row};
use crate::merge::{LedgerRow, LedgerStream, ServedRow};
use crate::store::ledger::searched_device;
use crate::{Revision, StoreError};

const ACT: &str = "read what is kept of operations";
const WRITE: &str = "take over what is kept of operations";
/// How many rows are read or written at once.
const PAGE: usize = 1000;

type Read = fn(&Row) -> LedgerRow;

/// The tables in their order: what is read of them, with the key first, and how a row is read.
const TABLES: [(&str, Read); 3] = [
    (
        "SELECT seq, sender, at, is_blind, (SELECT revision FROM obzor_store.revisions r WHERE r.change_set = o.change_set),
           operation, outcome FROM obzor_store.operations o WHERE seq > $1 ORDER BY seq LIMIT $2",
        |row| LedgerRow::Operation(operation_row(row)),
    ),
    (
        "SELECT seq, operation, part, layer, feature, municipality, opened, conflict, decision
         FROM obzor_store.conflicts WHERE seq > $1 ORDER BY seq LIMIT $2",
        |row| LedgerRow::Conflict(conflict_row(row)),
    ),
    (
        "SELECT * FROM (SELECT row_number() OVER (ORDER BY reader, layer, revision) AS place, reader, layer, revision, at
           FROM obzor_store.served) s WHERE place > $1 ORDER BY place LIMIT $2",
        |row| LedgerRow::Served(served_row(row)),
    ),
];

fn served_row(row: &Row) -> ServedRow {
    ServedRow {
        reader: row.get(1),
        layer: row.get(2),
        revision: Revision(row.get(3)),
        at: row.get(4),
    }
}

/// The rows of all tables, by pages.
pub(super) struct Rows<'a> {
    session: &'a mut Session,
    tables: &'static [(&'static str, Read)],
    after: i64,
    page: VecDeque<LedgerRow>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(session: &'a mut Session) -> Self {
        Self {
            session,
            tables: &TABLES,
            after: 0,
            page: VecDeque::new(),
        }
    }

    /// Reads more; false when there is no more.
    fn read_on(&mut self) -> Result<bool, Error> {
        let Some((sql, read)) = self.tables.first() else {
            return Ok(false);
        };
        let values = [Sql::Integer(self.after), Sql::Integer(PAGE as i64)];
        let rows = self.session.query(sql, &values)?;
        self.after = rows.last().map_or(0, |row| row.get(0));
        if rows.len() < PAGE {
            self.tables = &self.tables[1..];
            self.after = 0;
        }
        self.page.extend(rows.iter().map(read));
        Ok(true)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<LedgerRow, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.page.is_empty() {
            match self.read_on() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.tables = &[];
                    return Some(Err(error).during(ACT));
                }
            }
        }
        self.page.pop_front().map(Ok)
    }
}

/// Makes this ledger the only one.
pub(in super::super) fn take_over_ledger(
    session: &mut Session,
    ledger: LedgerStream<'_>,
) -> Result<(), StoreError> {
    session.begin("").during(WRITE)?;
    let empty = "SET LOCAL ROLE NONE; SET LOCAL statement_timeout = 0;
         DELETE FROM obzor_store.operations; DELETE FROM obzor_store.conflicts; DELETE FROM obzor_store.served";
    session.client().batch_execute(empty).during(WRITE)?;
    let mut waiting: [Vec<Json>; 3] = Default::default();
    for row in ledger {
        let (table, row) = document(&row?);
        waiting[table].push(row);
        if waiting[table].len() == PAGE {
            write(session, table, std::mem::take(&mut waiting[table])).during(WRITE)?;
        }
    }
    for (table, rows) in waiting.into_iter().enumerate() {
        write(session, table, rows).during(WRITE)?;
    }
    // What comes next gets the places after those that were taken over.
    for table in ["operations", "conflicts"] {
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('obzor_store.{table}', 'seq'), max(seq)) FROM obzor_store.{table}
             HAVING max(seq) IS NOT NULL"
        );
        session.query(&sql, &[]).during(WRITE)?;
    }
    session.commit().during(WRITE)
}

/// Returns a row as a document, and in which of [`INSERTS`] it goes; documents in it are texts.
fn document(row: &LedgerRow) -> (usize, Json) {
    match row {
        LedgerRow::Operation(row) => {
            let document = json!({
                "seq": row.seq,
                "id": row.operation["id"],
                "device": searched_device(&row.operation),
                "layer": row.operation["layer"],
                "feature": row.operation["feature"],
                "sender": row.sender,
                "at": row.at.to_rfc3339(),
                "is_blind": row.is_blind,
                "revision": row.revision,
                "operation": row.operation.to_string(),
                "outcome": row.outcome.to_string(),
            });
            (0, document)
        }
        LedgerRow::Conflict(row) => {
            let document = json!({
                "seq": row.seq,
                "operation": row.operation,
                "part": row.part,
                "layer": row.layer,
                "feature": row.feature,
                "municipality": row.municipality,
                "opened": row.opened.to_rfc3339(),
                "conflict": row.conflict.to_string(),
                "decision": row.decision.as_ref().map(ToString::to_string),
            });
            (1, document)
        }
        LedgerRow::Served(row) => {
            let document = json!({
                "reader": row.reader,
                "layer": row.layer,
                "revision": row.revision,
                "at": row.at.to_rfc3339(),
            });
            (2, document)
        }
    }
}

const INSERTS: [&str; 3] = [
    "INSERT INTO obzor_store.operations
       (seq, id, device, layer, feature, sender, at, is_blind, change_set, operation, outcome) OVERRIDING SYSTEM VALUE
     SELECT (r ->> 'seq')::bigint, (r ->> 'id')::uuid, r ->> 'device', r ->> 'layer', (r ->> 'feature')::uuid,
       r ->> 'sender', (r ->> 'at')::timestamptz, (r ->> 'is_blind')::boolean,
       (SELECT change_set FROM obzor_store.revisions WHERE revision = (r ->> 'revision')::bigint),
       (r ->> 'operation')::json, (r ->> 'outcome')::json FROM json_array_elements($1::text::json) r",
    "INSERT INTO obzor_store.conflicts
       (seq, operation, part, layer, feature, municipality, opened, conflict, decision) OVERRIDING SYSTEM VALUE
     SELECT (r ->> 'seq')::bigint, (r ->> 'operation')::uuid, r ->> 'part', r ->> 'layer', (r ->> 'feature')::uuid,
       (r ->> 'municipality')::bigint, (r ->> 'opened')::timestamptz, (r ->> 'conflict')::json, (r ->> 'decision')::json
     FROM json_array_elements($1::text::json) r",
    "INSERT INTO obzor_store.served
     SELECT r ->> 'reader', r ->> 'layer', (r ->> 'revision')::bigint, (r ->> 'at')::timestamptz
     FROM json_array_elements($1::text::json) r",
];

fn write(session: &mut Session, table: usize, rows: Vec<Json>) -> Result<(), Error> {
    let rows = Sql::Text(Json::Array(rows).to_string());
    session.execute(INSERTS[table], &[rows]).map(drop)
}
