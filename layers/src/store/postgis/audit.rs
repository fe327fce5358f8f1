//! The audit log. The program may only read it and call the function that adds to it.

use postgres::Row;
use serde_json::json;

use super::PostgisStore;
use super::column::Sql;
use super::connection::{During, Session};
use crate::StoreError;
use crate::audit::{ALL_LAYERS, AuditEvent, AuditQuery, AuditRow, AuditStore, ChainEnd, GENESIS};

const ACT: &str = "write to the audit log";

impl AuditStore for PostgisStore {
    fn append_audit(&self, chain: &str, events: &[AuditEvent]) -> Result<(), StoreError> {
        append(&mut *self.pool.take()?, chain, events)
    }

    fn search_audit(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        search(&mut *self.pool.take()?, query)
    }

    fn audit_rows(
        &self,
        after: Option<(&str, i64)>,
        at_most: u64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        page(&mut *self.pool.take()?, after, at_most)
    }

    fn audit_ends(&self) -> Result<Vec<ChainEnd>, StoreError> {
        ends(&mut *self.pool.take()?)
    }

    fn take_over_audit(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        take_over(&mut *self.pool.take()?, rows)
    }
}

/// Adds events to the end of a chain.
fn append(session: &mut Session, chain: &str, events: &[AuditEvent]) -> Result<(), StoreError> {
    let texts: Vec<_> = events.iter().map(AuditEvent::text).collect();
    let values = [
        Sql::Text(chain.to_owned()),
        Sql::Text(json!(texts).to_string()),
    ];
    // A statement of its own is a transaction of its own.
    let sql = "SELECT obzor_store.append_audit($1, $2::text::json)";
    session.query(sql, &values).during(ACT).map(drop)
}

/// Returns the rows that a query looks for, the newest first.
fn search(session: &mut Session, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
    let text = |value: &Option<String>| value.clone().map(Sql::Text);
    let act = query.act.map(|act| Sql::Text(act.as_str().to_owned()));
    let conditions = [
        ("actor =", text(&query.actor)),
        ("act =", act),
        ("dataset =", text(&query.dataset)),
        ("municipality =", query.municipality.map(Sql::Integer)),
        ("at >=", text(&query.from)),
        ("at <", text(&query.until)),
    ];
    let (mut wheres, mut values) = (vec!["true".to_owned()], Vec::new());
    for (sql, value) in conditions {
        if let Some(value) = value {
            values.push(value);
            wheres.push(format!("{sql} ${}", values.len()));
        }
    }
    if let Some(layer) = &query.layer {
        values.extend([layer, ALL_LAYERS].map(|name| Sql::Text(name.to_owned())));
        let last = values.len();
        wheres.push(format!("layer IN (${}, ${last})", last - 1));
    }
    let limit = query.limit.map_or(Sql::Null, |n| Sql::Integer(n as i64));
    values.push(limit);
    let sql = format!(
        "SELECT chain, seq, event, hash FROM obzor_store.audit WHERE {} ORDER BY at DESC, chain DESC, seq DESC LIMIT ${}",
        wheres.join(" AND "),
        values.len()
    );
    let rows = session
        .query(&sql, &values)
        .during("search the audit log")?;
    Ok(rows.iter().map(audit_row).collect())
}

/// Returns rows after a place, by chain and place.
fn page(
    session: &mut Session,
    after: Option<(&str, i64)>,
    at_most: u64,
) -> Result<Vec<AuditRow>, StoreError> {
    let (chain, seq) = after.unwrap_or_default();
    let values = [
        Sql::Text(chain.to_owned()),
        Sql::Integer(seq),
        Sql::Integer(at_most as i64),
    ];
    let sql = "SELECT chain, seq, event, hash FROM obzor_store.audit
               WHERE (chain, seq) > ($1, $2) ORDER BY chain, seq LIMIT $3";
    let rows = session.query(sql, &values).during("read the audit log")?;
    Ok(rows.iter().map(audit_row).collect())
}

fn audit_row(row: &Row) -> AuditRow {
    AuditRow {
        chain: row.get(0),
        seq: row.get(1),
        text: row.get(2),
        hash: row.get(3),
    }
}

/// Returns the end of every chain, as it was noted.
fn ends(session: &mut Session) -> Result<Vec<ChainEnd>, StoreError> {
    let sql = "SELECT chain, seq, hash FROM obzor_store.audit_ends ORDER BY chain";
    let rows = session.query(sql, &[]).during("read the audit log")?;
    let end = |row: &Row| ChainEnd {
        chain: row.get(0),
        seq: row.get(1),
        hash: row.get(2),
    };
    Ok(rows.iter().map(end).collect())
}

/// Adds rows of another store as they are; as the owner, as the program can only add events of its own.
fn take_over(session: &mut Session, rows: &[AuditRow]) -> Result<(), StoreError> {
    session.begin_as_owner("").during(ACT)?;
    for row in rows {
        let chain = Sql::Text(row.chain.clone());
        let sql = "SELECT seq, hash FROM obzor_store.audit_ends WHERE chain = $1 FOR UPDATE";
        let end = session
            .first(sql, std::slice::from_ref(&chain))
            .during(ACT)?;
        let end = end.map(|row| (row.get(0), row.get(1)));
        let (seq, hash): (i64, String) = end.unwrap_or((0, GENESIS.to_owned()));
        if row.seq <= seq {
            continue;
        }
        row.refuse_strange(seq, &hash)?;
        let hash = Sql::Text(row.hash.clone());
        let values = [
            chain,
            Sql::Integer(row.seq),
            Sql::Text(row.text.clone()),
            hash,
        ];
        let sql = "INSERT INTO obzor_store.audit (chain, seq, event, hash) VALUES ($1, $2, $3, $4)";
        session.execute(sql, &values).during(ACT)?;
        let [chain, seq, _, hash] = values;
        let sql = "INSERT INTO obzor_store.audit_ends VALUES ($1, $2, $3)
                   ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
        session.execute(sql, &[chain, seq, hash]).during(ACT)?;
    }
    session.commit().during(ACT)
}
