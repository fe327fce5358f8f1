//! A first definition of a table that is to be attached, for a person to finish.

use std::fmt::Write;

use postgres::Row;

use super::check::columns;
use super::expression::Column;
use crate::store::postgis::column::Sql;
use crate::store::postgis::connection::{During, Session};
use crate::{LayerId, StoreError};

const ACT: &str = "look at a table";
/// Names that a field may not have.
const TAKEN: [&str; 5] = ["id", "fid", "rev", "geom", "geometry"];

/// Writes a definition of a table; what a person has to decide is marked `TODO`.
pub(in crate::store::postgis) fn sketch(
    session: &mut Session,
    table: &str,
    id: &LayerId,
) -> Result<String, StoreError> {
    let unusable = |why: &str| StoreError::Unusable(format!("the table {table} {why}"));
    let (schema, name) = table
        .split_once('.')
        .ok_or_else(|| unusable("is written with its schema, as in gis.lamps"))?;
    let place = [Sql::Text(schema.to_owned()), Sql::Text(name.to_owned())];
    let columns = columns(session, &place)?;
    if columns.is_empty() {
        return Err(unusable("is not there"));
    }
    let mut fields = String::new();
    let mut key = None;
    let mut geometry = None;
    let mut label = None;
    for row in described(session, &place)? {
        let (column, comment): (&str, Option<&str>) = (row.get(0), row.get(1));
        let Some(column) = columns.iter().find(|found| found.name == column) else {
            continue;
        };
        let whole = type_of(column) == Some("integer");
        if key.is_none() && whole && row.get(2) {
            key = Some(column.name.clone());
        } else if let Some(found) = &column.geometry {
            geometry = Some((column.name.clone(), found.clone()));
        } else if let Some(kind) = type_of(column) {
            let field = field_name(&column.name);
            let title = comment.unwrap_or(&column.name);
            let (column, title) = (quoted(&column.name), quoted(title));
            let _ = writeln!(
                fields,
                "  {{ name = \"{field}\", alias = \"{field}\", column = {column}, \
                 title = {{ cs = {title}, en = {title} }}, type = \"{kind}\" }},"
            );
            label = label.or_else(|| (kind == "text").then_some(field));
        } else {
            let (name, kind) = (&column.name, &column.kind);
            let _ = writeln!(fields, "  # {name} is {kind}, which a view may convert");
        }
    }
    let mut source = format!(
        "table = {}, key = {}",
        quoted(table),
        quoted(key.as_deref().unwrap_or("TODO"))
    );
    let mut shape = String::new();
    if let Some((column, (kind, srid))) = geometry {
        let _ = write!(source, ", geometry = {}, srid = {srid}", quoted(&column));
        let kind = kind.trim_end_matches(['Z', 'M']);
        let _ = writeln!(shape, "geometry = \"{kind}\"");
    }
    let label = label.map_or_else(String::new, |field| format!(" {{{field}}}"));
    Ok(format!(
        "# TODO: titles, group, label, steward; who may see the layer, and `privacy` of fields that not all of them may.\n\
         id = \"{id}\"\nalias = \"{alias}\"\ntitle = {{ cs = \"TODO\", en = \"TODO\" }}\n\
         description = {{ cs = \"TODO\", en = \"TODO\" }}\ngroup = \"TODO\"\nclass = \"TODO\"\n{shape}audience = \"internal\"\n\
         municipal = false\nlabel = \"TODO{label}\"\nsteward = \"TODO\"\nupdate_frequency = \"P1M\"\n\
         source = {{ {source}, watch = {{ poll = 60 }} }}\nfields = [\n{fields}]",
        alias = id.as_str().replace('-', "_"),
    ))
}

/// Returns the columns in their order, with what is said of each, and whether it names a row.
fn described(session: &mut Session, place: &[Sql]) -> Result<Vec<Row>, StoreError> {
    let sql = "SELECT a.attname::text, col_description(c.oid, a.attnum), EXISTS (SELECT FROM pg_index i
           WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 ORDER BY a.attnum";
    session.query(sql, place).during(ACT)
}

/// Returns the type of a field that a column can be read as.
fn type_of(column: &Column) -> Option<&'static str> {
    Some(match column.kind.as_str() {
        "smallint" | "integer" | "bigint" => "integer",
        "numeric" if column.scale == Some(0) => "integer",
        "numeric" | "real" | "double precision" => "real",
        "boolean" => "boolean",
        "date" => "date",
        "timestamp with time zone" => "timestamp",
        "text" | "character varying" | "character" | "uuid" => "text",
        _ if column.is_enum => "text",
        _ => return None,
    })
}

/// Makes the name of a field of that of a column: small letters without diacritics, digits and underscores.
fn field_name(column: &str) -> String {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '_',
    };
    let name: String = column.chars().map(plain).collect();
    if TAKEN.contains(&name.as_str()) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return format!("field_{name}");
    }
    name
}

/// Writes a text as TOML does; JSON's form is one of its.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
