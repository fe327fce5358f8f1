//! Revisions of another store written as they are: history by `COPY`, then the tables of the layers from it.

use std::iter::Peekable;

use postgres::Error;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::error::SqlState;
use postgres::types::Type;

use super::super::column::Sql;
use super::super::connection::{During, Session, references, store_error};
use super::super::renames;
use super::super::table::{GEOMETRY_COLUMN, columns, first_versions, qualified};
use crate::store::renames::Renames;
use crate::store::sql::{literal, quote};
use crate::transfer::refuse_gap;
use crate::{
    Bbox, HistoryEntry, HistoryStream, Layer, LayerSet, OfficeRecord, Revision, StoreError,
    Version, to_json,
};

const ACT: &str = "take over history";
/// After how many versions a transaction ends with the revision.
const BATCH: u64 = 50_000;
/// How many rows are sent at once.
const ROWS: usize = 1000;
/// The columns of a table that history has by themselves.
const OWN_COLUMNS: [&str; 4] = ["fid", GEOMETRY_COLUMN, "id", "rev"];
const REVISIONS: &str =
    "COPY obzor_store.revisions (change_set, revision, at, author, reason) FROM STDIN BINARY";
const HISTORY: &str = "COPY obzor_store.history (change_set, layer, fid, id, rev, operation, \
     before_min_x, before_min_y, before_max_x, before_max_y, \
     after_min_x, after_min_y, after_max_x, after_max_y, \"values\", geom) FROM STDIN BINARY";

/// Writes all of it.
pub(in super::super) fn take_over(
    session: &mut Session,
    layers: &LayerSet,
    history: HistoryStream<'_>,
) -> Result<(), StoreError> {
    let mut history = history.peekable();
    while history.peek().is_some() {
        let before = begin(session)?;
        let renames = renames::read(session).during(ACT)?;
        let after = write_batch(session, layers, &renames, before, &mut history)?;
        let touched = touched_layers(session, layers, before)?;
        switch_triggers(session, &touched, "DISABLE")?;
        for layer in &touched {
            bring_to_end(session, layer, &renames, before)?;
        }
        switch_triggers(session, &touched, "ENABLE")?;
        finish(session, after)?;
    }
    Ok(())
}

/// How far the store is.
#[derive(Clone, Copy)]
struct State {
    head: Revision,
    /// The largest number of a change set.
    change_set: i64,
}

/// Begins a transaction in which nobody else writes, and in which revisions bring their numbers.
fn begin(session: &mut Session) -> Result<State, StoreError> {
    session
        .begin("ISOLATION LEVEL READ COMMITTED")
        .during(ACT)?;
    let sql = "SET LOCAL statement_timeout = 0; SET LOCAL ROLE NONE;
               ALTER TABLE obzor_store.revisions DISABLE TRIGGER number_revision";
    let begun = session.client().batch_execute(sql);
    begun.map_err(|error| refused(&error))?;
    let sql = "SELECT head, (SELECT coalesce(max(change_set), 0) FROM obzor_store.revisions)
               FROM obzor_store.state FOR UPDATE";
    let rows = session.query(sql, &[]).during(ACT)?;
    Ok(State {
        head: Revision(rows[0].get(0)),
        change_set: rows[0].get(1),
    })
}

/// Says that only the owner may do this.
fn refused(error: &Error) -> StoreError {
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return StoreError::Unusable(
            "taking over history needs the role that owns the tables: give its name in the address"
                .to_owned(),
        );
    }
    store_error(ACT, error)
}

/// Writes so many revisions, whole ones, that the transaction is worth its while; returns how far that is.
fn write_batch(
    session: &mut Session,
    layers: &LayerSet,
    renames: &Renames,
    mut state: State,
    history: &mut Peekable<HistoryStream<'_>>,
) -> Result<State, StoreError> {
    let (mut revisions, mut versions) = (Rows::into(REVISIONS), Rows::into(HISTORY));
    let is_enough = |written, entry: &Result<HistoryEntry, _>| {
        written >= BATCH && matches!(entry, Ok(HistoryEntry::Revision(_)))
    };
    while let Some(entry) = history.next_if(|entry| !is_enough(versions.written, entry)) {
        match entry? {
            HistoryEntry::Revision(info) => {
                refuse_gap(state.head, info.revision)?;
                state = State {
                    head: info.revision,
                    change_set: state.change_set + 1,
                };
                let row = vec![
                    Sql::Integer(state.change_set),
                    Sql::Integer(state.head.0),
                    Sql::Timestamp(info.at),
                    Sql::Text(info.author),
                    Sql::Text(info.reason),
                ];
                revisions.add(session, row)?;
            }
            HistoryEntry::Version(version) => {
                let id = &version.touched.layer;
                let layer = layers.get(id);
                let layer = layer.ok_or_else(|| StoreError::UnknownLayer(id.clone()))?;
                versions.add(
                    session,
                    history_row(state.change_set, layer, renames, &version),
                )?;
            }
        }
    }
    revisions.send(session)?;
    versions.send(session)?;
    Ok(state)
}

