//! The ledger in and out, as it is.

use std::collections::VecDeque;

use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use super::super::connection::During;
use super::super::ledger::{conflict_row, operation_row};
use super::super::log::{instant, read_instant};
use crate::merge::{ConflictRow, LedgerRow, LedgerStream, OperationRow, ServedRow};
use crate::store::ledger::searched_device;
use crate::{Revision, StoreError};

const ACT: &str = "read what is kept of operations";
const WRITE: &str = "take over what is kept of operations";
/// How many rows are read at once.
const PAGE: usize = 1000;

type Read = fn(&Row<'_>) -> rusqlite::Result<LedgerRow>;

/// The tables in their order: the columns after the key, and how a row is read.
const TABLES: [(&str, Read); 3] = [
    (
        "SELECT seq, sender, at, is_blind, revision, operation, outcome FROM obzor_operations
         WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        |row| operation_row(row).map(LedgerRow::Operation),
    ),
    (
        "SELECT seq, operation, part, layer, feature, municipality, opened, conflict, decision FROM obzor_conflicts
         WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        |row| conflict_row(row).map(LedgerRow::Conflict),
    ),
    (
        "SELECT place, reader, layer, revision, at FROM
           (SELECT row_number() OVER (ORDER BY reader, layer, revision) AS place, * FROM obzor_served)
         WHERE place > ?1 ORDER BY place LIMIT ?2",
        |row| served_row(row).map(LedgerRow::Served),
    ),
];

fn served_row(row: &Row<'_>) -> rusqlite::Result<ServedRow> {
    Ok(ServedRow {
        reader: row.get(1)?,
        layer: row.get(2)?,
        revision: Revision(row.get(3)?),
        at: read_instant(row, 4)?,
    })
}

/// The rows of all tables, by pages.
pub(super) struct Rows<'a> {
    connection: &'a Connection,
    tables: &'static [(&'static str, Read)],
    after: i64,
    page: VecDeque<LedgerRow>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(connection: &'a Connection) -> Self {
        Self {
            connection,
            tables: &TABLES,
            after: 0,
            page: VecDeque::new(),
        }
    }

    /// Reads more; false when there is no more.
    fn read_on(&mut self) -> rusqlite::Result<bool> {
        let Some((sql, read)) = self.tables.first() else {
            return Ok(false);
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.after, PAGE as i64])?;
        while let Some(row) = rows.next()? {
            self.after = row.get(0)?;
            self.page.push_back(read(row)?);
        }
        if self.page.len() < PAGE {
            self.tables = &self.tables[1..];
            self.after = 0;
        }
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
    connection: &mut Connection,
    ledger: LedgerStream<'_>,
) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during(WRITE)?;
    let empty =
        "DELETE FROM obzor_operations; DELETE FROM obzor_conflicts; DELETE FROM obzor_served";
    transaction.execute_batch(empty).during(WRITE)?;
    for row in ledger {
        match row? {
            LedgerRow::Operation(row) => write_operation(&transaction, &row),
            LedgerRow::Conflict(row) => write_conflict(&transaction, &row),
            LedgerRow::Served(row) => write_served(&transaction, &row),
        }
        .during(WRITE)?;
    }
    transaction.commit().during(WRITE)
}

fn write_operation(transaction: &Transaction<'_>, row: &OperationRow) -> rusqlite::Result<()> {
    let said = |name: &str| row.operation[name].as_str().unwrap_or_default();
    let sql = "INSERT INTO obzor_operations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let values = params![
        row.seq,
        said("id"),
        searched_device(&row.operation),
        said("layer"),
        said("feature"),
        row.sender,
        instant(row.at),
        row.is_blind,
        row.revision.map(|revision| revision.0),
        row.operation.to_string(),
        row.outcome.to_string()
    ];
    transaction.prepare_cached(sql)?.execute(values).map(drop)
}

fn write_conflict(transaction: &Transaction<'_>, row: &ConflictRow) -> rusqlite::Result<()> {
    let sql = "INSERT INTO obzor_conflicts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let values = params![
        row.seq,
        row.operation,
        row.part,
        row.layer,
        row.feature,
        row.municipality,
        instant(row.opened),
        row.conflict.to_string(),
        row.decision.as_ref().map(ToString::to_string)
    ];
    transaction.prepare_cached(sql)?.execute(values).map(drop)
}

fn write_served(transaction: &Transaction<'_>, row: &ServedRow) -> rusqlite::Result<()> {
    let sql = "INSERT INTO obzor_served VALUES (?1, ?2, ?3, ?4)";
    let values = params![row.reader, row.layer, row.revision.0, instant(row.at)];
    transaction.prepare_cached(sql)?.execute(values).map(drop)
}
