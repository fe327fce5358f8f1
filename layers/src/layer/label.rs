//! Labels: text made from a feature's values by a pattern such as `{street} {house_number}`.

use std::fmt;

use crate::{Field, Language, Value};

/// A pattern of text and field names in braces.
///
/// A part in square brackets is left out when a field inside it has no value: `{number}[/{subdivision}]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(String),
    Optional(Vec<Part>),
}

impl Label {
    /// Reads a pattern; the error says in one sentence what is wrong with it.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        let mut rest = pattern.chars().peekable();
        let parts =
            parse_parts(&mut rest, false).map_err(|why| format!("label `{pattern}`: {why}"))?;
        Ok(Self { parts })
    }

    /// Returns the names of the fields it uses.
    pub fn field_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        collect_names(&self.parts, &mut names);
        names
    }

    /// Writes the label; `value` gives the field and value of a name, or nothing when they are hidden or unknown.
    ///
    /// Codes are written as their titles in `language`.
    pub fn write<'a>(
        &self,
        language: Language,
        value: &dyn Fn(&str) -> Option<(&'a Field, &'a Value)>,
    ) -> String {
        let mut out = String::new();
        write_parts(&self.parts, language, value, &mut out);
        out.trim().to_owned()
    }
}

/// Writes the pattern again, for a client that makes labels itself.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Field(name) => write!(f, "{{{name}}}"),
            Self::Optional(parts) => {
                f.write_str("[")?;
                parts.iter().try_for_each(|part| part.fmt(f))?;
                f.write_str("]")
            }
        }
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn parse_parts(rest: &mut Chars<'_>, nested: bool) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    while let Some(c) = rest.next() {
        let part = match c {
            '{' => {
                let name: String = rest.by_ref().take_while(|&c| c != '}').collect();
                if name.is_empty()
                    || !name
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                {
                    return Err(format!("`{{{name}}}` is not a field name"));
                }
                Part::Field(name)
            }
            '[' if !nested => Part::Optional(parse_parts(rest, true)?),
            ']' if nested => {
                push_text(&mut parts, &mut text);
                return Ok(parts);
            }
            '}' | '[' | ']' => return Err(format!("`{c}` stands alone")),
            c => {
                text.push(c);
                continue;
            }
        };
        push_text(&mut parts, &mut text);
        parts.push(part);
    }
    if nested {
        return Err("`[` is not closed".to_owned());
    }
    push_text(&mut parts, &mut text);
    Ok(parts)
}

fn push_text(parts: &mut Vec<Part>, text: &mut String) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

fn collect_names<'a>(parts: &'a [Part], names: &mut Vec<&'a str>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Field(name) => names.push(name),
            Part::Optional(parts) => collect_names(parts, names),
        }
    }
}

/// Writes the parts and returns whether every field among them had a value.
fn write_parts<'a>(
    parts: &[Part],
    language: Language,
    value: &dyn Fn(&str) -> Option<(&'a Field, &'a Value)>,
    out: &mut String,
) -> bool {
    let mut complete = true;
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Field(name) => match value(name) {
                Some((field, value)) if !value.is_null() => {
                    out.push_str(&field.display(value, language));
                }
                _ => complete = false,
            },
            Part::Optional(parts) => {
                let start = out.len();
                if !write_parts(parts, language, value, out) {
                    out.truncate(start);
                }
            }
        }
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::MergePolicy;
    use crate::{FieldType, PrivacyClass, Text};

    fn check(pattern: &str, number: &Value, expected: &str) {
        let field = Field {
            name: "number".into(),
            alias: "cislo".into(),
            title: Text {
                cs: "Číslo".into(),
                en: "Number".into(),
            },
            field_type: FieldType::Integer,
            unit: None,
            mandatory: false,
            codes: None,
            range: None,
            privacy: PrivacyClass::Public,
            merge: MergePolicy::Manual,
            indexed: false,
            was: Vec::new(),
            retired: false,
        };
        let label = Label::parse(pattern).expect("a good pattern");
        let text = label.write(Language::Czech, &|name| {
            (name == "number").then_some((&field, number))
        });
        assert_eq!(text, expected);
    }

    #[test]
    fn a_label_puts_values_in_their_places() {
        check("č. {number}", &Value::Integer(7), "č. 7");
    }

    #[test]
    fn an_optional_part_without_value_disappears_whole() {
        check("lampa[ č. {number}]", &Value::Null, "lampa");
        check("lampa[ č. {number}]", &Value::Integer(7), "lampa č. 7");
    }

    #[test]
    fn a_label_writes_the_pattern_it_was_made_of() {
        for pattern in ["č. {number}", "{a}[/{b} {c}]!", ""] {
            let label = Label::parse(pattern).expect("a good pattern");
            assert_eq!(label.to_string(), pattern);
        }
    }

    #[test]
    fn a_bad_pattern_says_what_is_wrong() {
        for bad in ["{Number}", "{}", "[a", "a]", "}"] {
            assert!(Label::parse(bad).is_err(), "{bad}");
        }
    }
}