/// Rows on their way into one table.
struct Rows {
    copy: &'static str,
    waiting: Vec<Vec<Sql>>,
    written: u64,
}

impl Rows {
    fn into(copy: &'static str) -> Self {
        Self {
            copy,
            waiting: Vec::new(),
            written: 0,
        }
    }

    fn add(&mut self, session: &mut Session, row: Vec<Sql>) -> Result<(), StoreError> {
        self.waiting.push(row);
        self.written += 1;
        if self.waiting.len() == ROWS {
            self.send(session)?;
        }
        Ok(())
    }

    fn send(&mut self, session: &mut Session) -> Result<(), StoreError> {
        send(session, self.copy, &self.waiting).during(ACT)?;
        self.waiting.clear();
        Ok(())
    }
}

fn send(session: &mut Session, sql: &str, rows: &[Vec<Sql>]) -> Result<(), Error> {
    // The values say themselves how they are written; the writer only counts the types.
    let types = vec![Type::UNKNOWN; rows.first().map_or(0, Vec::len)];
    let mut writer = BinaryCopyInWriter::new(session.client().copy_in(sql)?, &types);
    for row in rows {
        writer.write(&references(row))?;
    }
    writer.finish().map(|_| ())
}

fn history_row(change_set: i64, layer: &Layer, renames: &Renames, version: &Version) -> Vec<Sql> {
    let touched = &version.touched;
    let mut row = vec![
        Sql::Integer(change_set),
        Sql::Text(layer.id.to_string()),
        Sql::Integer(touched.fid),
        Sql::Id(touched.id.as_uuid()),
        Sql::Integer(version.rev),
        Sql::Text(touched.kind.as_str().to_owned()),
    ];
    row.extend(edges(touched.before));
    row.extend(edges(touched.after));
    row.push(past_values(layer, renames, version));
    row.push(version.geometry.as_ref().map_or(Sql::Null, Sql::geometry));
    row
}

fn edges(bbox: Option<Bbox>) -> [Sql; 4] {
    bbox.map_or([const { Sql::Null }; 4], |Bbox { min, max }| {
        [min[0], min[1], max[0], max[1]].map(Sql::Real)
    })
}

/// Returns the values as the triggers write them: a JSON object by the names of the fields.
fn past_values(layer: &Layer, renames: &Renames, version: &Version) -> Sql {
    if version.values.is_empty() {
        return Sql::Null;
    }
    let pairs = layer.fields.iter().zip(&version.values);
    let pairs = pairs.map(|(field, value)| {
        let column = renames.column(&layer.id, &field.name).to_owned();
        (column, to_json(&field.field_type, value))
    });
    Sql::Jsonb(pairs.collect())
}

fn touched_layers<'a>(
    session: &mut Session,
    layers: &'a LayerSet,
    since: State,
) -> Result<Vec<&'a Layer>, StoreError> {
    let sql = "SELECT DISTINCT layer FROM obzor_store.history WHERE change_set > $1";
    let rows = session
        .query(sql, &[Sql::Integer(since.change_set)])
        .during(ACT)?;
    let layers = rows.iter().filter_map(|row| layers.named(row.get(0)));
    Ok(layers.map(AsRef::as_ref).collect())
}

