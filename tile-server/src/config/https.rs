//! `[https]` of `obzor.toml`: where the server listens for HTTPS, and with which certificate.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The section; all of it is needed. Paths are those of the system, not of the instance.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Https {
    /// The address and port, such as `0.0.0.0:443`.
    pub(crate) listen: SocketAddr,
    /// The certificate and those above it, PEM.
    pub(crate) certificate: PathBuf,
    /// Its private key, PEM.
    pub(crate) key: PathBuf,
}
