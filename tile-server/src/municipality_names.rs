//! What municipalities are called, for whoever chooses or reads whose features a right is about.

use std::sync::Arc;

use layers::{FeatureStore, Language, Municipalities, StoreError, municipalities};

use crate::czech_order::czech_order;

/// The names of the municipalities that the store knows, in the order of a Czech list.
#[derive(Clone, Default)]
pub(crate) struct MunicipalityNames(Arc<[(i64, String)]>);

impl MunicipalityNames {
    /// Reads the names.
    pub(crate) fn read(store: &dyn FeatureStore) -> Result<Self, StoreError> {
        let known = municipalities(store, None)?.into_iter();
        let mut names: Vec<_> = known.map(|place| (place.code, place.name)).collect();
        names.sort_by_cached_key(|(_, name)| czech_order(name));
        Ok(Self(names.into()))
    }

    /// Returns codes and names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &str)> {
        self.0.iter().map(|(code, name)| (*code, name.as_str()))
    }

    /// Whether there is a municipality with this code; a store that knows none takes any.
    pub(crate) fn has(&self, code: i64) -> bool {
        self.0.is_empty() || self.0.iter().any(|(known, _)| *known == code)
    }

    /// Names some municipalities, by code those whose name is not known.
    pub(crate) fn list(&self, some: &Municipalities, language: Language) -> String {
        let Municipalities::Listed(codes) = some else {
            return match language {
                Language::Czech => "všechny obce".to_owned(),
                Language::English => "all municipalities".to_owned(),
            };
        };
        let known = self.iter().filter(|(code, _)| codes.contains(code));
        let mut names: Vec<_> = known.map(|(_, name)| name.to_owned()).collect();
        let unknown = codes
            .iter()
            .filter(|code| self.0.iter().all(|(known, _)| known != *code));
        names.extend(unknown.map(ToString::to_string));
        names.join(", ")
    }
}
