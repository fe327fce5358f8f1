//! Encrypted connections to the database: `sslmode` and `sslrootcert` of the address, with the meaning libpq gives them.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use postgres::Config;
use postgres::config::{Host, SslMode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;

/// What the address asks of an encrypted connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wish {
    /// How far the server's certificate must be right; none when it is not looked at.
    proof: Option<Proof>,
    /// The file with the certificates that are trusted.
    roots: Option<String>,
}

/// What a server's certificate must prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// That somebody who is trusted signed it.
    Signed,
    /// That, and that it is the certificate of the host in the address.
    SignedForHost,
}

/// Reads an address and makes what encrypts its connections; what it says is not repeated, as it may hold a password.
pub(super) fn read(address: &str) -> Result<(Config, MakeRustlsConnect), StoreError> {
    let (plain, wish) = split(address);
    let mut config: Config = plain.parse().map_err(|_secret| {
        unusable(
            "the address of the database cannot be understood; write postgres://USER@HOST/DATABASE, and sslmode, if any, \
             as disable, prefer, require, verify-ca or verify-full",
        )
    })?;
    // As with libpq: a socket in a folder is never encrypted.
    let is_folder = |host: &Host| matches!(host, Host::Unix(_));
    if config.get_hosts().iter().all(is_folder) && config.get_hostaddrs().is_empty() {
        config.ssl_mode(SslMode::Disable);
    }
    Ok((config, MakeRustlsConnect::new(client(wish)?)))
}

fn unusable(why: &str) -> StoreError {
    StoreError::Unusable(why.to_owned())
}

/// Takes out of an address what the engine does not know, and replaces the modes that it does not know.
fn split(address: &str) -> (String, Wish) {
    let mut wish = Wish::default();
    let Some((before, query)) = address.split_once('?') else {
        return (address.to_owned(), wish);
    };
    let mut rest = Vec::new();
    let mut requires = false;
    for pair in query.split('&') {
        let kept = match pair.split_once('=') {
            Some(("sslmode", "verify-ca")) => {
                wish.proof = Some(Proof::Signed);
                "sslmode=require"
            }
            Some(("sslmode", "verify-full")) => {
                wish.proof = Some(Proof::SignedForHost);
                "sslmode=require"
            }
            Some(("sslrootcert", file)) => {
                let file = percent_decode_str(file).decode_utf8_lossy();
                wish.roots = Some(file.into_owned());
                continue;
            }
            _ => pair,
        };
        requires |= kept == "sslmode=require";
        rest.push(kept);
    }
    if requires && wish.roots.is_some() {
        // As with libpq: who names the file wants it to be used.
        wish.proof.get_or_insert(Proof::Signed);
    }
    let rest = rest.join("&");
    let mark = if rest.is_empty() { "" } else { "?" };
    (format!("{before}{mark}{rest}"), wish)
}

fn client(wish: Wish) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let trusted = match (wish.proof, wish.roots) {
        (None, _) => None,
        (Some(_), None) => {
            return Err(unusable(
                "sslmode=verify-ca and verify-full need sslrootcert=FILE, the certificates that are trusted (PEM)",
            ));
        }
        (Some(proof), Some(file)) => Some(Trusted::read(&file, proof, &provider)?),
    };
    let verifier = Arc::new(Verifier {
        trusted,
        provider: Arc::clone(&provider),
    });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the default versions")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// The certificates that are trusted, and what one must prove that they signed.
#[derive(Debug)]
struct Trusted {
    proof: Proof,
    themselves: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl Trusted {
    fn read(file: &str, proof: Proof, provider: &Arc<CryptoProvider>) -> Result<Self, StoreError> {
        let bad = |why: String| unusable(&format!("sslrootcert: {file} cannot be used: {why}"));
        let certificates = CertificateDer::pem_file_iter(file);
        let certificates: Result<Vec<_>, _> = certificates.and_then(Iterator::collect);
        let certificates = certificates.map_err(|error| bad(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            let added = roots.add(certificate.clone());
            added.map_err(|error| bad(error.to_string()))?;
        }
        let chains =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        Ok(Self {
            proof,
            themselves: certificates,
            chains: chains.build().map_err(|error| bad(error.to_string()))?,
        })
    }

    /// Checks a certificate by what is trusted.
    fn check(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.themselves.iter().any(|one| one == certificate) {
            // A server's own certificate, signed by itself: no chain leads to it, it is known.
            return match self.proof {
                Proof::Signed => Ok(()),
                Proof::SignedForHost => {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, host)
                }
            };
        }
        let checked = self
            .chains
            .verify_server_cert(certificate, between, host, &[], now);
        match (checked, self.proof) {
            // The name is looked at last, when everything else is right.
            (
                Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )),
                Proof::Signed,
            ) => Ok(()),
            (checked, _) => checked.map(|_| ()),
        }
    }
}

/// Checks what a server shows: that it holds the key of its certificate, and the certificate as far as was asked.
#[derive(Debug)]
struct Verifier {
    trusted: Option<Trusted>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _revocation: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(trusted) = &self.trusted {
            trusted.check(certificate, between, host, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, plain: &str, proof: Option<Proof>, roots: Option<&str>) {
        let (found, wish) = split(address);
        assert_eq!(found, plain, "{address}");
        let roots = roots.map(str::to_owned);
        assert_eq!(wish, Wish { proof, roots }, "{address}");
    }

    #[test]
    fn an_address_says_how_far_the_server_must_prove_itself() {
        check("postgres://a@b/c", "postgres://a@b/c", None, None);
        check(
            "postgres://b/c?sslmode=prefer",
            "postgres://b/c?sslmode=prefer",
            None,
            None,
        );
        check(
            "postgres://b/c?sslmode=verify-full&sslrootcert=%2Fetc%2Fm%C4%9Bsto.pem&user=x",
            "postgres://b/c?sslmode=require&user=x",
            Some(Proof::SignedForHost),
            Some("/etc/město.pem"),
        );
        check(
            "postgres://b/c?sslrootcert=/r&sslmode=verify-ca",
            "postgres://b/c?sslmode=require",
            Some(Proof::Signed),
            Some("/r"),
        );
        check(
            "postgres://b/c?sslrootcert=/r&sslmode=require",
            "postgres://b/c?sslmode=require",
            Some(Proof::Signed),
            Some("/r"),
        );
        check(
            "postgres://b/c?sslrootcert=/r",
            "postgres://b/c",
            None,
            Some("/r"),
        );
    }
}
