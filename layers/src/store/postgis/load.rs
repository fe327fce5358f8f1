//! A load of an empty layer: all its rows at once, copied by the owner, or by the program to a table of the owner beside.

mod namesakes;

use std::io::{self, Write};

use postgres::error::SqlState;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use postgres::{CopyInWriter, Error};

use super::column::Sql;
use super::connection::{During, Session};
use super::row::{FIRST_REV, LayerRows};
use crate::store::sql::literal;
use crate::{Change, StoreError, Value};

use self::namesakes::Rejected;

const ACT: &str = "load many features";
/// How the binary format of `COPY` begins, without flags and further header.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// How many bytes are sent at once.
const BLOCK: usize = 64 << 10;
/// How many bytes make a piece: about as much as the server keeps of a temporary table in memory (`temp_buffers`).
///
/// In tests a piece is one row.
const PIECE: usize = if cfg!(test) { 64 } else { 8 << 20 };

/// However long it takes: the server waits for what is read from a file. And room to sort a million keys in.
const SETTINGS: &str = "SET LOCAL statement_timeout = 0;
    SELECT set_config('maintenance_work_mem', '256MB', true)
    WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB')";

/// What became of a load.
pub(super) struct Loaded {
    /// The features that others stand in the way of.
    pub(super) rejected: Vec<Rejected>,
    /// The first change that cannot be part of a load; nothing after it was taken.
    pub(super) next: Option<(usize, Change)>,
}

/// A load that has begun: the layer's table is empty and has no indexes.
pub(super) struct Load<'a> {
    rows: &'a LayerRows<'a>,
    layer: [Sql; 1],
    /// What is added to the place of a change in the set to get the key of its row.
    before: i64,
    /// Whether the login role may work as the owner, whose rows need no table beside.
    is_owner: bool,
}

impl<'a> Load<'a> {
    /// Begins a load of what follows a place in a change set; none when the table has rows, is in use, or has rules that
    /// are not the store's.
    pub(super) fn begin(
        session: &mut Session,
        rows: &'a LayerRows<'a>,
        place: usize,
    ) -> Result<Option<Self>, StoreError> {
        let any = format!("SELECT FROM {} LIMIT 1", rows.table());
        if session.first(&any, &[]).during(ACT)?.is_some() {
            return Ok(None);
        }
        let layer = [Sql::Text(rows.layer().id.to_string())];
        session.savepoint().during(ACT)?;
        let first = match session.query("SELECT obzor_store.begin_load($1)", &layer) {
            Ok(begun) => begun[0].get(0),
            // Somebody uses the table: the ordinary way waits for nobody who only reads.
            Err(error) if is_held_up(&error) => None,
            Err(error) => return Err(error).during(ACT),
        };
        let Some(first): Option<i64> = first else {
            session.back_to_savepoint().during(ACT)?;
            return Ok(None);
        };
        session.release().during(ACT)?;
        session.client().batch_execute(SETTINGS).during(ACT)?;
        Ok(Some(Self {
            rows,
            layer,
            before: first - place as i64,
            is_owner: session.may_own().during(ACT)?,
        }))
    }

    /// Writes inserts of the layer, with their places in the set, up to the first that breaks the schema.
    pub(super) fn write(
        self,
        session: &mut Session,
        mut inserts: impl Iterator<Item = (usize, Change)>,
    ) -> Result<Loaded, StoreError> {
        let end = if self.is_owner {
            self.write_straight(session, &mut inserts)?
        } else {
            self.write_pieces(session, &mut inserts)?
        };
        Ok(Loaded {
            rejected: self.finish(session)?,
            next: match end {
                End::At(index, change) => Some((index, change)),
                End::OfPiece | End::OfAll => None,
            },
        })
    }

    /// Copies all rows to the layer's table, as its owner.
    fn write_straight(
        &self,
        session: &mut Session,
        inserts: &mut impl Iterator<Item = (usize, Change)>,
    ) -> Result<End, StoreError> {
        let table = self.rows.table();
        let triggers = |act: &str| {
            format!("ALTER TABLE {table} {act} TRIGGER obzor_insert, {act} TRIGGER obzor_fill")
        };
        let program = session.become_owner().during(ACT)?;
        session
            .client()
            .batch_execute(&triggers("DISABLE"))
            .during(ACT)?;
        let (is_any, end) = self.copy(session, table, usize::MAX, inserts)?;
        session
            .client()
            .batch_execute(&triggers("ENABLE"))
            .during(ACT)?;
        if is_any {
            let sql = format!(
                "SELECT obzor_store.enter_load($1, {}::regclass)",
                literal(table)
            );
            session.query(&sql, &self.layer).during(ACT)?;
        }
        session.become_role(program).during(ACT)?;
        Ok(end)
    }

