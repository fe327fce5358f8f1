//! How a column of any type that fits becomes a value of a field; no expression here can fail on any row.

use crate::FieldType;
use crate::store::sql::quote;

/// A column as the database describes it; of a domain, the type below.
pub(super) struct Column {
    pub(super) name: String,
    /// In the words of the database, without length or precision.
    pub(super) kind: String,
    pub(super) is_enum: bool,
    /// Whether our role may read it.
    pub(super) readable: bool,
    /// Of a number with fixed digits, how many are behind the point.
    pub(super) scale: Option<i32>,
    /// Of a geometry, its type and the number of its coordinate system.
    pub(super) geometry: Option<(String, i32)>,
}

/// Returns the expression that reads a column `t.…` as a field's type, if the column can be read so.
pub(super) fn expression(field_type: &FieldType, column: &Column) -> Option<String> {
    let name = format!("t.{}", quote(&column.name));
    let kind = column.kind.as_str();
    let whole = ["smallint", "integer", "bigint"].contains(&kind);
    let words = [
        "text",
        "character varying",
        "character",
        "name",
        "citext",
        "uuid",
    ];
    Some(match field_type {
        FieldType::Text | FieldType::Reference(_) => match kind {
            "text" => name,
            "numeric" => format!("{name}::text"),
            kind if whole || column.is_enum || words.contains(&kind) => format!("{name}::text"),
            _ => return None,
        },
        FieldType::Integer => match kind {
            "numeric" => format!(
                "CASE WHEN {name} = trunc({name}) AND abs({name}) < 9e18 THEN {name}::bigint END"
            ),
            _ if whole => format!("{name}::bigint"),
            _ => return None,
        },
        FieldType::Real => match kind {
            "double precision" => name,
            // By way of text, so that 8.3 stays 8.3.
            "real" => format!("{name}::text::float8"),
            "numeric" => format!("CASE WHEN abs({name}) < 1e300 THEN {name}::float8 END"),
            _ if whole => format!("{name}::float8"),
            _ => return None,
        },
        FieldType::Boolean => return (kind == "boolean").then_some(name),
        FieldType::Date => return (kind == "date").then_some(name),
        FieldType::Timestamp => {
            return (kind == "timestamp with time zone").then(|| format!("{name}::timestamptz(3)"));
        }
        FieldType::List(_) => return (kind == "jsonb").then_some(name),
    })
}

/// Says which columns a field can be read from.
pub(super) fn expected(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Reference(_) => "a text, a number, a uuid or an enum",
        FieldType::Integer => "smallint, integer, bigint or numeric",
        FieldType::Real => "a number",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Timestamp => "timestamp with time zone",
        FieldType::List(_) => "jsonb",
    }
}
