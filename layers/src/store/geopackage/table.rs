//! The table of a layer: its columns, indexes and entries in the `GeoPackage`'s own tables.

use std::fmt::Write;

use rusqlite::{Connection, params};

use super::column::column_type;
use super::triggers::{log_triggers, rtree_triggers};
use super::{GEOMETRY_COLUMN, SRS_ID};
pub(super) use crate::store::sql::{literal, quote};
use crate::{CodeList, Field, FieldType, Language, Layer, Value};

/// Creates the table of a layer with everything that belongs to it.
pub(super) fn create(connection: &Connection, layer: &Layer) -> rusqlite::Result<()> {
    connection.execute_batch(&table_sql(layer))?;
    register(connection, layer, layer.fields.iter())?;
    connection.execute_batch(&log_triggers(layer))
}

/// Returns the columns of a layer's table with their types, in order.
pub(super) fn columns(layer: &Layer) -> Vec<(String, &'static str)> {
    let mut columns = vec![("fid".to_owned(), "INTEGER")];
    if let Some(geometry) = layer.geometry {
        columns.push((GEOMETRY_COLUMN.to_owned(), geometry.ogc_name()));
    }
    columns.push(("id".to_owned(), "TEXT"));
    columns.push(("rev".to_owned(), "INTEGER"));
    let fields = layer.fields.iter();
    columns.extend(fields.map(|field| (field.name.clone(), column_type(&field.field_type))));
    columns
}

fn table_sql(layer: &Layer) -> String {
    let table = quote(layer.id.as_str());
    let columns: Vec<_> = columns(layer)
        .into_iter()
        .map(|(name, kind)| {
            let rest = match name.as_str() {
                "fid" => " PRIMARY KEY AUTOINCREMENT NOT NULL",
                "id" => " UNIQUE",
                _ => "",
            };
            format!("{} {kind}{rest}", quote(&name))
        })
        .collect();
    let mut sql = format!("CREATE TABLE {table} ({});", columns.join(", "));
    if !layer.key.is_empty() {
        let key: Vec<_> = layer.key.iter().map(|name| quote(name)).collect();
        let index = quote(&format!("obzor_key_{}", layer.id));
        let _ = write!(
            sql,
            "CREATE UNIQUE INDEX {index} ON {table} ({});",
            key.join(", ")
        );
    }
    sql.extend(layer.indexed().map(|field| index(layer, &field.name)));
    sql
}

/// Returns the statement that makes the index of a field, whose column has its name now.
pub(super) fn index(layer: &Layer, name: &str) -> String {
    let index = quote(&format!("index_{}_{name}", layer.id));
    let table = quote(layer.id.as_str());
    format!("CREATE INDEX {index} ON {table} ({});", quote(name))
}

/// Enters a table with these columns in the `GeoPackage`'s own tables, and adds what keeps its R-tree.
pub(super) fn register<'a>(
    connection: &Connection,
    layer: &Layer,
    fields: impl Iterator<Item = &'a Field>,
) -> rusqlite::Result<()> {
    register_contents(connection, layer)?;
    if layer.geometry.is_some() {
        register_geometry(connection, layer)?;
        connection.execute_batch(&rtree_triggers(layer))?;
    }
    for field in fields {
        describe(connection, layer, field)?;
    }
    Ok(())
}

/// Says anew what the columns of a table mean.
pub(super) fn describe_anew(connection: &Connection, layer: &Layer) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM gpkg_data_columns WHERE table_name = ?1",
        [layer.id.as_str()],
    )?;
    for field in &layer.fields {
        describe(connection, layer, field)?;
    }
    Ok(())
}

fn register_contents(connection: &Connection, layer: &Layer) -> rusqlite::Result<()> {
    let kind = layer.geometry.map_or("attributes", |_| "features");
    let description = format!("{}\n{}", layer.description.cs, layer.description.en);
    let id = layer.id.as_str();
    // An identifier is unique in the file, a title perhaps not.
    let identifier = layer.title.in_language(Language::Czech);
    let taken: bool = connection.query_row(
        "SELECT count(*) > 0 FROM gpkg_contents WHERE identifier = ?1",
        [identifier],
        |row| row.get(0),
    )?;
    let identifier = if taken {
        format!("{identifier} ({id})")
    } else {
        identifier.to_owned()
    };
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, kind, identifier, description, layer.geometry.map(|_| SRS_ID)],
    )?;
    Ok(())
}

fn register_geometry(connection: &Connection, layer: &Layer) -> rusqlite::Result<()> {
    let id = layer.id.as_str();
    let kind = layer.geometry.map(crate::GeometryType::ogc_name);
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?1, ?2, ?3, ?4, 0, 0)",
        params![id, GEOMETRY_COLUMN, kind, SRS_ID],
    )?;
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?1, ?2, 'gpkg_rtree_index', 'http://www.geopackage.org/spec/#extension_rtree', 'write-only')",
        params![id, GEOMETRY_COLUMN],
    )?;
    let rtree = quote(&format!("rtree_{id}_{GEOMETRY_COLUMN}"));
    connection.execute_batch(&format!(
        "CREATE VIRTUAL TABLE {rtree} USING rtree(id, minx, maxx, miny, maxy)"
    ))
}

/// Says what a column means, and which values it may have, in the words of the schema extension.
fn describe(connection: &Connection, layer: &Layer, field: &Field) -> rusqlite::Result<()> {
    let title = &field.title.cs;
    let namesakes = layer.fields.iter().filter(|other| &other.title.cs == title);
    let name = if namesakes.count() > 1 {
        format!("{title} ({})", field.name)
    } else {
        title.clone()
    };
    let mime_type = matches!(field.field_type, FieldType::List(_)).then_some("application/json");
    let list = field.codes.as_deref();
    connection.execute(
        "INSERT INTO gpkg_data_columns VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            layer.id.as_str(),
            field.name,
            name,
            title,
            field.title.en,
            mime_type,
            list.map(|list| &list.id)
        ],
    )?;
    list.map_or(Ok(()), |list| describe_codes(connection, list))
}

fn describe_codes(connection: &Connection, list: &CodeList) -> rusqlite::Result<()> {
    for code in &list.codes {
        let value = match &code.value {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            _ => continue,
        };
        connection.execute(
            "INSERT OR IGNORE INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description) VALUES (?1, 'enum', ?2, ?3)",
            params![list.id, value, code.title.cs],
        )?;
    }
    Ok(())
}
