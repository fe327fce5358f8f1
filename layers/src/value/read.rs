//! Reading a value that somebody sent, with everything that keeps it from being one.

use serde_json::Value as Json;

use super::from_json;
use crate::{Field, FieldType, Finding, Problem, Value};

/// Reads the value of a field from JSON; the error says what is wrong, of a list with every one of its cells.
///
/// A cell is named `list[2].cell`. What a list has no column for is refused, so that nothing sent is passed over.
pub fn read_value(field: &Field, json: &Json) -> Result<Value, Vec<Finding>> {
    let wrong = unreadable(&field.name, &field.field_type, json);
    match from_json(&field.field_type, json) {
        Ok(value) if wrong.is_empty() => Ok(value),
        _ => Err(wrong),
    }
}

fn unreadable(name: &str, field_type: &FieldType, json: &Json) -> Vec<Finding> {
    let (FieldType::List(columns), Json::Array(rows)) = (field_type, json) else {
        let wrong = from_json(field_type, json).err();
        let finding = wrong.map(|expected| Finding::of_field(name, Problem::WrongType(expected)));
        return finding.into_iter().collect();
    };
    let mut findings = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let Json::Object(cells) = row else {
            let name = format!("{name}[{number}]");
            findings.push(Finding::of_field(&name, Problem::WrongType("an object")));
            continue;
        };
        for (column, cell) in cells {
            let name = format!("{name}[{number}].{column}");
            match columns.iter().find(|known| known.name == *column) {
                Some(known) => findings.extend(unreadable(&name, &known.field_type, cell)),
                None => findings.push(Finding::of_field(&name, Problem::UnknownField)),
            }
        }
    }
    findings
}
