//! The audit log.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params, params_from_iter};

use super::connection::During;
use crate::StoreError;
use crate::audit::{ALL_LAYERS, AuditEvent, AuditQuery, AuditRow, ChainEnd, GENESIS, link};

const ACT: &str = "write to the audit log";

/// Whether the file has the log: one made by an older program has none yet.
pub(super) fn has_tables(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'obzor_audit'";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Adds the tables of the log.
pub(super) fn add_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("audit.sql"))
}

/// Adds events to the end of a chain.
pub(super) fn append(
    connection: &mut Connection,
    chain: &str,
    events: &[AuditEvent],
) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during(ACT)?;
    let (mut seq, mut hash) = end(&transaction, chain).during(ACT)?;
    for event in events {
        let text = event.text();
        seq += 1;
        hash = link(chain, seq, &hash, &text);
        add(&transaction, chain, seq, &text, &hash).during(ACT)?;
    }
    note_end(&transaction, chain, seq, &hash).during(ACT)?;
    transaction.commit().during(ACT)
}

/// Returns the place and hash of the last row of a chain.
fn end(connection: &Connection, chain: &str) -> rusqlite::Result<(i64, String)> {
    let sql = "SELECT seq, hash FROM obzor_audit_ends WHERE chain = ?1";
    let end = connection.query_row(sql, [chain], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(end.optional()?.unwrap_or((0, GENESIS.to_owned())))
}

fn add(
    connection: &Connection,
    chain: &str,
    seq: i64,
    text: &str,
    hash: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO obzor_audit (chain, seq, event, hash) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![chain, seq, text, hash])
        .map(drop)
}

fn note_end(connection: &Connection, chain: &str, seq: i64, hash: &str) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO obzor_audit_ends VALUES (?1, ?2, ?3)";
    connection.execute(sql, params![chain, seq, hash]).map(drop)
}

/// Returns the rows that a query looks for, the newest first.
pub(super) fn search(
    connection: &Connection,
    query: &AuditQuery,
) -> Result<Vec<AuditRow>, StoreError> {
    let text = |value: &Option<String>| value.clone().map(Sql::Text);
    let act = query.act.map(|act| Sql::Text(act.as_str().to_owned()));
    let conditions = [
        ("actor = ?", text(&query.actor)),
        ("act = ?", act),
        ("dataset = ?", text(&query.dataset)),
        ("municipality = ?", query.municipality.map(Sql::Integer)),
        ("at >= ?", text(&query.from)),
        ("at < ?", text(&query.until)),
    ];
    let given = conditions.into_iter();
    let given = given.filter_map(|(sql, value)| Some((sql.to_owned(), value?)));
    let (mut wheres, mut values): (Vec<_>, Vec<_>) = given.unzip();
    if let Some(layer) = &query.layer {
        wheres.push("layer IN (?, ?)".to_owned());
        values.extend([layer, ALL_LAYERS].map(|name| Sql::Text(name.to_owned())));
    }
    let limit = query.limit.map_or(-1, |limit| limit as i64);
    values.push(Sql::Integer(limit));
    let wheres = if wheres.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", wheres.join(" AND "))
    };
    let sql = format!(
        "SELECT chain, seq, event, hash FROM obzor_audit {wheres} ORDER BY at DESC, chain DESC, seq DESC LIMIT ?"
    );
    rows(connection, &sql, values).during("search the audit log")
}

/// Returns rows after a place, by chain and place.
pub(super) fn page(
    connection: &Connection,
    after: Option<(&str, i64)>,
    at_most: u64,
) -> Result<Vec<AuditRow>, StoreError> {
    let (chain, seq) = after.unwrap_or_default();
    let values = vec![
        Sql::Text(chain.to_owned()),
        Sql::Integer(seq),
        Sql::Integer(at_most as i64),
    ];
    let sql = "SELECT chain, seq, event, hash FROM obzor_audit WHERE (chain, seq) > (?, ?) ORDER BY chain, seq LIMIT ?";
    rows(connection, sql, values).during("read the audit log")
}

fn rows(connection: &Connection, sql: &str, values: Vec<Sql>) -> rusqlite::Result<Vec<AuditRow>> {
    let row = |row: &Row<'_>| {
        Ok(AuditRow {
            chain: row.get(0)?,
            seq: row.get(1)?,
            text: row.get(2)?,
            hash: row.get(3)?,
        })
    };
    let mut statement = connection.prepare_cached(sql)?;
    statement
        .query_map(params_from_iter(values), row)?
        .collect()
}

/// Returns the end of every chain, as it was noted.
pub(super) fn ends(connection: &Connection) -> Result<Vec<ChainEnd>, StoreError> {
    let act = "read the audit log";
    let end = |row: &Row<'_>| {
        Ok(ChainEnd {
            chain: row.get(0)?,
            seq: row.get(1)?,
            hash: row.get(2)?,
        })
    };
    let mut statement = connection
        .prepare_cached("SELECT chain, seq, hash FROM obzor_audit_ends ORDER BY chain")
        .during(act)?;
    let ends = statement.query_map([], end);
    ends.and_then(Iterator::collect).during(act)
}

/// Adds rows of another store as they are.
pub(super) fn take_over(connection: &mut Connection, rows: &[AuditRow]) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during(ACT)?;
    for row in rows {
        let (seq, hash) = end(&transaction, &row.chain).during(ACT)?;
        if row.seq <= seq {
            continue;
        }
        row.refuse_strange(seq, &hash)?;
        add(&transaction, &row.chain, row.seq, &row.text, &row.hash).during(ACT)?;
        note_end(&transaction, &row.chain, row.seq, &row.hash).during(ACT)?;
    }
    transaction.commit().during(ACT)
}
