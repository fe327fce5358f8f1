//! A cell of a foreign table as a value of one of our fields, in the habits of Czech offices.

use chrono::{DateTime, NaiveDate};
use layers::{Code, Field, FieldType, Value, from_json};

use super::cell::Cell;
use super::columns::fold;
use super::reason::{Reason, allowed_codes};

/// What stands where a text could not be decoded.
const DAMAGED: char = '\u{fffd}';
const YES: [&str; 7] = ["ano", "a", "true", "t", "yes", "1", "pravda"];
const NO: [&str; 7] = ["ne", "n", "false", "f", "no", "0", "nepravda"];

/// Converts a cell, or says in Czech why it cannot be.
pub(super) fn convert(field: &Field, cell: &Cell<'_>) -> Result<Value, Reason> {
    if let Some(value) = as_it_is(field, cell) {
        return Ok(value);
    }
    let text = cell.typed();
    let wrong = |kind, expected: &str| {
        Err(Reason::of_field(
            kind,
            field,
            format!("„{text}“ {expected}"),
        ))
    };
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if text.contains(DAMAGED) {
        return wrong(
            "damaged-text",
            "má poškozená písmena; uložte soubor v UTF-8 nebo Windows-1250",
        );
    }
    if let Some(codes) = &field.codes {
        return match meant(&codes.codes, &text) {
            Some(code) => Ok(code.value.clone()),
            None => wrong(
                "not-in-code-list",
                &format!("není v číselníku; může být: {}", allowed_codes(field)),
            ),
        };
    }
    match typed(&field.field_type, &text) {
        Some(value) => Ok(value),
        None => wrong("wrong-type", expected(&field.field_type)),
    }
}

/// Returns a number of the field's own kind, or nothing, as the way through a text would do several times slower.
fn as_it_is(field: &Field, cell: &Cell<'_>) -> Option<Value> {
    let value = match (&field.field_type, cell) {
        (_, Cell::Empty) => return Some(Value::Null),
        (FieldType::Integer, Cell::Integer(number)) => Value::Integer(*number),
        (FieldType::Real, Cell::Integer(number)) => Value::Real(*number as f64),
        (FieldType::Real, Cell::Real(number)) => Value::Real(*number),
        (FieldType::Boolean, Cell::Integer(number @ (0 | 1))) => Value::Boolean(*number == 1),
        _ => return None,
    };
    let codes = field.codes.as_ref();
    let is_code = codes.is_none_or(|list| list.title(&value).is_some());
    is_code.then_some(value)
}

/// Returns the value that a text writes, if it is one of the type.
fn typed(field_type: &FieldType, text: &str) -> Option<Value> {
    match field_type {
        FieldType::Text | FieldType::Reference(_) => Some(Value::Text(text.to_owned())),
        FieldType::Integer => whole_number(text).map(Value::Integer),
        FieldType::Real => number(text).map(Value::Real),
        FieldType::Boolean => yes_or_no(text).map(Value::Boolean),
        FieldType::Date => day(text).map(Value::Date),
        FieldType::Timestamp => DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| Value::Timestamp(at.to_utc())),
        FieldType::List(_) => serde_json::from_str(text)
            .ok()
            .and_then(|json| from_json(field_type, &json).ok()),
    }
}

fn expected(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::Integer => "není celé číslo",
        FieldType::Real => "není číslo",
        FieldType::Boolean => "není ano ani ne",
        FieldType::Date => "není datum, třeba 31. 5. 2026",
        FieldType::Timestamp => "není čas, třeba 2026-05-31T12:00:00+02:00",
        FieldType::List(_) => "není seznam v zápisu JSON",
        FieldType::Text | FieldType::Reference(_) => "není text",
    }
}

/// Returns the finite number that a Czech or English text writes: `1 234,5`, `-0.5`.
pub(super) fn number(text: &str) -> Option<f64> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = bare.replace(',', ".");
    let is_plain = bare
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    bare.parse()
        .ok()
        .filter(|n: &f64| is_plain && n.is_finite())
}

fn whole_number(text: &str) -> Option<i64> {
    /// The largest whole number that a decimal one holds exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    bare.parse().ok().or_else(|| {
        number(&bare)
            .filter(|n| n.fract() == 0.0 && n.abs() <= EXACT)
            .map(|n| n as i64)
    })
}

fn yes_or_no(text: &str) -> Option<bool> {
    let word = fold(text);
    let is_in = |words: [&str; 7]| words.contains(&word.as_str());
    is_in(YES)
        .then_some(true)
        .or_else(|| is_in(NO).then_some(false))
}

/// Returns the day of `31. 5. 2026`, of `2026-05-31`, or of the latter with a time behind it.
fn day(text: &str) -> Option<NaiveDate> {
    if let Some(day) = plain_day(text) {
        return Some(day);
    }
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let iso = bare.get(..10).unwrap_or(&bare);
    NaiveDate::parse_from_str(iso, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(&bare, "%d.%m.%Y"))
        .ok()
        .filter(|_| bare.len() <= 10 || bare.contains('T') || bare.contains(':'))
}

