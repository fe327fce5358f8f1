//! The triggers by which an attached table tells of its changes; its owner puts them there.

use std::fmt::Write;

use super::{Table, qualified};
use crate::store::postgis::column::Sql;
use crate::store::postgis::connection::{During, Session};
use crate::store::sql::{literal, quote};
use crate::{Layer, StoreError, Watch};

/// The events, with the rows that each sees.
const EVENTS: [(&str, &str); 4] = [
    ("INSERT", " REFERENCING NEW TABLE AS new_rows"),
    (
        "UPDATE",
        " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    ),
    ("DELETE", " REFERENCING OLD TABLE AS old_rows"),
    ("TRUNCATE", ""),
];

/// Returns the statements that put the triggers on the table of a layer, if it is one that is watched by them.
pub(in crate::store::postgis) fn trigger_sql(layer: &Layer) -> Option<String> {
    let source = layer
        .source
        .as_ref()
        .filter(|source| source.watch == Watch::Trigger)?;
    let (table, id, key) = (qualified(source), layer.id.as_str(), &source.key);
    let mut sql = String::new();
    for (event, rows) in EVENTS {
        let name = quote(&format!("obzor_{id}_{}", event.to_lowercase()));
        let arguments = format!("{}, {}", literal(id), literal(key));
        let _ = writeln!(
            sql,
            "CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table}{rows}\n  \
             FOR EACH STATEMENT EXECUTE FUNCTION obzor_store.note_attached({arguments});"
        );
    }
    Some(sql)
}

/// Whether the table has the triggers, all of them and in force.
pub(super) fn has_triggers(session: &mut Session, table: &Table) -> Result<bool, StoreError> {
    let source = &table.source;
    let rows = session.query(
        "SELECT count(DISTINCT g.tgtype) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
           JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = $2 AND g.tgenabled IN ('O', 'A')
           AND g.tgfoid = 'obzor_store.note_attached()'::regprocedure
           AND g.tgargs = convert_to($3, 'UTF8') || '\\000'::bytea || convert_to($4, 'UTF8') || '\\000'::bytea",
        &[
            Sql::Text(source.schema.clone()),
            Sql::Text(source.table.clone()),
            Sql::Text(table.layer.id.to_string()),
            Sql::Text(source.key.clone()),
        ],
    );
    let found: i64 = rows.during("look for the trigger of an attached table")?[0].get(0);
    Ok(found == EVENTS.len() as i64)
}
