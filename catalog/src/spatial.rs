//! The territory that a dataset covers, by the state's register of territorial identification (RÚIAN).

use serde::{Deserialize, Serialize};

/// One element of RÚIAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Territory {
    /// What it is.
    pub kind: TerritoryKind,
    /// Its code among its kind.
    pub code: i64,
}

/// The kinds of elements that datasets of a city cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TerritoryKind {
    /// A municipality (obec).
    Municipality,
    /// An administrative district of a municipality with extended powers (ORP).
    AdministrativeDistrict,
    /// A part of a municipality (část obce).
    MunicipalityPart,
    /// A cadastral area (katastrální území).
    CadastralArea,
}
