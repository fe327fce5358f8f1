//! Why a row is rejected, said in Czech to the person who sent the file.

use layers::{Field, Finding, Language, Layer};

/// One thing that is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For programs, such as `not-in-code-list`.
    pub kind: &'static str,
    /// The field of our layer, or none when it is about the row or its geometry.
    pub field: Option<String>,
    /// For people, in Czech.
    pub text: String,
}

impl Reason {
    /// Makes a reason about the row as a whole.
    pub(super) fn of_row(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            field: None,
            text: text.into(),
        }
    }

    /// Makes a reason about one field, which it names by its title.
    pub(super) fn of_field(kind: &'static str, field: &Field, text: impl AsRef<str>) -> Self {
        Self {
            kind,
            field: Some(field.name.clone()),
            text: format!("{}: {}", field.title.cs, text.as_ref()),
        }
    }

    /// Whether it says what is wrong with the row's geometry.
    pub(super) fn is_about_geometry(&self) -> bool {
        const KINDS: [&str; 5] = [
            "invalid-geometry",
            "far-off",
            "several-parts",
            "unreadable-geometry",
            "wrong-position",
        ];
        KINDS.contains(&self.kind)
    }

    /// Says a finding of the schema in Czech.
    pub(super) fn of_finding(layer: &Layer, finding: &Finding) -> Self {
        let (kind, text) = (finding.problem.code(), finding.problem.text().cs);
        let field = finding.field.as_ref().and_then(|name| layer.field(name));
        match field {
            Some((_, field)) => Self::of_field(kind, field, text),
            None => Self::of_row(kind, text),
        }
    }

    /// Says in Czech what GEOS found wrong with a geometry.
    pub(super) fn of_invalid_geometry(said: &str) -> Self {
        const KNOWN: [(&str, &str); 8] = [
            ("Ring Self-intersection", "hranice se dotýká sama sebe"),
            ("Self-intersection", "hranice kříží sama sebe"),
            ("Hole lies outside shell", "otvor leží mimo plochu"),
            ("Holes are nested", "otvory leží v sobě"),
            ("Nested shells", "části plochy leží v sobě"),
            ("Interior is disconnected", "vnitřek plochy není souvislý"),
            ("Too few points", "má příliš málo bodů"),
            ("Duplicate Rings", "tatáž hranice je tu dvakrát"),
        ];
        let (what, place) = said.split_once(" at or near point ").unwrap_or((said, ""));
        let known = KNOWN.iter().find(|(words, _)| what.starts_with(words));
        let mut text = format!(
            "vadná geometrie: {}",
            known.map_or(what, |(_, czech)| czech)
        );
        if !place.is_empty() {
            text.push_str(" u bodu ");
            text.push_str(place);
        }
        Self::of_row("invalid-geometry", text)
    }
}

/// Lists the first codes of a field, so that the person sees what may stand there.
pub(super) fn allowed_codes(field: &Field) -> String {
    const SHOWN: usize = 12;
    let codes = field.codes.iter().flat_map(|list| &list.codes);
    let mut shown: Vec<_> = codes
        .map(|code| {
            let title = code.title.in_language(Language::Czech);
            match &code.value {
                layers::Value::Integer(number) => format!("{number} {title}"),
                _ => title.to_owned(),
            }
        })
        .collect();
    if shown.len() > SHOWN {
        shown.truncate(SHOWN);
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
