//! The table of a layer: its columns, indexes, and the triggers that write its history whoever edits it.

use std::fmt::Write;

use super::SRID;
use super::column::column_type;
use crate::Layer;
use crate::store::renames::Renames;
use crate::store::sql::{literal, quote};

/// The column that holds geometry.
pub(super) const GEOMETRY_COLUMN: &str = "geom";
/// The triggers that a layer's table must have.
pub(super) const TRIGGERS: [&str; 6] = [
    "obzor_delete",
    "obzor_fill",
    "obzor_insert",
    "obzor_keep",
    "obzor_truncate",
    "obzor_update",
];

/// Returns the name of a layer's table with its schema.
pub(super) fn qualified(layer: &Layer) -> String {
    format!("obzor.{}", quote(layer.id.as_str()))
}

/// Returns the name of the function that writes a layer's history.
pub(super) fn log_function(layer: &Layer) -> String {
    format!("obzor_store.{}", quote(layer.id.as_str()))
}

/// Returns the columns of a layer's table with their types, in order.
pub(super) fn columns(layer: &Layer) -> Vec<(String, String)> {
    let mut columns = vec![("fid".to_owned(), "bigint".to_owned())];
    if let Some(geometry) = layer.geometry {
        let kind = format!("geometry({},{SRID})", geometry.ogc_name());
        columns.push((GEOMETRY_COLUMN.to_owned(), kind));
    }
    columns.push(("id".to_owned(), "uuid".to_owned()));
    columns.push(("rev".to_owned(), "bigint".to_owned()));
    let fields = layer.fields.iter();
    columns.extend(fields.map(|f| (f.name.clone(), column_type(&f.field_type).to_owned())));
    columns
}

/// Returns the statements that make the table of a layer with everything that belongs to it.
pub(super) fn create(layer: &Layer) -> String {
    let table = qualified(layer);
    let columns: Vec<_> = columns(layer)
        .into_iter()
        .map(|(name, kind)| {
            let rest = match name.as_str() {
                "fid" => " GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                "id" => " NOT NULL UNIQUE DEFAULT obzor_store.new_id()",
                "rev" => " NOT NULL DEFAULT 1",
                _ => "",
            };
            format!("{} {kind}{rest}", quote(&name))
        })
        .collect();
    let mut sql = format!("CREATE TABLE {table} ({});", columns.join(", "));
    if layer.geometry.is_some() {
        let _ = write!(
            sql,
            "CREATE INDEX ON {table} USING gist ({GEOMETRY_COLUMN});"
        );
    }
    if !layer.key.is_empty() {
        sql += &key_index(layer);
    }
    sql.extend(layer.indexed().map(|field| index(layer, &field.name)));
    sql + &comments(layer) + &triggers(layer)
}

/// Returns the statement that keeps the key unique.
pub(super) fn key_index(layer: &Layer) -> String {
    let key: Vec<_> = layer.key.iter().map(|name| quote(name)).collect();
    let table = qualified(layer);
    format!("CREATE UNIQUE INDEX ON {table} ({});", key.join(", "))
}

/// Returns the statement that makes the index of a field, whose column has its name now.
pub(super) fn index(layer: &Layer, name: &str) -> String {
    format!("CREATE INDEX ON {} ({});", qualified(layer), quote(name))
}

/// Returns the statements that say to people what the table and its columns are.
pub(super) fn comments(layer: &Layer) -> String {
    let table = qualified(layer);
    let both = |text: &crate::Text| literal(&format!("{} / {}", text.cs, text.en));
    let mut sql = format!("COMMENT ON TABLE {table} IS {};", both(&layer.title));
    for field in &layer.fields {
        let (name, title) = (quote(&field.name), both(&field.title));
        let _ = write!(sql, "COMMENT ON COLUMN {table}.{name} IS {title};");
    }
    sql
}

/// Returns the statements that make what writes history, also where it is there already.
pub(super) fn triggers(layer: &Layer) -> String {
    let table = qualified(layer);
    let log = log_function(layer);
    let body = log_body(layer);
    format!(
        "CREATE OR REPLACE FUNCTION {log}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
           SET extra_float_digits = 1 SET TimeZone = 'UTC' AS $obzor${body}$obzor$;
         CREATE OR REPLACE TRIGGER obzor_fill BEFORE INSERT ON {table} FOR EACH ROW
           WHEN (NEW.id IS NULL OR NEW.rev IS DISTINCT FROM 1) EXECUTE FUNCTION obzor_store.fill_row();
         CREATE OR REPLACE TRIGGER obzor_keep BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION obzor_store.keep_row();
         CREATE OR REPLACE TRIGGER obzor_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION obzor_store.refuse_truncate();
         CREATE OR REPLACE TRIGGER obzor_insert AFTER INSERT ON {table}
           REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION {log}();
         CREATE OR REPLACE TRIGGER obzor_update AFTER UPDATE ON {table}
           REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION {log}();
         CREATE OR REPLACE TRIGGER obzor_delete AFTER DELETE ON {table}
           REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION {log}();"
    )
}

