//! HTTPS: the certificate in force, read again when its files change, without cutting a connection.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::config::Https;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// The certificate with which the server shows who it is.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: Https,
    in_force: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads the files; the error says which cannot be used.
    pub(crate) fn read(files: Https) -> io::Result<Arc<Self>> {
        let in_force = RwLock::new(Arc::new(read(&files)?));
        Ok(Arc::new(Self { files, in_force }))
    }

    /// Makes what accepts connections: TLS 1.2 and 1.3, and within it HTTP/1.1 alone, whose limits the gate knows.
    pub(crate) fn acceptor(self: &Arc<Self>) -> TlsAcceptor {
        let provider = Arc::new(ring::default_provider());
        let versions =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = versions
            .expect("ring knows the versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config).into()
    }

    /// Reads the files again when they change, or when SIGHUP asks for it; without end.
    pub(crate) async fn keep_fresh(self: Arc<Self>) {
        let mut hang_up = signal(SignalKind::hangup()).expect("a signal handler can be installed");
        let mut seen = self.changed();
        loop {
            let is_told = tokio::select! {
                _ = hang_up.recv() => true,
                () = sleep(LOOK) => false,
            };
            let now = self.changed();
            if is_told || now != seen {
                seen = now;
                self.read_again();
            }
        }
    }

    fn read_again(&self) {
        match read(&self.files) {
            Ok(key) => {
                *self
                    .in_force
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                tracing::info!("the certificate was read again");
            }
            Err(error) => tracing::error!("the old certificate stays in force: {error}"),
        }
    }

    /// Returns when the files were changed last.
    fn changed(&self) -> [Option<SystemTime>; 2] {
        [&self.files.certificate, &self.files.key]
            .map(|path| fs::metadata(path).and_then(|file| file.modified()).ok())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let in_force = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&in_force))
    }
}

fn read(files: &Https) -> io::Result<CertifiedKey> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(&files.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let key = key.map_err(|error| unusable(&files.key, &error))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|error| unusable(&files.certificate, &error))
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{} cannot be used: {error}", path.display()))
}
