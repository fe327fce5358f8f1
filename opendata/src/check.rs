//! The checks that stand between a dataset and publication, with their names and what their findings do.

use catalog::Severity;
use layers::Text;

use crate::finding::text;

/// One check; its name in reports is that of the catalogue of checks in `docs/steward.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The record of the dataset is sound and its layers may be published.
    Record,
    /// There is at least one feature.
    NotEmpty,
    /// Values have the type that the schema says.
    FieldTypes,
    /// Mandatory values are given.
    Mandatory,
    /// No two features have the same natural key.
    UniqueKeys,
    /// Values are in their code lists.
    Codes,
    /// Numbers are within their range and texts are not garbled.
    Plausible,
    /// No text would be run as a formula by a spreadsheet.
    Formulas,
    /// Every feature has a geometry of the layer's type, and a feature of a table has none.
    GeometryType,
    /// Geometries are valid (OGC 06-103r4).
    Validity,
    /// Coordinates are those of EPSG:5514 in Czechia.
    Coordinates,
    /// Nothing lies far outside the municipality.
    FarOutside,
    /// Nothing lies a little outside the municipality.
    Outside,
    /// No text holds a birth number.
    BirthNumbers,
    /// No text holds an e-mail address or a telephone number.
    Contacts,
    /// The terms of use promise no personal data.
    PersonalData,
}

impl Check {
    /// All checks, in the order of reports.
    pub const ALL: [Self; 16] = [
        Self::Record,
        Self::NotEmpty,
        Self::FieldTypes,
        Self::Mandatory,
        Self::UniqueKeys,
        Self::Codes,
        Self::Plausible,
        Self::Formulas,
        Self::GeometryType,
        Self::Validity,
        Self::Coordinates,
        Self::FarOutside,
        Self::Outside,
        Self::BirthNumbers,
        Self::Contacts,
        Self::PersonalData,
    ];

    /// Returns its name in reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::Record => "MET-01",
            Self::NotEmpty => "STR-01",
            Self::FieldTypes => "STR-02",
            Self::Mandatory => "STR-03",
            Self::UniqueKeys => "STR-04",
            Self::Codes => "STR-05",
            Self::Plausible => "STR-07",
            Self::Formulas => "STR-08",
            Self::GeometryType => "GEO-01",
            Self::Validity => "GEO-02",
            Self::Coordinates => "GEO-04",
            Self::FarOutside => "GEO-05",
            Self::Outside => "GEO-05W",
            Self::BirthNumbers => "PRI-01",
            Self::Contacts => "PRI-02",
            Self::PersonalData => "PRI-05",
        }
    }

    /// Returns what its findings do.
    pub fn severity(self) -> Severity {
        match self {
            Self::Plausible | Self::Outside => Severity::Warning,
            _ => Severity::Blocking,
        }
    }

    /// Returns what it makes sure of.
    pub fn title(self) -> Text {
        match self {
            Self::Record => text(
                "Záznam datové sady je v pořádku",
                "The dataset's record is sound",
            ),
            Self::NotEmpty => text("Datová sada není prázdná", "The dataset is not empty"),
            Self::FieldTypes => text("Typy hodnot", "Types of values"),
            Self::Mandatory => text("Povinné údaje", "Mandatory values"),
            Self::UniqueKeys => text("Jedinečná evidenční čísla", "Unique natural keys"),
            Self::Codes => text("Hodnoty z číselníků", "Values of code lists"),
            Self::Plausible => text(
                "Věrohodné hodnoty a nepoškozené texty",
                "Plausible values and sound texts",
            ),
            Self::Formulas => text(
                "Texty, které by tabulkový program spustil",
                "Texts that a spreadsheet would run",
            ),
            Self::GeometryType => text(
                "Geometrie je a má správný typ",
                "Geometry is there and of the right type",
            ),
            Self::Validity => text("Platná geometrie", "Valid geometry"),
            Self::Coordinates => text("Souřadnice v S-JTSK", "Coordinates in S-JTSK"),
            Self::FarOutside => text(
                "Nic neleží daleko za hranicí obce",
                "Nothing lies far outside the municipality",
            ),
            Self::Outside => text(
                "Nic neleží těsně za hranicí obce",
                "Nothing lies just outside the municipality",
            ),
            Self::BirthNumbers => text("Žádné rodné číslo", "No birth number"),
            Self::Contacts => text(
                "Žádný e-mail ani telefon",
                "No e-mail address or telephone number",
            ),
            Self::PersonalData => text(
                "Podmínky užití bez osobních údajů",
                "Terms of use without personal data",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Check;

    #[test]
    fn every_check_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Check::ALL.iter().map(|check| check.id()).collect();
        assert_eq!(names.len(), Check::ALL.len());
    }
}
