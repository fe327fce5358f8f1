//! How the broker is asked: over HTTPS, in bounded time, bytes and places, following nobody elsewhere.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::config::{ClientSecret, OidcConfig};

use super::OidcError;

const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of one answer.
const SIZE_MAX: u64 = 1024 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// Asks the broker.
pub(super) struct Exchange {
    agent: Result<Agent, String>,
}

impl Exchange {
    /// Asks nobody yet; a file of certificates that cannot be read shows when the broker is asked.
    pub(super) fn new(config: &OidcConfig) -> Self {
        Self {
            agent: agent(config),
        }
    }

    /// Gets a document.
    pub(super) fn get(&self, address: &str) -> Result<Json, OidcError> {
        let request = self
            .agent()?
            .get(address)
            .header(ACCEPT, "application/json");
        let mut answer = request.call().map_err(ask)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(OidcError::Ask(format!("{address} answers {status}")));
        }
        answer
            .body_mut()
            .with_config()
            .limit(SIZE_MAX)
            .read_json()
            .map_err(ask)
    }

    /// Sends a form in the name of this program.
    pub(super) fn post(
        &self,
        address: &str,
        form: &[(&str, &str)],
        config: &OidcConfig,
    ) -> Result<Json, OidcError> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request = self.agent()?.post(address);
        request = request
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, FORM);
        match secret(&config.secret)? {
            Some(secret) => {
                request = request.header(AUTHORIZATION, basic(&config.client_id, &secret));
            }
            None => drop(body.append_pair("client_id", &config.client_id)),
        }
        let mut answer = request.send(body.finish()).map_err(ask)?;
        let status = answer.status();
        let read = answer
            .body_mut()
            .with_config()
            .limit(SIZE_MAX)
            .read_json::<Json>();
        if status.is_success() {
            return read.map_err(ask);
        }
        // What the broker says beside the kind of error may hold what was sent.
        let why = read
            .ok()
            .and_then(|body| Some(body.get("error")?.as_str()?.to_owned()));
        match why {
            Some(why) if status.is_client_error() => Err(OidcError::Refused(why)),
            _ => Err(OidcError::Ask(format!("{address} answers {status}"))),
        }
    }

    fn agent(&self) -> Result<&Agent, OidcError> {
        self.agent
            .as_ref()
            .map_err(|error| OidcError::Ask(error.clone()))
    }
}

fn agent(config: &OidcConfig) -> Result<Agent, String> {
    let mut tls = TlsConfig::builder();
    if let Some(file) = &config.ca_file {
        let unread = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = std::fs::read(file).map_err(|error| unread(&error))?;
        let items: Vec<_> = parse_pem(&text)
            .collect::<Result<_, _>>()
            .map_err(|error| unread(&error))?;
        let certificates = items.into_iter().filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<_> = certificates.collect();
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
    }
    let built = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .tls_config(tls.build())
        .build();
    Ok(built.into())
}

fn secret(secret: &ClientSecret) -> Result<Option<String>, OidcError> {
    match secret {
        ClientSecret::None => Ok(None),
        ClientSecret::Written(secret) => Ok(Some(secret.clone())),
        ClientSecret::InFile(file) => {
            let read = std::fs::read_to_string(file);
            let read = read.map_err(|error| OidcError::Ask(format!("{}: {error}", file.display())));
            Ok(Some(read?.trim().to_owned()))
        }
    }
}

/// Returns the header of RFC 6749, section 2.3.1: name and password are encoded as in a form before they are joined.
fn basic(name: &str, password: &str) -> String {
    let encoded =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encoded(name), encoded(password));
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn ask(error: ureq::Error) -> OidcError {
    OidcError::Ask(error.to_string())
}
