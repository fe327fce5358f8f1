//! A look at an attached table: what changed since the last one, told to everybody by the change log.
//!
//! Of a table that is polled one server remembers a mark for each row, sixteen bytes, and only that server looks; what it
//! finds the others read in the log. When another takes over, it says that any rows may have changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use postgres::types::{FromSql, Type};
use serde_json::json;

use super::trigger::has_triggers;
use super::{Table, key, qualified};
use crate::store::postgis::column::Sql;
use crate::store::postgis::connection::{During, Session};
use crate::store::sql::quote;
use crate::{Freshness, Origin, StoreError, Watch};

const ACT: &str = "look at an attached table";
/// How many changed rows are told one by one; more are told as the whole layer.
const MOST_TOLD: usize = 1000;

/// The mark of each row by its key, in the order of the keys.
type Marks = Vec<(i64, i64)>;

/// What one server remembers of one table.
#[derive(Default)]
pub(super) struct Memory(Mutex<Option<Marks>>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Option<Marks>> {
        // What is there is replaced whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks at a table, if this server is the one who does, and says as of when its state is known.
pub(super) fn look(
    session: &mut Session,
    table: &Table,
    may_look: bool,
    server: &Sql,
) -> Result<Option<Freshness>, StoreError> {
    match table.source.watch {
        Watch::Trigger => look_for_trigger(session, table, may_look, server).map(Some),
        Watch::Poll(_) => {
            if may_look {
                poll(session, table, server)?;
            }
            last_look(session, table)
        }
    }
}

/// Returns when the table was last looked at, by whichever server.
fn last_look(session: &mut Session, table: &Table) -> Result<Option<Freshness>, StoreError> {
    let sql = "SELECT looked_at FROM obzor_store.attached WHERE layer = $1";
    let row = session.first(sql, &[layer(table)]).during(ACT)?;
    Ok(row.map(|row| Freshness {
        as_of: row.get(0),
        live: false,
    }))
}

/// Checks that the trigger is there; after a time without it, says that any rows may have changed.
fn look_for_trigger(
    session: &mut Session,
    table: &Table,
    may_look: bool,
    server: &Sql,
) -> Result<Freshness, StoreError> {
    let is_there = has_triggers(session, table)?;
    let sql =
        "SELECT now(), (SELECT looker IS NOT NULL FROM obzor_store.attached WHERE layer = $1)";
    let row = session.query(sql, &[layer(table)]).during(ACT)?.remove(0);
    let was_there = row.get::<_, Option<bool>>(1);
    if may_look && was_there != Some(is_there) {
        let server = if is_there { server.clone() } else { Sql::Null };
        note(session, table, server, json!([]), is_there)?;
    }
    if is_there {
        return Ok(Freshness {
            as_of: row.get(0),
            live: true,
        });
    }
    Err(StoreError::Unusable(format!(
        "the table {} lacks a trigger that tells of its changes; `obzor attach trigger-sql {}` prints it for its owner",
        table.source.name(),
        table.layer.id
    )))
}

/// Compares the rows with what is remembered of them and writes down what differs.
fn poll(session: &mut Session, table: &Table, server: &Sql) -> Result<(), StoreError> {
    let mut memory = table.memory.lock();
    // After a look that failed, readers may lack more than the rows that differ.
    let before = memory.take();
    session
        .begin("ISOLATION LEVEL READ COMMITTED")
        .during(ACT)?;
    let sql = "SELECT looker = $2 FROM obzor_store.attached WHERE layer = $1";
    let looker = session.first(sql, &[layer(table), server.clone()]);
    let was_mine = looker.during(ACT)?.and_then(|row| row.get(0)) == Some(true);
    let marks = read_marks(session, table)?;
    let changed = before
        .filter(|_| was_mine)
        .map(|old| differences(&old, &marks));
    let few = changed.filter(|changed| changed.len() <= MOST_TOLD);
    let (found, whole) = few.map_or((json!([]), true), |few| (json!(few), false));
    note(session, table, server.clone(), found, whole)?;
    session.commit().during(ACT)?;
    *memory = Some(marks);
    Ok(())
}

fn note(
    session: &mut Session,
    table: &Table,
    server: Sql,
    found: serde_json::Value,
    whole: bool,
) -> Result<(), StoreError> {
    let values = [layer(table), server, Sql::Jsonb(found), Sql::Boolean(whole)];
    let noted = session.query("SELECT obzor_store.note_look($1, $2, $3, $4)", &values);
    noted.during("write down what a look found").map(drop)
}

fn layer(table: &Table) -> Sql {
    Sql::Text(table.layer.id.to_string())
}

/// Reads a mark for each row that changes whenever the row does.
fn read_marks(session: &mut Session, table: &Table) -> Result<Marks, StoreError> {
    let key = key(&table.source);
    let mark = if table.has_versions {
        "t.xmin".to_owned()
    } else {
        format!(
            "hashtextextended(ROW({})::text, 0)",
            columns(table).join(", ")
        )
    };
    let sql = format!(
        "SELECT {key}::bigint, {mark} FROM {} t",
        qualified(&table.source)
    );
    let mut rows = 0_usize;
    let marks = session.collect(&sql, &[], |row| {
        rows += 1;
        let mark = if table.has_versions {
            row.get::<_, TransactionId>(1).0
        } else {
            row.get(1)
        };
        Some((row.get::<_, Option<i64>>(0)?, mark))
    });
    let mut marks = marks.during(ACT)?;
    marks.sort_unstable();
    marks.dedup_by_key(|(key, _)| *key);
    marks.shrink_to_fit();
    table.tell_unnamed(rows - marks.len());
    Ok(marks)
}

/// Returns the columns that the layer shows.
fn columns(table: &Table) -> Vec<String> {
    let source = &table.source;
    let fields = table.layer.fields.iter();
    let shown = fields.filter_map(|field| match source.origin(field) {
        Origin::Column(column) => Some(column),
        Origin::Fixed(_) => None,
    });
    let shown = shown.chain(source.geometry.as_deref());
    shown.map(|column| format!("t.{}", quote(column))).collect()
}

/// Returns what differs, at most one more than is told one by one: the keys in their order, with what was done.
fn differences(old: &Marks, new: &Marks) -> Vec<(i64, &'static str)> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    let mut found = Vec::new();
    while found.len() <= MOST_TOLD {
        match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(before), Some(after)) if before.0 == after.0 => {
                if before.1 != after.1 {
                    found.push((after.0, "update"));
                }
                old.next();
                new.next();
            }
            (Some(before), after) if after.is_none_or(|after| before.0 < after.0) => {
                found.push((before.0, "delete"));
                old.next();
            }
            (_, Some(after)) => {
                found.push((after.0, "insert"));
                new.next();
            }
            (Some(_), None) => unreachable!("a key without another beside it is gone"),
        }
    }
    found
}

/// The number of the transaction that wrote a row.
struct TransactionId(i64);

impl<'a> FromSql<'a> for TransactionId {
    fn from_sql(
        _kind: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let number = u32::from_be_bytes(raw.try_into()?);
        Ok(Self(number.into()))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::XID
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_each_row_and_stop_when_there_are_many() {
        let old = vec![(1, 10), (2, 10), (4, 10)];
        let new = vec![(0, 10), (2, 11), (4, 10), (9, 1)];
        assert_eq!(
            differences(&old, &new),
            [(0, "insert"), (1, "delete"), (2, "update"), (9, "insert")]
        );
        assert_eq!(differences(&new, &new), []);
        let many: Marks = (0..5000).map(|key| (key, 1)).collect();
        assert_eq!(differences(&many, &Vec::new()).len(), MOST_TOLD + 1);
    }
}
