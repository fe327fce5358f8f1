//! An HTTP answer as a test reads it.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};
use ureq::{Agent, AsSendBody};

/// Status, headers and the bytes as they came over the wire.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Gets an address; none when nobody answers there.
    pub(crate) fn try_get(url: &str, headers: &[(&str, &str)]) -> Option<Self> {
        Self::try_ask("GET", url, headers)
    }

    /// Asks for an address by any method that sends no body; none when nobody answers there.
    pub(crate) fn try_ask(method: &str, url: &str, headers: &[(&str, &str)]) -> Option<Self> {
        Self::try_send(method, url, headers, ())
    }

    /// Sends a body, or none, by any method; none when nobody answers there.
    pub(crate) fn try_send(
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: impl AsSendBody,
    ) -> Option<Self> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = agent.run(request.body(body).ok()?).ok()?;
        Some(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec().ok()?,
        })
    }

    /// Returns a header's text, empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.transpose().unwrap().unwrap_or_default()
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}
