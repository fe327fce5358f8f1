//! The triggers of a layer's table: those that keep its R-tree, and those that write history whoever edits the row.
//!
//! They call only functions that every program has which may write a `GeoPackage` (`ST_MinX` and its kin among them).

use std::fmt::Write;

use super::table::{literal, quote};
use crate::{FieldType, Layer};

/// Who is named as the author of a revision made by another program.
pub(super) const OUTSIDE_AUTHOR: &str = "outside";
const OUTSIDE_REASON: &str = "edited in the file by another program";

/// Returns the triggers of the R-tree extension (OGC 12-128r17, annex F.3).
pub(super) fn rtree_triggers(layer: &Layer) -> String {
    let table = quote(layer.id.as_str());
    let rtree = format!("rtree_{}_geom", layer.id);
    let name = |suffix: &str| quote(&format!("{rtree}_{suffix}"));
    let tree = quote(&rtree);
    let put = format!(
        "INSERT OR REPLACE INTO {tree} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));"
    );
    let full = "NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)";
    let empty = "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))";
    let (insert, delete) = (name("insert"), name("delete"));
    let [update1, update2, update3, update4] =
        ["update1", "update2", "update3", "update4"].map(name);
    format!(
        "CREATE TRIGGER {insert} AFTER INSERT ON {table} WHEN {full} BEGIN {put} END;
         CREATE TRIGGER {update1} AFTER UPDATE OF geom ON {table} WHEN OLD.fid = NEW.fid AND {full} BEGIN {put} END;
         CREATE TRIGGER {update2} AFTER UPDATE OF geom ON {table} WHEN OLD.fid = NEW.fid AND {empty}
           BEGIN DELETE FROM {tree} WHERE id = OLD.fid; END;
         CREATE TRIGGER {update3} AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND {full}
           BEGIN DELETE FROM {tree} WHERE id = OLD.fid; {put} END;
         CREATE TRIGGER {update4} AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND {empty}
           BEGIN DELETE FROM {tree} WHERE id IN (OLD.fid, NEW.fid); END;
         CREATE TRIGGER {delete} AFTER DELETE ON {table} WHEN OLD.geom NOT NULL
           BEGIN DELETE FROM {tree} WHERE id = OLD.fid; END;"
    )
}

/// Returns the triggers that write history, give rows from outside their id, rev and revision, and keep the key.
pub(super) fn log_triggers(layer: &Layer) -> String {
    let table = quote(layer.id.as_str());
    let name = |what: &str| quote(&format!("obzor_{}_{what}", layer.id));
    let store = "(SELECT writer FROM obzor_state) = 'store'";
    let outside = "(SELECT writer FROM obzor_state) = 'outside'";
    let mut sql = format!(
        "CREATE TRIGGER {} BEFORE UPDATE OF fid ON {table} WHEN NEW.fid IS NOT OLD.fid
           BEGIN SELECT RAISE(ABORT, 'the fid of a feature never changes'); END;",
        name("keep")
    );
    for (event, operation) in [
        ("INSERT", Operation::Insert),
        ("UPDATE", Operation::Update),
        ("DELETE", Operation::Delete),
    ] {
        let lower = event.to_lowercase();
        let (own, other) = (name(&lower), name(&format!("{lower}_outside")));
        let log = log_row(layer, operation, false);
        let log_outside = log_row(layer, operation, true);
        let fill = fill(layer, operation);
        let revision = new_revision();
        let _ = write!(
            sql,
            "CREATE TRIGGER {own} AFTER {event} ON {table} WHEN {store} BEGIN {log} END;
             CREATE TRIGGER {other} AFTER {event} ON {table} WHEN {outside} BEGIN {revision} {fill} {log_outside} END;"
        );
    }
    sql
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Insert,
    Update,
    Delete,
}

/// The statement that numbers an edit from outside: each row is a revision, as triggers do not see transactions.
fn new_revision() -> String {
    format!(
        "INSERT INTO obzor_revisions SELECT coalesce(max(revision), 0) + 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
           {}, {}, (SELECT coalesce(max(seq), 0) + 1 FROM obzor_history) FROM obzor_revisions;",
        literal(OUTSIDE_AUTHOR),
        literal(OUTSIDE_REASON)
    )
}

