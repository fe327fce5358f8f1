//! What a dataset is about, by the EU's list of data themes.

use serde::{Deserialize, Serialize};

/// A data theme; each is written as its code in the EU's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Theme {
    /// Agriculture, fisheries, forestry and food.
    #[serde(rename = "AGRI")]
    Agriculture,
    /// Economy and finance.
    #[serde(rename = "ECON")]
    Economy,
    /// Education, culture and sport.
    #[serde(rename = "EDUC")]
    Education,
    /// Energy.
    #[serde(rename = "ENER")]
    Energy,
    /// Environment.
    #[serde(rename = "ENVI")]
    Environment,
    /// Government and public sector.
    #[serde(rename = "GOVE")]
    Government,
    /// Health.
    #[serde(rename = "HEAL")]
    Health,
    /// International issues.
    #[serde(rename = "INTR")]
    International,
    /// Justice, legal system and public safety.
    #[serde(rename = "JUST")]
    Justice,
    /// Regions and cities.
    #[serde(rename = "REGI")]
    Regions,
    /// Population and society.
    #[serde(rename = "SOCI")]
    Society,
    /// Science and technology.
    #[serde(rename = "TECH")]
    Technology,
    /// Transport.
    #[serde(rename = "TRAN")]
    Transport,
}