/// Turns off the triggers that would write history and count versions, until the transaction ends or turns them on.
fn switch_triggers(
    session: &mut Session,
    layers: &[&Layer],
    how: &'static str,
) -> Result<(), StoreError> {
    for layer in layers {
        let switch = |trigger: &str| format!("{how} TRIGGER {trigger}");
        let sql = format!(
            "ALTER TABLE {} {}",
            qualified(layer),
            ["obzor_fill", "obzor_insert", "obzor_delete"]
                .map(switch)
                .join(", ")
        );
        let switched = session.client().batch_execute(&sql);
        switched.map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// Puts every feature that history tells of since then into the layer's table as it stood last.
fn bring_to_end(
    session: &mut Session,
    layer: &Layer,
    renames: &Renames,
    since: State,
) -> Result<(), StoreError> {
    let table = qualified(layer);
    let values = [
        Sql::Integer(since.change_set),
        Sql::Text(layer.id.to_string()),
    ];
    let touched =
        "fid IN (SELECT fid FROM obzor_store.history WHERE change_set > $1 AND layer = $2)";
    let rows = format!("(SELECT * FROM {table} WHERE {touched})");
    let keep = first_versions(layer, renames, &rows);
    session.execute(&keep, &values).during(ACT)?;
    let delete = format!("DELETE FROM {table} WHERE {touched}");
    session.execute(&delete, &values).during(ACT)?;
    session
        .execute(&insert_standing(layer, renames), &values)
        .map_err(|error| does_not_fit(layer, &error))?;
    // The key of a feature that is gone is not given to another.
    let keep_keys = format!(
        "SELECT setval(pg_get_serial_sequence({}, 'fid'),
           greatest((SELECT max(fid) FROM obzor_store.history WHERE layer = $1),
             (SELECT max(last_fid) FROM obzor_store.loads WHERE layer = $1), 1))",
        literal(&table)
    );
    session.query(&keep_keys, &values[1..]).during(ACT)?;
    Ok(())
}

/// Returns the statement that puts the last versions into the table, as the database itself reads them.
fn insert_standing(layer: &Layer, renames: &Renames) -> String {
    let mut columns = columns(layer);
    for (name, _) in &mut columns {
        *name = renames.column(&layer.id, name).to_owned();
    }
    let names: Vec<_> = columns.iter().map(|(name, _)| quote(name)).collect();
    let is_own = |name: &str| OWN_COLUMNS.contains(&name);
    let from = |name: &str| {
        if is_own(name) {
            format!("h.{name}")
        } else {
            format!("v.{}", quote(name))
        }
    };
    let selected: Vec<_> = columns.iter().map(|(name, _)| from(name)).collect();
    let fields = columns.iter().filter(|(name, _)| !is_own(name));
    let fields: Vec<_> = fields
        .map(|(name, kind)| format!("{} {kind}", quote(name)))
        .collect();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE
         SELECT {} FROM obzor_store.history h, jsonb_to_record(h.\"values\") AS v({})
         WHERE h.change_set > $1 AND h.layer = $2 AND h.operation <> 'delete' AND NOT EXISTS (
           SELECT FROM obzor_store.history w WHERE w.layer = $2 AND w.fid = h.fid AND w.seq > h.seq)",
        qualified(layer),
        names.join(", "),
        selected.join(", "),
        fields.join(", ")
    )
}

/// Says what a table did not take: the rules of an embedded store are looser for other programs than the database's.
fn does_not_fit(layer: &Layer, error: &Error) -> StoreError {
    let is_rule = [
        SqlState::INVALID_PARAMETER_VALUE,
        SqlState::UNIQUE_VIOLATION,
        SqlState::CHECK_VIOLATION,
    ];
    match error.as_db_error() {
        Some(cause) if is_rule.contains(cause.code()) => StoreError::Unusable(format!(
            "layer {} holds a feature that its table in the database refuses ({}); mend it in the other store",
            layer.id,
            cause.message()
        )),
        _ => store_error(ACT, error),
    }
}

/// Commits; what comes next has the numbers after those that were taken over.
fn finish(session: &mut Session, after: State) -> Result<(), StoreError> {
    let sql = "UPDATE obzor_store.state SET head = $1";
    session
        .execute(sql, &[Sql::Integer(after.head.0)])
        .during(ACT)?;
    let sql = "SELECT setval(pg_get_serial_sequence('obzor_store.revisions', 'change_set'), $1)";
    session
        .query(sql, &[Sql::Integer(after.change_set)])
        .during(ACT)?;
    let sql = "ALTER TABLE obzor_store.revisions ENABLE TRIGGER number_revision;
               NOTIFY obzor_revision";
    session.client().batch_execute(sql).during(ACT)?;
    session.commit().during(ACT)
}

/// Makes these records the only ones.
pub(in super::super) fn take_over_records(
    session: &mut Session,
    records: &[OfficeRecord],
) -> Result<(), StoreError> {
    let act = "take over records";
    session.begin("").during(act)?;
    let as_login = session.client().batch_execute("SET LOCAL ROLE NONE");
    as_login.during(act)?;
    session
        .execute("DELETE FROM obzor_store.records", &[])
        .during(act)?;
    for record in records {
        let row = [
            Sql::Text(record.kind.as_str().to_owned()),
            Sql::Text(record.key.clone()),
            Sql::Integer(record.version),
            Sql::Text(record.body.to_string()),
        ];
        let sql = "INSERT INTO obzor_store.records VALUES ($1, $2, $3, $4::json)";
        session.execute(sql, &row).during(act)?;
    }
    session.commit().during(act)
}
