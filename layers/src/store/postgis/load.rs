//! A load of an empty layer: its rows are copied to a table of the owner, which then fills the layer's table at once.

use std::io::{self, Write};

use postgres::error::SqlState;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use postgres::{CopyInWriter, Error};
use uuid::Uuid;

use super::column::{self, Sql};
use super::connection::{During, Session};
use super::row::{FIRST_REV, LayerRows, told};
use crate::{Change, FeatureId, Finding, StoreError, Value};

const ACT: &str = "load many features";
/// How the binary format of `COPY` begins, without flags and further header.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// How many bytes are sent at once.
const BLOCK: usize = 64 << 10;

/// Whether the layer's table takes a load.
pub(super) fn is_possible(session: &mut Session, rows: &LayerRows<'_>) -> Result<bool, StoreError> {
    let sql = format!("SELECT FROM {} LIMIT 1", rows.table());
    Ok(session.first(&sql, &[]).during(ACT)?.is_none())
}

/// What became of a load.
pub(super) struct Loaded {
    /// The features that stand in the way of others, with the places of their changes in the set.
    pub(super) rejected: Vec<(usize, FeatureId, Vec<Finding>)>,
    /// The first change that cannot be part of a load; nothing after it was taken.
    pub(super) next: Option<(usize, Change)>,
}

/// Writes inserts of one layer, with their places in the set, up to the first that breaks the schema.
pub(super) fn load(
    session: &mut Session,
    rows: &LayerRows<'_>,
    mut inserts: impl Iterator<Item = (usize, Change)>,
) -> Result<Loaded, StoreError> {
    // However long it takes: the server waits for what is read from a file.
    let begin = "SET LOCAL statement_timeout = 0";
    session.client().batch_execute(begin).during(ACT)?;
    let layer = Sql::Text(rows.layer().id.to_string());
    let layer = std::slice::from_ref(&layer);
    session
        .query("SELECT obzor_store.begin_load($1)", layer)
        .during(ACT)?;
    let copy = format!(
        "COPY pg_temp.load_rows (fid, {}) FROM STDIN BINARY",
        rows.names()
    );
    let writer = session.client().copy_in(&copy).during(ACT)?;
    let mut waiting = Waiting::new(writer, rows);
    let mut is_any = false;
    let next = loop {
        let Some((index, change)) = inserts.next() else {
            break None;
        };
        if !waiting.take(index, &change)? {
            break Some((index, change));
        }
        is_any = true;
    };
    waiting.finish()?;
    let rejected = if is_any {
        fill(session, rows, layer)?
    } else {
        Vec::new()
    };
    Ok(Loaded { rejected, next })
}

/// Rows on their way to the table beside.
struct Waiting<'a> {
    writer: CopyInWriter<'a>,
    rows: &'a LayerRows<'a>,
    bytes: BytesMut,
}

impl<'a> Waiting<'a> {
    fn new(writer: CopyInWriter<'a>, rows: &'a LayerRows<'a>) -> Self {
        let mut bytes = BytesMut::with_capacity(2 * BLOCK);
        bytes.extend_from_slice(SIGNATURE);
        Self {
            writer,
            rows,
            bytes,
        }
    }

    /// Takes a new feature; false for one that breaks the schema.
    fn take(&mut self, index: usize, change: &Change) -> Result<bool, StoreError> {
        let Change::Insert {
            id,
            geometry,
            values,
            ..
        } = change
        else {
            return Ok(false);
        };
        if !self.rows.check(geometry.as_ref(), values).is_empty() {
            return Ok(false);
        }
        let layer = self.rows.layer();
        let geometry = self.rows.geometry(geometry.as_ref());
        let count = 3 + usize::from(geometry.is_some()) + values.len();
        self.bytes.extend_from_slice(&(count as u16).to_be_bytes());
        self.put(&Sql::Integer(index as i64))?;
        if let Some(geometry) = &geometry {
            self.put(geometry)?;
        }
        self.put(&Sql::Id(id.as_uuid()))?;
        self.put(&Sql::Integer(FIRST_REV))?;
        for (field, value) in layer.fields.iter().zip(values) {
            match value {
                Value::Text(text) => self.put(text)?,
                value => self.put(&Sql::of(&field.field_type, value))?,
            }
        }
        if self.bytes.len() >= BLOCK {
            self.send()?;
        }
        Ok(true)
    }