    /// Copies rows to the table beside, from where the owner moves them, piece by piece.
    fn write_pieces(
        &self,
        session: &mut Session,
        inserts: &mut impl Iterator<Item = (usize, Change)>,
    ) -> Result<End, StoreError> {
        loop {
            let (is_any, end) = self.copy(session, "pg_temp.load_rows", PIECE, inserts)?;
            if is_any {
                let sql = "SELECT obzor_store.load_piece($1)";
                session.query(sql, &self.layer).during(ACT)?;
            }
            if !matches!(end, End::OfPiece) {
                return Ok(end);
            }
        }
    }

    /// Copies rows to a table, up to so many bytes; says whether there were any, and why there were no more.
    fn copy(
        &self,
        session: &mut Session,
        to: &str,
        most: usize,
        inserts: &mut impl Iterator<Item = (usize, Change)>,
    ) -> Result<(bool, End), StoreError> {
        let names = self.rows.names();
        let sql = format!("COPY {to} (fid, {names}) FROM STDIN BINARY");
        let mut piece = Piece::new(session.client().copy_in(&sql).during(ACT)?, self);
        let end = piece.fill(inserts, most)?;
        Ok((piece.finish()?, end))
    }

    /// Builds the indexes again, and returns what is in the way of what.
    fn finish(&self, session: &mut Session) -> Result<Vec<Rejected>, StoreError> {
        const FINISH: &str = "SELECT obzor_store.finish_load($1)";
        session.savepoint().during(ACT)?;
        match session.query(FINISH, &self.layer) {
            Ok(_) => {
                session.release().during(ACT)?;
                Ok(Vec::new())
            }
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                session.back_to_savepoint().during(ACT)?;
                let rejected = namesakes::take_out(session, self.rows, self.before)?;
                session.query(FINISH, &self.layer).during(ACT)?;
                Ok(rejected)
            }
            Err(error) => Err(error).during(ACT),
        }
    }
}

fn is_held_up(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED)
    )
}

/// Why a piece takes no more.
enum End {
    /// It is full.
    OfPiece,
    /// No change is left.
    OfAll,
    /// The next change cannot be part of a load.
    At(usize, Change),
}

/// Rows on their way to a table.
struct Piece<'a> {
    writer: CopyInWriter<'a>,
    load: &'a Load<'a>,
    bytes: BytesMut,
    /// How many bytes were sent.
    sent: usize,
    is_any: bool,
}

impl<'a> Piece<'a> {
    fn new(writer: CopyInWriter<'a>, load: &'a Load<'a>) -> Self {
        let mut bytes = BytesMut::with_capacity(2 * BLOCK);
        bytes.extend_from_slice(SIGNATURE);
        Self {
            writer,
            load,
            bytes,
            sent: 0,
            is_any: false,
        }
    }

    /// Takes what comes, until it is full or there is something that it cannot take.
    fn fill(
        &mut self,
        inserts: &mut impl Iterator<Item = (usize, Change)>,
        most: usize,
    ) -> Result<End, StoreError> {
        while self.sent + self.bytes.len() < most {
            let Some((index, change)) = inserts.next() else {
                return Ok(End::OfAll);
            };
            if !self.take(index, &change)? {
                return Ok(End::At(index, change));
            }
            self.is_any = true;
        }
        Ok(End::OfPiece)
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
        let rows = self.load.rows;
        if !rows.check(geometry.as_ref(), values).is_empty() {
            return Ok(false);
        }
        let layer = rows.layer();
        let geometry = rows.geometry(geometry.as_ref());
        let count = 3 + usize::from(geometry.is_some()) + values.len();
        self.bytes.extend_from_slice(&(count as u16).to_be_bytes());
        self.put(&Sql::Integer(self.load.before + index as i64))?;
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
        self.sent += self.bytes.len();
        self.bytes.clear();
        Ok(())
    }

    /// Ends the piece; false when nothing is in it.
    fn finish(mut self) -> Result<bool, StoreError> {
        self.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
        self.send()?;
        self.writer.finish().during(ACT)?;
        Ok(self.is_any)
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
