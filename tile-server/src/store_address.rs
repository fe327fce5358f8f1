//! The address of a store that is a database. It may hold a password, so it is never printed or logged.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A URL such as `postgres://obzor@db.example/obzor`, as it was typed.
#[derive(Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub struct StoreAddress(String);

impl StoreAddress {
    /// Returns the URL; none when it names no kind of database that we know.
    pub(crate) fn postgres(&self) -> Option<&str> {
        let known = ["postgres://", "postgresql://"];
        known
            .iter()
            .any(|scheme| self.0.starts_with(scheme))
            .then_some(&self.0)
    }
}

impl FromStr for StoreAddress {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreAddress(…)")
    }
}
