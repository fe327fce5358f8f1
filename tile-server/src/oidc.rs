//! Login by a broker: `OpenID` Connect Core 1.0, code flow with PKCE (RFC 7636); of HTTP towards clients it knows nothing.
//!
//! The only addresses that are ever asked are those of the broker that the configuration names.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::config::{Config, OidcConfig};
use crate::rights::User;

mod exchange;
mod id_token;
mod metadata;
mod renewal;
mod signature;

use self::exchange::Exchange;
use self::id_token::Claims;
use self::metadata::Known;

pub(crate) use self::renewal::{Kept, actor, renew};

/// Why nobody was logged in by the broker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    /// The broker does not answer, or not as the standard says.
    #[error("the broker cannot be asked: {0}")]
    Ask(String),
    /// The broker does not take the code or the token: it was used, it is too old, or it is not ours.
    #[error("the broker refuses: {0}")]
    Refused(String),
    /// The ID token is not what it should be.
    #[error("the ID token is refused: {0}")]
    BadToken(String),
    /// None of the person's groups may do anything here.
    #[error("none of the groups has a role")]
    NoRole,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Draw(getrandom::Error),
}

/// The broker.
pub(crate) struct Broker {
    config: OidcConfig,
    exchange: Exchange,
    known: Known,
}

/// What a login is begun with; it stays in the browser until the browser comes back.
pub(crate) struct Begun {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

/// Somebody whom the broker knows.
pub(crate) struct Proven {
    /// Who it is for ever: issuer and subject.
    pub(crate) subject: String,
    /// With the rights that the groups give.
    pub(crate) user: User,
    pub(crate) id_token: String,
    /// With what the broker is asked again; none when it gives none.
    pub(crate) refresh_token: Option<String>,
}

/// What the broker answers to a code or a refresh token.
#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
    refresh_token: Option<String>,
}

impl Begun {
    /// Draws what a login is begun with.
    pub(crate) fn draw() -> Result<Self, OidcError> {
        let draw = || {
            let mut bits = [0; 32];
            getrandom::fill(&mut bits).map_err(OidcError::Draw)?;
            Ok(BASE64_URL_SAFE_NO_PAD.encode(bits))
        };
        Ok(Self {
            state: draw()?,
            nonce: draw()?,
            verifier: draw()?,
        })
    }
}

impl Broker {
    /// Makes the broker of a configuration, if it names one; asks nobody yet.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        let config = config.oidc.clone()?;
        Some(Self {
            exchange: Exchange::new(&config),
            known: Known::default(),
            config,
        })
    }

    /// Returns where a browser goes to log in.
    pub(crate) fn login_address(&self, begun: &Begun, back: &str) -> Result<String, OidcError> {
        let metadata = self.known.metadata(&self.exchange, &self.config)?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(begun.verifier.as_bytes()));
        Ok(with_query(
            &metadata.authorization_endpoint,
            &[
                ("response_type", "code"),
                ("client_id", &self.config.client_id),
                ("redirect_uri", back),
                ("scope", &self.config.scopes),
                ("state", &begun.state),
                ("nonce", &begun.nonce),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        ))
    }

    /// Returns where a browser goes to log out of the broker too (RP-Initiated Logout 1.0); none when it has no such place.
    pub(crate) fn logout_address(&self, id_token: &str, back: &str) -> Option<String> {
        let metadata = self.known.metadata(&self.exchange, &self.config).ok()?;
        let query = [
            ("id_token_hint", id_token),
            ("client_id", &self.config.client_id),
            ("post_logout_redirect_uri", back),
        ];
        Some(with_query(metadata.end_session_endpoint.as_ref()?, &query))
    }

    /// Gives the code that a browser brought for who its person is.
    pub(crate) fn finish(
        &self,
        code: &str,
        begun: &Begun,
        back: &str,
    ) -> Result<Proven, OidcError> {
        let tokens = self.ask_for_tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", &begun.verifier),
        ])?;
        let id_token = tokens.id_token.ok_or_else(|| bad("there is none"))?;
        let claims = self.claims(&id_token)?;
        if claims.nonce.as_deref() != Some(&begun.nonce) {
            return Err(bad("the nonce is another login's"));
        }
        self.proven(&claims, id_token, tokens.refresh_token)
    }

    /// Asks again who somebody is and what the groups are; a broker that gives no new refresh token leaves the old one.
    pub(crate) fn refresh(&self, kept: &Kept) -> Result<Proven, OidcError> {
        let Some(refresh_token) = &kept.refresh_token else {
            return Err(OidcError::Refused("there is no refresh token".to_owned()));
        };
        let tokens = self.ask_for_tokens(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ])?;
        let id_token = tokens.id_token.ok_or_else(|| bad("there is none"))?;
        let claims = self.claims(&id_token)?;
        if self.subject(&claims) != kept.subject {
            return Err(bad("it is somebody else's"));
        }
        let refresh_token = tokens.refresh_token.or_else(|| Some(refresh_token.clone()));
        self.proven(&claims, id_token, refresh_token)
    }

    /// Whether an answer of the broker that says who sent it (RFC 9207) was sent by this one.
    pub(crate) fn is_issuer(&self, issuer: Option<&str>) -> bool {
        issuer.is_none_or(|issuer| issuer == self.config.issuer)
    }

    fn ask_for_tokens(&self, form: &[(&str, &str)]) -> Result<Tokens, OidcError> {
        let metadata = self.known.metadata(&self.exchange, &self.config)?;
        let answer = self
            .exchange
            .post(&metadata.token_endpoint, form, &self.config)?;
        serde_json::from_value(answer).map_err(|error| OidcError::Ask(error.to_string()))
    }

    fn claims(&self, id_token: &str) -> Result<Claims, OidcError> {
        let key = id_token::key_id(id_token)?;
        let keys = self
            .known
            .keys(&self.exchange, &self.config, key.as_deref())?;
        id_token::claims(id_token, &keys, &self.config)
    }

    fn subject(&self, claims: &Claims) -> String {
        format!("{}#{}", self.config.issuer, claims.sub)
    }

    fn proven(
        &self,
        claims: &Claims,
        id_token: String,
        refresh_token: Option<String>,
    ) -> Result<Proven, OidcError> {
        Ok(Proven {
            subject: self.subject(claims),
            user: claims.user(&self.config)?,
            id_token,
            refresh_token,
        })
    }
}

fn bad(why: &str) -> OidcError {
    OidcError::BadToken(why.to_owned())
}

fn with_query(address: &str, query: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{}", text.extend_pairs(query).finish())
}
