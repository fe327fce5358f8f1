//! What the SQL of both stores has in common.

/// Puts the name of a table or column in double quotes: it may have hyphens or be a word of SQL.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Puts a text in single quotes.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
