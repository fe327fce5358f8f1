//! Texts that people read, in Czech and English.

use serde::{Deserialize, Serialize};

/// One of the two languages in which Obzor speaks to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Czech, the first language.
    #[default]
    Czech,
    /// English.
    English,
}

impl Language {
    /// Returns the ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Czech => "cs",
            Self::English => "en",
        }
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Czech.
    pub cs: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Returns the text in the given language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Czech => &self.cs,
            Language::English => &self.en,
        }
    }
}