/// The statements that set what the store keeps of a row: a new row gets an id unless it brings one, an old one keeps
/// its own.
fn fill(layer: &Layer, operation: Operation) -> String {
    let (id, rev) = match operation {
        Operation::Insert => (
            format!(
                "CASE WHEN lower(NEW.id) GLOB '{}' THEN lower(NEW.id) ELSE {} END",
                uuid_pattern(),
                new_uuid()
            ),
            "1",
        ),
        Operation::Update => ("OLD.id".to_owned(), "OLD.rev + 1"),
        Operation::Delete => return String::new(),
    };
    format!(
        "UPDATE obzor_state SET writer = 'fill';
         UPDATE {} SET id = {id}, rev = {rev} WHERE fid = NEW.fid;
         UPDATE obzor_state SET writer = 'outside';",
        quote(layer.id.as_str())
    )
}

fn uuid_pattern() -> String {
    [8, 4, 4, 4, 12]
        .map(|digits| "[0-9a-f]".repeat(digits))
        .join("-")
}

/// `UUIDv7` (RFC 9562, section 5.7) in SQL.
fn new_uuid() -> String {
    let millis = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";
    format!(
        "lower(printf('%08x-%04x-7%s-%s%s-%s', {millis} / 65536, {millis} % 65536, substr(hex(randomblob(2)), 2),
           substr('89ab', 1 + (random() & 3), 1), substr(hex(randomblob(2)), 2), hex(randomblob(6))))"
    )
}

/// The statement that writes a row of history.
fn log_row(layer: &Layer, operation: Operation, outside: bool) -> String {
    let (row, word) = match operation {
        Operation::Insert => ("NEW", "insert"),
        Operation::Update => ("NEW", "update"),
        Operation::Delete => ("OLD", "delete"),
    };
    let kept = |column: &str| match operation {
        Operation::Delete => format!("OLD.{column}"),
        _ if outside => format!(
            "(SELECT {column} FROM {} WHERE fid = NEW.fid)",
            quote(layer.id.as_str())
        ),
        _ => format!("NEW.{column}"),
    };
    let (id, mut rev) = (kept("id"), kept("rev"));
    if operation == Operation::Delete {
        rev += " + 1";
    }
    let before = box_columns(layer, operation != Operation::Insert, "OLD");
    let after = box_columns(layer, operation != Operation::Delete, "NEW");
    let (values, geom) = if operation == Operation::Delete {
        ("NULL".to_owned(), "NULL")
    } else {
        let geom = layer.geometry.map_or("NULL", |_| "NEW.geom");
        (json_values(layer), geom)
    };
    format!(
        "INSERT INTO obzor_history VALUES (NULL, (SELECT max(revision) FROM obzor_revisions), {}, {row}.fid, {id}, {rev},
           '{word}', {before}, {after}, {values}, {geom});",
        literal(layer.id.as_str())
    )
}

fn box_columns(layer: &Layer, there: bool, row: &str) -> String {
    ["ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY"]
        .map(|edge| match layer.geometry {
            Some(_) if there => format!("{edge}({row}.geom)"),
            _ => "NULL".to_owned(),
        })
        .join(", ")
}

/// The new row's columns as a JSON object; numbers keep all their digits, and what JSON cannot hold is left empty.
fn json_values(layer: &Layer) -> String {
    let pair = |(name, field_type): (&str, &FieldType)| {
        let value = format!("NEW.{}", quote(name));
        let real = match field_type {
            FieldType::Real => format!(
                "WHEN 'real' THEN CASE WHEN abs({value}) < 9e999 THEN json(printf('%!.17g', {value})) END "
            ),
            _ => String::new(),
        };
        format!(
            "{}, CASE typeof({value}) {real}WHEN 'blob' THEN NULL ELSE {value} END",
            literal(name)
        )
    };
    let pairs: Vec<_> = layer
        .fields
        .iter()
        .map(|field| pair((&field.name, &field.field_type)))
        .collect();
    format!("json_object({})", pairs.join(", "))
}