    /// Puts a value behind its length, which is -1 for none.
    fn put(&mut self, value: &impl ToSql) -> Result<(), StoreError> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        let length = match value.to_sql(&Type::UNKNOWN, &mut self.bytes) {
            Ok(IsNull::Yes) => -1,
            Ok(IsNull::No) => (self.bytes.len() - start - 4) as i32,
            Err(error) => return Err(failed(&*error)),
        };
        self.bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }

    fn send(&mut self) -> Result<(), StoreError> {
        self.writer.write_all(&self.bytes).map_err(sending)?;
        self.bytes.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
        self.send()?;
        self.writer.finish().during(ACT).map(|_| ())
    }
}

fn failed(error: &dyn std::error::Error) -> StoreError {
    StoreError::Engine {
        act: ACT,
        detail: error.to_string(),
    }
}

/// Says what the database said when it took no more.
fn sending(error: io::Error) -> StoreError {
    match error.into_inner() {
        Some(inner) => match inner.downcast::<Error>() {
            Ok(error) => super::connection::store_error(ACT, &error),
            Err(other) => failed(&*other),
        },
        None => StoreError::Unreachable("the connection broke off".to_owned()),
    }
}

/// Fills the layer's table with what was copied, and returns what is in the way of what.
fn fill(
    session: &mut Session,
    rows: &LayerRows<'_>,
    layer: &[Sql],
) -> Result<Vec<(usize, FeatureId, Vec<Finding>)>, StoreError> {
    session.savepoint().during(ACT)?;
    match session.query("SELECT obzor_store.finish_load($1)", layer) {
        Ok(done) if done[0].get(0) => return session.release().during(ACT).map(|()| Vec::new()),
        Ok(_) => session.release().during(ACT)?,
        Err(error) => {
            session.back_to_savepoint().during(ACT)?;
            match error.code() {
                Some(&SqlState::UNIQUE_VIOLATION) => return rejected(session, rows),
                // Somebody uses the table: the ordinary way waits for nobody who only reads.
                Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) => {}
                _ => return Err(error).during(ACT),
            }
        }
    }
    session.savepoint().during(ACT)?;
    let (table, names) = (rows.table(), rows.names());
    let insert =
        format!("INSERT INTO {table} ({names}) SELECT {names} FROM pg_temp.load_rows ORDER BY fid");
    match session.client().batch_execute(&insert) {
        Ok(()) => session.release().during(ACT).map(|()| Vec::new()),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            session.back_to_savepoint().during(ACT)?;
            rejected(session, rows)
        }
        Err(error) => Err(error).during(ACT),
    }
}

/// Writes what does not collide, in the order of the changes, and returns what does.
///
/// The change set is not committed, so the keys may be such as no feature has.
fn rejected(
    session: &mut Session,
    rows: &LayerRows<'_>,
) -> Result<Vec<(usize, FeatureId, Vec<Finding>)>, StoreError> {
    let (table, names) = (rows.table(), rows.names());
    let insert = format!(
        "INSERT INTO {table} (fid, {names}) OVERRIDING SYSTEM VALUE
         SELECT -1 - fid, {names} FROM pg_temp.load_rows ORDER BY fid ON CONFLICT DO NOTHING"
    );
    session.client().batch_execute(&insert).during(ACT)?;
    let layer = rows.layer();
    let key = layer.key.iter().filter_map(|name| layer.field(name));
    let key: Vec<_> = key.collect();
    let columns = key
        .iter()
        .map(|(_, field)| format!(", {}", rows.column(field)));
    let select = format!(
        "SELECT fid, id{} FROM pg_temp.load_rows l
         WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.fid = -1 - l.fid) ORDER BY fid",
        columns.collect::<String>()
    );
    let found = session.client().query(&select, &[]).during(ACT)?;
    let mut rejected = Vec::new();
    for row in found {
        let (index, id): (i64, Uuid) = (row.get(0), row.get(1));
        let mut values = vec![Value::Null; layer.fields.len()];
        for (column, (place, field)) in (2..).zip(&key) {
            values[*place] = column::value(field, &row, column).unwrap_or_default();
        }
        let findings = told(rows.in_the_way(session, id.into(), &values)?, true)?;
        rejected.push((index as usize, id.into(), findings));
    }
    Ok(rejected)
}
