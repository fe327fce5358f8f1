//! Secrets: 256 random bits that are shown once, and the hash under which they are found again.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::AccountError;

/// Draws a secret that begins with a word by which people and scanners know it.
pub(super) fn draw(prefix: &str) -> Result<String, AccountError> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(AccountError::DrawSecret)?;
    Ok(format!("{prefix}{}", hex(&bits)))
}

/// Whether a text may have been drawn: what people think up looks otherwise.
pub(super) fn is_drawn(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns the key of a secret's record.
///
/// Secrets are found by their hash, so the time this takes says nothing about any of them.
pub(super) fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes every character");
    }
    text
}
