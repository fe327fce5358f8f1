//! What only the browser of a session can open: the store alone is of no use to who steals it.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::AccountError;

/// What makes the key another one than the hash under which the session is found.
const PURPOSE: &[u8] = b"what the broker gave";
const NONCE: usize = 12;

/// Seals something with the secret of a session.
pub(crate) fn seal(secret: &str, content: &impl Serialize) -> Result<String, AccountError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(AccountError::DrawSecret)?;
    let mut bytes = serde_json::to_vec(content).expect("it has no keys but texts");
    key(secret)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut bytes,
        )
        .expect("it is shorter than 256 GB");
    Ok(BASE64_STANDARD.encode([&nonce[..], &bytes].concat()))
}

/// Opens what was sealed with the same secret; nothing otherwise.
pub(crate) fn open<T: DeserializeOwned>(secret: &str, sealed: &str) -> Option<T> {
    let bytes = BASE64_STANDARD.decode(sealed).ok()?;
    let (nonce, content) = bytes.split_at_checked(NONCE)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut content = content.to_vec();
    let opened = key(secret)
        .open_in_place(nonce, Aad::empty(), &mut content)
        .ok()?;
    serde_json::from_slice(opened).ok()
}

fn key(secret: &str) -> LessSafeKey {
    let key = Sha256::new()
        .chain_update(PURPOSE)
        .chain_update(secret.as_bytes());
    let key = UnboundKey::new(&CHACHA20_POLY1305, &key.finalize());
    LessSafeKey::new(key.expect("a SHA-256 is as long as a key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_secret_opens_it() {
        let sealed = seal("secret", &["token"]).expect("sealed");
        assert!(!sealed.contains("token"));
        assert_eq!(open("secret", &sealed), Some(["token".to_owned()]));
        assert_eq!(open::<[String; 1]>("other", &sealed), None);
        assert_eq!(open::<[String; 1]>("secret", "YWJj"), None);
        assert_ne!(seal("secret", &["token"]).expect("sealed"), sealed);
    }
}
