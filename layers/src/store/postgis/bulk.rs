//! Many new features of one layer at once, by binary `COPY` to a table beside and one statement from there.

use postgres::Error;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::error::SqlState;
use postgres::types::Type;

use super::column::Sql;
use super::connection::{During, Session, references};
use super::row::{INCOMING, LayerRows};
use crate::{Change, StoreError};

const ACT: &str = "write many features";

/// Writes a run of inserts; false, with nothing written, when one of them must be rejected.
pub(super) fn insert<'a>(
    session: &mut Session,
    rows: &LayerRows<'_>,
    run: impl Iterator<Item = &'a Change>,
) -> Result<bool, StoreError> {
    let mut new = Vec::new();
    for change in run {
        let Change::Insert {
            id,
            geometry,
            values,
            ..
        } = change
        else {
            return Ok(false);
        };
        if !rows.check(geometry.as_ref(), values).is_empty() {
            return Ok(false);
        }
        new.push(rows.new_row(*id, geometry.as_ref(), values));
    }
    session.savepoint().during(ACT)?;
    match copy(session, rows, &new) {
        Ok(()) => session.release().during(ACT).map(|()| true),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            session.back_to_savepoint().during(ACT).map(|()| false)
        }
        Err(error) => Err(error).during(ACT),
    }
}

fn copy(session: &mut Session, layer: &LayerRows<'_>, rows: &[Vec<Sql>]) -> Result<(), Error> {
    let (before, after) = layer.around_copy();
    session.client().batch_execute(&before)?;
    // The values say themselves how they are written; the writer only counts the types.
    let into = format!("COPY {INCOMING} FROM STDIN BINARY");
    let types = vec![Type::UNKNOWN; rows.first().map_or(0, Vec::len)];
    let mut writer = BinaryCopyInWriter::new(session.client().copy_in(&into)?, &types);
    for row in rows {
        writer.write(&references(row))?;
    }
    writer.finish()?;
    session.client().batch_execute(&after)
}
