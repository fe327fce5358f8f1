//! What can be wrong with a feature, with a code for programs and a sentence for people in Czech and English.

use std::fmt;

use crate::{Flaw, Text};

/// What is wrong; `Display` says it to people in English.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// A mandatory field has no value.
    Missing,
    /// The value is of another type; says which is expected.
    WrongType(&'static str),
    /// The value is not in the code list of that id.
    NotInCodeList(String),
    /// The number is outside the range.
    OutOfRange(f64, f64),
    /// There is no such layer.
    UnknownLayer,
    /// The layer shows a table that others keep; says who answers for it.
    Attached(String),
    /// The layer has no such field.
    UnknownField,
    /// The layer needs a geometry and there is none, or is a table and there is one.
    GeometryPresence,
    /// The geometry is of another type; says which is expected, as OGC writes it.
    WrongGeometry(&'static str),
    /// What was sent is not of the form that it should have; says where and why.
    Malformed(Text),
    /// The geometry is not valid by OGC 06-103r4.
    InvalidGeometry(Flaw),
    /// A coordinate is not a number or lies outside the area of use of EPSG:5514.
    OutsideArea,
    /// There is no municipality with this code in RÚIAN.
    UnknownMunicipality,
    /// The feature reaches far beyond the border of its municipality.
    OutsideMunicipality,
    /// The feature is not there (any more).
    NoSuchFeature,
    /// What the feature was at the base revision is not kept any more.
    BaseForgotten,
    /// There is already a feature with this identity.
    DuplicateId,
    /// Another feature has the same natural key.
    DuplicateKey(String),
    /// The feature has moved on; says its current `rev`.
    Stale(i64),
    /// The feature is, or would become, of a municipality whose features the author may not change.
    NotTheirs,
    /// The number of values differs from the number of fields.
    WrongArity,
}

/// One thing that is wrong with one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The field, or none when it is about the geometry or the feature as a whole.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

impl Finding {
    /// Makes a finding about the feature as a whole.
    pub fn of_feature(problem: Problem) -> Self {
        Self {
            field: None,
            problem,
        }
    }

    /// Makes a finding about one field.
    pub fn of_field(field: &str, problem: Problem) -> Self {
        Self {
            field: Some(field.to_owned()),
            problem,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        write!(f, "{}", self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl Problem {
    /// Returns the name of the case, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongType(_) => "wrong-type",
            Self::NotInCodeList(_) => "not-in-code-list",
            Self::OutOfRange(..) => "out-of-range",
            Self::UnknownLayer => "unknown-layer",
            Self::Attached(_) => "attached-layer",
            Self::UnknownField => "unknown-field",
            Self::GeometryPresence => "geometry-presence",
            Self::WrongGeometry(_) => "wrong-geometry",
            Self::Malformed(_) => "malformed",
            Self::InvalidGeometry(flaw) => flaw.kind.code(),
            Self::OutsideArea => "outside-area",
            Self::UnknownMunicipality => "unknown-municipality",
            Self::OutsideMunicipality => "outside-municipality",
            Self::NoSuchFeature => "no-such-feature",
            Self::BaseForgotten => "base-forgotten",
            Self::DuplicateId => "duplicate-id",
            Self::DuplicateKey(_) => "duplicate-key",
            Self::Stale(_) => "stale",
            Self::NotTheirs => "not-theirs",
            Self::WrongArity => "wrong-arity",
        }
    }

    /// Says to people what is wrong, as the rest of a sentence about the field or feature.
    pub fn text(&self) -> Text {
        let fixed = match self {
            Self::WrongType(expected) => {
                return text(
                    &format!("zde má být {}", czech_type(expected)),
                    &format!("must be {expected}"),
                );
            }
            Self::NotInCodeList(list) => {
                return text(
                    &format!("hodnota není v číselníku {list}"),
                    &format!("is not in the code list {list}"),
                );
            }
            Self::OutOfRange(min, max) => {
                return text(
                    &format!("číslo musí být od {min} do {max}"),
                    &format!("must be between {min} and {max}"),
                );
            }
            Self::WrongGeometry(expected) => {
                return text(
                    &format!(
                        "jiný druh geometrie: vrstva má {}",
                        czech_geometry(expected)
                    ),
                    &format!("the geometry must be a {expected}"),
                );
            }
            Self::Attached(steward) => {
                return text(
                    &format!(
                        "vrstva ukazuje cizí tabulku a mění se jen v programu, který ji vede; odpovídá za ni {steward}"
                    ),
                    &format!(
                        "the layer shows a table of other software and changes only there; {steward} answers for it"
                    ),
                );
            }
            Self::Malformed(text) => return text.clone(),
            Self::InvalidGeometry(flaw) => return flaw.kind.text(),
            Self::DuplicateKey(key) => {
                return text(
                    &format!("týž klíč {key} má jiný prvek"),
                    &format!("another feature has the key {key}"),
                );
            }
            Self::Stale(rev) => {
                return text(
                    &format!("prvek mezitím někdo změnil, jeho rev je teď {rev}"),
                    &format!("the feature was changed meanwhile and is now at rev {rev}"),
                );
            }
            fixed => fixed.fixed_text(),
        };
        text(fixed.0, fixed.1)
    }

    fn fixed_text(&self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("povinný údaj chybí", "is mandatory and has no value"),
            Self::UnknownLayer => ("taková vrstva není", "there is no such layer"),
            Self::UnknownField => ("takový údaj vrstva nemá", "the layer has no such field"),
            Self::GeometryPresence => (
                "chybí poloha (geometrie); jen tabulka žádnou nemá",
                "a layer with geometry needs one, a table takes none",
            ),
            Self::OutsideArea => (
                "poloha je mimo území S-JTSK",
                "the geometry lies outside the area of EPSG:5514",
            ),
            Self::UnknownMunicipality => (
                "obec s tímto kódem tu není",
                "there is no municipality with this code",
            ),
            Self::OutsideMunicipality => (
                "leží víc než 100 m za hranicí své obce",
                "lies more than 100 m outside its municipality",
            ),
            Self::NoSuchFeature => ("takový prvek není", "there is no such feature"),
            Self::NotTheirs => (
                "prvek není z obce, jejíž prvky smí autor měnit",
                "is not of a municipality whose features the author may change",
            ),
            Self::BaseForgotten => (
                "jak prvek vypadal, než ho autor změnil, se už neuchovává; načtěte ho a změnu zadejte znovu",
                "what its author began with is not kept any more; read the feature and make the change again",
            ),
            Self::DuplicateId => ("prvek s tímto id už je", "a feature with this id exists"),
            _ => (
                "počet hodnot není počet údajů vrstvy",
                "the number of values is not the number of fields",
            ),
        }
    }
}

fn czech_type(expected: &str) -> &'static str {
    const WORDS: [(&str, &str); 8] = [
        ("a text", "text"),
        ("a whole number", "celé číslo"),
        ("a finite number", "číslo"),
        ("a number", "číslo"),
        ("true or false", "true nebo false"),
        ("a date", "datum, například 2026-05-31"),
        ("an object", "objekt"),
        ("a time", "čas, například 2026-05-31T12:00:00Z"),
    ];
    let known = WORDS.iter().find(|(word, _)| expected.starts_with(word));
    known.map_or("seznam", |(_, czech)| czech)
}

fn czech_geometry(ogc_name: &str) -> &'static str {
    match ogc_name {
        "POINT" => "bod",
        "LINESTRING" => "jednu linii",
        "MULTILINESTRING" => "linie",
        "POLYGON" => "jednu plochu",
        _ => "plochy",
    }
}

fn text(cs: &str, en: &str) -> Text {
    Text {
        cs: cs.to_owned(),
        en: en.to_owned(),
    }
}
