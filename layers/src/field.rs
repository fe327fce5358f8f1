//! Fields: what may be known of a feature, and how a value must look.

use std::sync::Arc;

use crate::merge::MergePolicy;
use crate::{CodeList, Language, LayerId, PrivacyClass, Text, Value};

/// What kind of value a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldType {
    /// Text in UTF-8.
    Text,
    /// A 64-bit integer.
    Integer,
    /// A finite 64-bit number.
    Real,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// An instant.
    Timestamp,
    /// Rows of nested values, such as the luminaires of a lamp.
    List(Vec<Field>),
    /// The last part of the natural key of a feature of another layer, in the same municipality.
    Reference(LayerId),
}

/// One thing that may be known of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// English `snake_case`, as in the store, in tiles and in the API.
    pub name: String,
    /// The Czech name of the canonical schema, in `snake_case` without diacritics.
    pub alias: String,
    /// What people read.
    pub title: Text,
    /// The kind of value.
    pub field_type: FieldType,
    /// Unit of measure (UCUM; money by its ISO 4217 code), such as `m` or `CZK`.
    pub unit: Option<String>,
    /// Whether a feature without it is refused.
    pub mandatory: bool,
    /// The values allowed, if there are only some.
    pub codes: Option<Arc<CodeList>>,
    /// Smallest and largest number allowed.
    pub range: Option<(f64, f64)>,
    /// Who may know it.
    pub privacy: PrivacyClass,
    /// What is done when two people gave it different values.
    pub merge: MergePolicy,
    /// Whether features are often asked for by it, so that stores keep an index of it.
    pub indexed: bool,
    /// Its former names: clients may go on using them, and history holds values under them.
    pub was: Vec<String>,
    /// Whether nobody is to use it any more; its past values stay.
    pub retired: bool,
}

impl Field {
    /// Returns the names by which it may be called: its own, then its former ones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.was)
            .map(String::as_str)
    }

    /// Whether that is its name, or was.
    pub fn is_called(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }

    /// Returns the value as people read it: codes by their titles, dates and numbers in the habit of the language.
    pub fn display(&self, value: &Value, language: Language) -> String {
        if let Some(title) = self.codes.as_ref().and_then(|codes| codes.title(value)) {
            return title.in_language(language).to_owned();
        }
        match value {
            Value::Null => String::new(),
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => display_real(*number, language),
            Value::Boolean(flag) => display_boolean(*flag, language).to_owned(),
            Value::Date(day) => display_date(*day, language),
            Value::Timestamp(at) => format!(
                "{} {}",
                display_date(at.date_naive(), language),
                at.format("%H:%M")
            ),
            Value::List(rows) => rows.len().to_string(),
        }
    }
}

fn display_real(number: f64, language: Language) -> String {
    let text = number.to_string();
    match language {
        Language::Czech => text.replace('.', ","),
        Language::English => text,
    }
}

fn display_boolean(flag: bool, language: Language) -> &'static str {
    match (flag, language) {
        (true, Language::Czech) => "ano",
        (false, Language::Czech) => "ne",
        (true, Language::English) => "yes",
        (false, Language::English) => "no",
    }
}

fn display_date(day: chrono::NaiveDate, language: Language) -> String {
    match language {
        Language::Czech => day.format("%-d. %-m. %Y").to_string(),
        Language::English => day.format("%-d %B %Y").to_string(),
    }
}