/// Returns the day of `2026-05-31`, as programs write it.
fn plain_day(text: &str) -> Option<NaiveDate> {
    let shape = text
        .bytes()
        .map(|b| if b.is_ascii_digit() { b'9' } else { b });
    if !shape.eq(*b"9999-99-99") {
        return None;
    }
    let [year, month, day] = [&text[..4], &text[5..7], &text[8..]].map(|part| part.parse().ok());
    NaiveDate::from_ymd_opt(year? as i32, month?, day?)
}

/// Returns the code that the text is, or else the one that it names in Czech or English.
fn meant<'a>(codes: &'a [Code], text: &str) -> Option<&'a Code> {
    let number = whole_number(text);
    let is_value = |code: &&Code| match &code.value {
        Value::Integer(value) => number == Some(*value),
        value => value.as_text() == Some(text),
    };
    codes.iter().find(is_value).or_else(|| {
        let words = fold(text);
        let is_name = |code: &&Code| words == fold(&code.title.cs) || words == fold(&code.title.en);
        codes.iter().find(is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use layers::LayerSet;
    use serde_json::{Value as Json, json};

    /// Converts a cell for a field of a shipped layer; none when it is refused.
    fn check(layer: &str, field: &str, cell: impl Into<Json>, expected: impl Into<Option<Value>>) {
        let (cell, expected): (Json, _) = (cell.into(), expected.into());
        let layers = LayerSet::shipped().expect("sound");
        let layer = layers.named(layer).expect("shipped");
        let (_, field) = layer.field(field).expect("defined");
        assert_eq!(convert(field, &Cell::from(&cell)).ok(), expected, "{cell}");
    }

    #[test]
    fn numbers_come_with_comma_point_and_spaces() {
        for (cell, number) in [
            (json!("8,5"), 8.5),
            (json!("8.5"), 8.5),
            (json!("1\u{a0}0,25 "), 10.25),
            (json!(7), 7.0),
        ] {
            check("street-lights", "height", cell, Some(number.into()));
        }
        for bad in ["osm", "1.234,5", "inf", "8 m"] {
            check("street-lights", "height", json!(bad), None);
        }
    }

    #[test]
    fn whole_numbers_may_come_as_decimal_ones_without_decimals() {
        check(
            "street-lights",
            "luminaire_count",
            json!("2,0"),
            Some(2.into()),
        );
        check(
            "street-lights",
            "luminaire_count",
            json!(2.0),
            Some(2.into()),
        );
        check("street-lights", "luminaire_count", json!("2,5"), None);
        check(
            "street-lights",
            "parcel_id",
            json!(9_007_199_254_740_993_i64),
            Some(9_007_199_254_740_993.into()),
        );
    }

    #[test]
    fn dates_are_czech_or_iso() {
        let day = NaiveDate::from_ymd_opt(2026, 5, 31).expect("a day");
        for text in [
            "31. 5. 2026",
            "31.05.2026",
            "2026-05-31",
            "2026-05-31T00:00:00",
        ] {
            check(
                "street-lights",
                "inspected_on",
                json!(text),
                Some(day.into()),
            );
        }
        for bad in ["5/31/2026", "31. 2. 2026", "loni", "2026-05-31 nejspíš"] {
            check("street-lights", "inspected_on", json!(bad), None);
        }
    }

    #[test]
    fn yes_and_no_have_many_spellings() {
        for yes in [json!("Ano"), json!("A"), json!(1), json!(true), json!("T")] {
            check("street-lights", "public", yes, Some(true.into()));
        }
        check("street-lights", "public", json!("ne"), Some(false.into()));
        check("street-lights", "public", json!("možná"), None);
    }

    #[test]
    fn a_code_is_known_by_its_value_and_by_its_title() {
        for cell in [
            json!(10),
            json!("10"),
            json!(10.0),
            json!("Sloup elektrického veřejného osvětlení"),
        ] {
            check("street-lights", "support_type", cell, Some(10.into()));
        }
        check(
            "street-lights",
            "supply",
            json!("Zemní kabel"),
            Some("underground".into()),
        );
        check("street-lights", "support_type", json!(77), None);
    }

    #[test]
    fn text_keeps_its_diacritics_and_damaged_text_is_refused() {
        check(
            "street-lights",
            "name",
            json!(" Žluťoučký kůň "),
            Some("Žluťoučký kůň".into()),
        );
        check("street-lights", "code", json!(12.0), Some("12".into()));
        check("street-lights", "name", json!("P\u{fffd}íkop"), None);
        check("street-lights", "name", json!("  "), Some(Value::Null));
    }
}