/// Returns the body of the function that writes history: once per statement, for all its rows together.
///
/// It runs with the owner's rights, and other roles may be allowed to make functions in the schema of the extension. So
/// every function that it calls there is given exactly the types that it takes: no other can fit better.
pub(super) fn log_body(layer: &Layer) -> String {
    let statement = |event: &str, row: &str, rev: &str, from: &str, order: &str| {
        let before = box_columns(layer, event != "INSERT", "o");
        let after = box_columns(layer, event != "DELETE", "n");
        let (values, geom) = match (event, layer.geometry) {
            ("DELETE", _) => ("NULL".to_owned(), "NULL".to_owned()),
            _ => (
                values(layer, &Renames::default(), "n"),
                geometry(layer, "n"),
            ),
        };
        let first = match event {
            "INSERT" => String::new(),
            _ => first_versions(layer, &Renames::default(), "old_rows") + ";",
        };
        format!(
            "IF TG_OP = '{event}' THEN IF EXISTS (SELECT FROM {from}) THEN
               {first} this := obzor_store.this_change_set();
               INSERT INTO obzor_store.history (change_set, layer, fid, id, rev, operation,
                 before_min_x, before_min_y, before_max_x, before_max_y,
                 after_min_x, after_min_y, after_max_x, after_max_y, \"values\", geom)
               SELECT this, {layer}, {row}.fid, {row}.id, {row}.{rev}, '{operation}', {before}, {after}, {values}, {geom}
               FROM {from}{order};
             END IF; END IF;",
            layer = literal(layer.id.as_str()),
            operation = event.to_lowercase(),
        )
    };
    let joined = "old_rows o JOIN new_rows n USING (fid)";
    [
        "DECLARE this bigint; BEGIN ".to_owned(),
        statement("INSERT", "n", "rev", "new_rows n", ""),
        statement("UPDATE", "n", "rev", joined, " ORDER BY n.fid"),
        statement("DELETE", "o", "rev + 1", "old_rows o", ""),
        " RETURN NULL; END".to_owned(),
    ]
    .concat()
}

/// Returns the statement that writes to the history the first versions of rows that came with a load and have not been
/// changed since; `from` is where these rows are, as they were.
pub(super) fn first_versions(layer: &Layer, renames: &Renames, from: &str) -> String {
    format!(
        "INSERT INTO obzor_store.history (change_set, seq, layer, fid, id, rev, operation,
           after_min_x, after_min_y, after_max_x, after_max_y, \"values\", geom) OVERRIDING SYSTEM VALUE
         SELECT l.change_set, l.seq, l.layer, o.fid, o.id, o.rev, 'insert', {}, {}, {}
         FROM {from} o JOIN obzor_store.loads l ON o.fid BETWEEN l.first_fid AND l.last_fid
         WHERE o.rev = 1 AND l.layer = {}",
        box_columns(layer, true, "o"),
        values(layer, renames, "o"),
        geometry(layer, "o"),
        literal(layer.id.as_str()),
    )
}

fn geometry(layer: &Layer, row: &str) -> String {
    match layer.geometry {
        Some(_) => format!("{row}.{GEOMETRY_COLUMN}"),
        None => "NULL".to_owned(),
    }
}

/// Returns the box of a row, or four times nothing where there is none.
pub(super) fn box_columns(layer: &Layer, there: bool, row: &str) -> String {
    ["ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax"]
        .map(|edge| match layer.geometry {
            Some(_) if there => format!("{edge}({row}.{GEOMETRY_COLUMN}::box3d)"),
            _ => "NULL::float8".to_owned(),
        })
        .join(", ")
}

/// Returns the fields of a row as a JSON object.
pub(super) fn values(layer: &Layer, renames: &Renames, row: &str) -> String {
    let fields = layer.fields.iter();
    let columns = fields.map(|field| quote(renames.column(&layer.id, &field.name)));
    let columns: Vec<_> = columns.map(|name| format!("{row}.{name}")).collect();
    format!(
        "(SELECT pg_catalog.to_jsonb(v) FROM (SELECT {}) v)",
        columns.join(", ")
    )
}
