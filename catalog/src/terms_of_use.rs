//! Terms of use: the four questions that Czech open data answer about rights.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What users must know about rights, with who decided it, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsOfUse {
    /// Whether the data contain works protected by copyright (autorská díla).
    pub works: Protection,
    /// Whether the database is itself such a work (databáze jako autorské dílo).
    pub database_work: Protection,
    /// Whether the maker of the database has a right of their own (zvláštní právo pořizovatele databáze).
    pub database_right: Protection,
    /// Whether the data contain personal data (osobní údaje).
    pub personal_data: PersonalData,
    /// Whom to name, needed where a licence asks for it.
    pub author: Option<String>,
    /// Who decided the four answers.
    pub decided_by: String,
    /// When.
    pub decided_on: NaiveDate,
    /// Why.
    pub reason: String,
}

/// How one kind of right stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protection {
    /// There is nothing to protect, so no licence is needed.
    #[serde(rename = "none")]
    None,
    /// The right is waived by CC0.
    #[serde(rename = "CC0-1.0")]
    Cc0,
    /// Use is allowed to those who name the author.
    #[serde(rename = "CC-BY-4.0")]
    CcBy4,
}

/// Whether there are personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonalData {
    /// There are none.
    None,
    /// There are some, published because the law says so.
    Contained,
}

/// The one licence under which a dataset as a whole may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Licence {
    /// No conditions.
    Cc0,
    /// The author must be named.
    CcBy4,
}

impl TermsOfUse {
    /// Returns the licence that the three answers about rights amount to, the strictest of them.
    pub fn licence(&self) -> Licence {
        let parts = [self.works, self.database_work, self.database_right];
        if parts.contains(&Protection::CcBy4) {
            Licence::CcBy4
        } else {
            Licence::Cc0
        }
    }
}
