//! Checksums of files, as manifests write them.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

/// Returns the length and the SHA-256 of what can be read.
pub(crate) fn digest(content: &mut dyn Read) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let bytes = io::copy(content, &mut Hashing(&mut hash))?;
    Ok((bytes, hexadecimal(&hash.finalize())))
}

/// Writes bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Takes what is written to it into a checksum.
pub(crate) struct Hashing<'a>(pub(crate) &'a mut Sha256);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
