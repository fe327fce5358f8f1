//! What the broker says of itself (`OpenID` Connect Discovery 1.0) and its keys, remembered for a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::config::OidcConfig;

use super::OidcError;
use super::exchange::Exchange;

/// How long what was learnt holds.
const HOLDS: Duration = Duration::from_hours(1);
/// How soon keys may be fetched again because of one that is not among them.
const KEYS_AGAIN: Duration = Duration::from_secs(30);

/// Where the broker does what.
#[derive(Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    jwks_uri: String,
    pub(super) end_session_endpoint: Option<String>,
}

/// What was learnt, and when.
#[derive(Default)]
pub(super) struct Known {
    metadata: Mutex<Option<(Instant, Arc<Metadata>)>>,
    keys: Mutex<Option<(Instant, Arc<JwkSet>)>>,
}

impl Known {
    /// Returns where the broker does what.
    pub(super) fn metadata(
        &self,
        exchange: &Exchange,
        config: &OidcConfig,
    ) -> Result<Arc<Metadata>, OidcError> {
        let mut known = self.metadata.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, metadata)) = &*known
            && since.elapsed() < HOLDS
        {
            return Ok(Arc::clone(metadata));
        }
        let base = config.issuer.trim_end_matches('/');
        let answer = exchange.get(&format!("{base}/.well-known/openid-configuration"))?;
        let metadata = Arc::new(checked(answer, &config.issuer)?);
        *known = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    /// Returns the keys, fetched again when the one that is wanted is not among them.
    pub(super) fn keys(
        &self,
        exchange: &Exchange,
        config: &OidcConfig,
        wanted: Option<&str>,
    ) -> Result<Arc<JwkSet>, OidcError> {
        let metadata = self.metadata(exchange, config)?;
        let mut known = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, keys)) = &*known {
            let is_there = wanted.is_none_or(|id| keys.find(id).is_some());
            let holds = if is_there { HOLDS } else { KEYS_AGAIN };
            if since.elapsed() < holds {
                return Ok(Arc::clone(keys));
            }
        }
        let answer = exchange.get(&metadata.jwks_uri)?;
        let keys: JwkSet =
            serde_json::from_value(answer).map_err(|error| OidcError::Ask(error.to_string()))?;
        let keys = Arc::new(keys);
        *known = Some((Instant::now(), Arc::clone(&keys)));
        Ok(keys)
    }
}

/// Refuses a broker that calls itself otherwise, or sends elsewhere: it would have this program ask anybody.
fn checked(answer: Json, issuer: &str) -> Result<Metadata, OidcError> {
    let metadata: Metadata =
        serde_json::from_value(answer).map_err(|error| OidcError::Ask(error.to_string()))?;
    if metadata.issuer != issuer {
        return Err(OidcError::Ask(format!(
            "it calls itself {}, not {issuer}",
            metadata.issuer
        )));
    }
    let places = [
        Some(&metadata.authorization_endpoint),
        Some(&metadata.token_endpoint),
        Some(&metadata.jwks_uri),
        metadata.end_session_endpoint.as_ref(),
    ];
    let own = origin(issuer);
    let elsewhere = places
        .into_iter()
        .flatten()
        .find(|place| origin(place) != own);
    if let Some(place) = elsewhere {
        return Err(OidcError::Ask(format!("{place} is not at {own}")));
    }
    Ok(metadata)
}

/// Returns scheme, host and port of an address.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |place| place + 3);
    let end = address[host..].find(['/', '?', '#', '\\']);
    &address[..end.map_or(address.len(), |end| host + end)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_broker_that_sends_elsewhere_is_refused() {
        let own = "https://login.example/realms/city";
        let metadata = |issuer: &str, token: &str| {
            json!({
                "issuer": issuer,
                "authorization_endpoint": "https://login.example/auth",
                "token_endpoint": token,
                "jwks_uri": "https://login.example/keys",
            })
        };
        let place = "https://login.example/token";
        assert!(checked(metadata(own, place), own).is_ok());
        for (issuer, token) in [
            ("https://login.example/realms/other", place),
            (own, "http://login.example/token"),
            (own, "https://login.example:444/token"),
            (own, "https://login.example.evil.example/token"),
            (own, "https://login.example@evil.example/token"),
        ] {
            assert!(
                checked(metadata(issuer, token), own).is_err(),
                "{issuer} {token}"
            );
        }
    }
}
