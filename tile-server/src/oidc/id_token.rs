//! ID tokens (`OpenID` Connect Core 1.0, section 3.1.3.7): whose they are, for whom, from whom and until when.

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::config::{Group, OidcConfig};
use crate::rights::User;

use super::signature::{self, ALGORITHMS};
use super::{OidcError, bad};

/// How many seconds the clocks of broker and server may differ.
const SKEW: u64 = 60;

/// What an ID token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    aud: Audiences,
    azp: Option<String>,
    pub(super) nonce: Option<String>,
    #[serde(flatten)]
    more: Map<String, Json>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Many(Vec<String>),
}

/// Returns which key a token says to be signed with.
pub(super) fn key_id(token: &str) -> Result<Option<String>, OidcError> {
    Ok(decode_header(token).map_err(refused)?.kid)
}

/// Checks everything about a token but its nonce, and returns what it says.
pub(super) fn claims(token: &str, keys: &JwkSet, config: &OidcConfig) -> Result<Claims, OidcError> {
    signature::prepare();
    let header = decode_header(token).map_err(refused)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(bad("it is signed in a way that is not taken"));
    }
    let mut fitting = keys
        .keys
        .iter()
        .filter(|key| fits(key, header.kid.as_deref()));
    let key = fitting.next().ok_or_else(|| bad("there is no such key"))?;
    if fitting.next().is_some() {
        return Err(bad("it does not say which key it is signed with"));
    }
    let mut rules = Validation::new(header.alg);
    rules.leeway = SKEW;
    rules.validate_nbf = true;
    rules.set_issuer(&[&config.issuer]);
    rules.set_audience(&[&config.client_id]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let key = DecodingKey::from_jwk(key).map_err(refused)?;
    let claims = decode::<Claims>(token, &key, &rules)
        .map_err(refused)?
        .claims;
    if !claims.is_for(&config.client_id) {
        return Err(bad("it is for others too"));
    }
    Ok(claims)
}

impl Claims {
    /// Whether the token is for one client alone.
    fn is_for(&self, client: &str) -> bool {
        let alone = match &self.aud {
            Audiences::One(one) => one == client,
            Audiences::Many(many) => many.iter().all(|one| one == client) && !many.is_empty(),
        };
        alone && self.azp.as_deref().is_none_or(|party| party == client)
    }

    /// Returns the person with the rights that the groups give.
    pub(super) fn user(&self, config: &OidcConfig) -> Result<User, OidcError> {
        let groups = self
            .named(&config.groups_claim)
            .map(texts)
            .unwrap_or_default();
        let is_member = |group: &&Group| groups.contains(&group.name.as_str());
        let given = config.groups.iter().filter(is_member);
        let roles: Vec<_> = given.map(|group| group.role.clone()).collect();
        if roles.is_empty() {
            return Err(OidcError::NoRole);
        }
        let name = self.named(&config.name_claim).and_then(Json::as_str);
        Ok(User::new(
            name.ok_or_else(|| bad("it names nobody"))?,
            roles,
        ))
    }

    /// Returns a claim by its name, or by the path to it.
    fn named(&self, path: &str) -> Option<&Json> {
        self.more.get(path).or_else(|| {
            let mut steps = path.split('.');
            let first = self.more.get(steps.next()?);
            steps.fold(first, |place, step| place?.get(step))
        })
    }
}

/// Whether a token may be signed with a key.
fn fits(key: &Jwk, wanted: Option<&str>) -> bool {
    let common = &key.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    signs && wanted.is_none_or(|id| common.key_id.as_deref() == Some(id))
}

fn texts(claim: &Json) -> Vec<&str> {
    match claim {
        Json::Array(many) => many.iter().filter_map(Json::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn refused(error: jsonwebtoken::errors::Error) -> OidcError {
    OidcError::BadToken(error.to_string())
}
