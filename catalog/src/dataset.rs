//! Datasets: what is published together under one name.

use layers::{LayerId, Text};
use serde::{Deserialize, Serialize};

use crate::{Periodicity, TermsOfUse, Territory, Theme};

/// One or more layers of one municipality, with what their users need to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The name in addresses, in kebab-case; it never changes and is unique in the whole catalogue.
    pub id: String,
    /// Whose data it is (RÚIAN code of the municipality); only features of this municipality belong to the dataset.
    pub municipality_code: i64,
    /// The layers it is made of.
    pub layers: Vec<LayerId>,
    /// How often it is renewed.
    pub periodicity: Periodicity,
    /// What it is about, by the EU's data themes.
    pub themes: Vec<Theme>,
    /// The office that answers for the data.
    pub steward: String,
    /// What people read first.
    pub title: Text,
    /// What the data hold and how they came to be.
    pub description: Text,
    /// Words by which people look for it.
    pub keywords: Vec<Text>,
    /// The territory it covers.
    pub spatial_coverage: Vec<Territory>,
    /// Who publishes it.
    pub publisher: Publisher,
    /// Whom to ask.
    pub contact: Contact,
    /// What users must know about rights.
    pub terms_of_use: TermsOfUse,
}

/// The public body that publishes a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// Its name.
    pub name: Text,
    /// Its company number (IČO), eight digits.
    pub company_number: String,
}

/// Whom to ask about a dataset: an office rather than a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The name of the office.
    pub name: Text,
    /// Its e-mail address.
    pub email: String,
}
