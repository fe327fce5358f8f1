//! The codings in which tiles are sent: which of them somebody takes, and how bytes are written in one.

use std::io::Read;

use flate2::read::GzDecoder;
use libdeflater::{CompressionLvl, Compressor};

use super::gzip;

/// A content coding (RFC 9110, section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As the bytes are.
    Identity,
    /// With gzip (RFC 1952).
    Gzip,
    /// With Zstandard (RFC 8878).
    Zstd,
    /// With Brotli (RFC 7932).
    Brotli,
}

/// The codings that somebody takes; bytes as they are everybody takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Encodings {
    /// With gzip.
    pub gzip: bool,
    /// With Zstandard.
    pub zstd: bool,
    /// With Brotli.
    pub brotli: bool,
}

/// How much time may be spent on making bytes few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// As little as possible: somebody waits.
    Least,
    /// Some milliseconds: the bytes will be sent often.
    More,
}

/// Fewer bytes than this fit the same packet however they are sent.
const TINY: usize = 256;

impl Encoding {
    /// Returns the name in `Content-Encoding`; none for bytes as they are.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
            Self::Brotli => Some("br"),
        }
    }
}

impl Encodings {
    /// Only bytes as they are.
    pub const NONE: Self = Self {
        gzip: false,
        zstd: false,
        brotli: false,
    };
    /// Gzip alone.
    pub const GZIP: Self = Self {
        gzip: true,
        ..Self::NONE
    };

    /// Returns the coding to be used for some bytes.
    pub(super) fn best(self, content: &[u8], effort: Effort) -> Encoding {
        let by_speed = [
            (Encoding::Gzip, self.gzip),
            (Encoding::Zstd, self.zstd),
            (Encoding::Brotli, self.brotli),
        ];
        let mut taken = by_speed.into_iter().filter(|(_, is_taken)| *is_taken);
        let best = match effort {
            _ if content.len() < TINY => None,
            Effort::Least => taken.next(),
            // In the other direction the codings stand by the bytes that they save.
            Effort::More => taken.next_back(),
        };
        best.map_or(Encoding::Identity, |(encoding, _)| encoding)
    }
}

/// Returns bytes in a coding; the same bytes come out of the same bytes on every machine.
pub(crate) fn encoded(content: &[u8], encoding: Encoding, effort: Effort) -> Vec<u8> {
    let is_quick = effort == Effort::Least;
    match encoding {
        Encoding::Identity => content.to_vec(),
        Encoding::Gzip if is_quick => gzip::compress(content),
        Encoding::Gzip => deflated(content),
        Encoding::Zstd => {
            let level = if is_quick { 1 } else { 19 };
            zstd::bulk::compress(content, level).expect("memory is all it needs")
        }
        Encoding::Brotli => {
            let parameters = brotli::enc::BrotliEncoderParams {
                quality: if is_quick { 2 } else { 10 },
                size_hint: content.len(),
                ..Default::default()
            };
            let mut out = Vec::new();
            brotli::BrotliCompress(&mut &*content, &mut out, &parameters)
                .expect("reading and writing memory does not fail");
            out
        }
    }
}

/// Returns bytes as they were before [`encoded`]; none if they were not encoded so.
pub(super) fn decoded(bytes: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    match encoding {
        Encoding::Identity => content.extend_from_slice(bytes),
        Encoding::Gzip => {
            GzDecoder::new(bytes).read_to_end(&mut content).ok()?;
        }
        Encoding::Zstd => content = zstd::decode_all(bytes).ok()?,
        Encoding::Brotli => brotli::BrotliDecompress(&mut &*bytes, &mut content).ok()?,
    }
    Some(content)
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let level = CompressionLvl::new(9).expect("libdeflate has levels 0 to 12");
    let mut compressor = Compressor::new(level);
    let mut out = vec![0; compressor.gzip_compress_bound(content.len())];
    let length = compressor
        .gzip_compress(content, &mut out)
        .expect("the bound says how much room is needed");
    out.truncate(length);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Encodings = Encodings {
        gzip: true,
        zstd: true,
        brotli: true,
    };

    #[test]
    fn every_coding_comes_back_at_every_effort() {
        let content = b"Chomutov, Jirkov, Kadan, Klasterec nad Ohri. ".repeat(200);
        for effort in [Effort::Least, Effort::More] {
            for encoding in [
                Encoding::Identity,
                Encoding::Gzip,
                Encoding::Zstd,
                Encoding::Brotli,
            ] {
                let made = encoded(&content, encoding, effort);
                assert_eq!(decoded(&made, encoding).as_ref(), Some(&content));
                assert!(encoding == Encoding::Identity || made.len() < 300);
            }
        }
    }

    #[test]
    fn the_quickest_coding_comes_first_and_the_smallest_later() {
        let content = [7; 1000];
        assert_eq!(ALL.best(&content, Effort::Least), Encoding::Gzip);
        assert_eq!(ALL.best(&content, Effort::More), Encoding::Brotli);
        assert_eq!(Encodings::GZIP.best(&content, Effort::More), Encoding::Gzip);
        assert_eq!(
            Encodings::NONE.best(&content, Effort::Least),
            Encoding::Identity
        );
        assert_eq!(ALL.best(&content[..100], Effort::More), Encoding::Identity);
    }
}
