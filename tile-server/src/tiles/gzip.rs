//! Gzip for tiles: Huffman codes of a tile's own bytes, and matches only where they are cheap to find and pay.
//!
//! A tile is compressed when it is asked for, and ordinary compressors take most of the time of a tile. Borders hardly
//! repeat themselves, so features are written letter by letter unless a sample of them says otherwise; values and keys are
//! text, where repetitions are looked for.
//! What comes out depends on the bytes alone, so a strong entity tag can name it on every machine.

mod bits;
mod block;
mod code;
mod header;
mod repeats;
mod sections;

use bits::BitWriter;
use block::write_block;
use sections::sections;

/// Deflate, no flags, no time, the fastest algorithm, an unknown system (RFC 1952, section 2.3).
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];

/// Returns a gzip file of the bytes of a tile; any other bytes come back as well, only less small.
pub(super) fn compress(content: &[u8]) -> Vec<u8> {
    let mut out = BitWriter::after(&HEAD);
    let mut sections = sections(content).into_iter().peekable();
    while let Some(section) = sections.next() {
        write_block(&mut out, &section, sections.peek().is_none());
    }
    let mut out = out.finish();
    out.extend(libdeflater::crc32(content).to_le_bytes());
    out.extend((content.len() as u32).to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    use flate2::read::GzDecoder;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::mvt::write_layer;
    use super::*;

    fn check(content: &[u8]) {
        let packed = compress(content);
        let mut back = Vec::new();
        let read = GzDecoder::new(&packed[..]).read_to_end(&mut back);
        assert!(read.is_ok() && back == content, "{read:?}: {content:?}");
        let mut same = vec![0; content.len()];
        let length = libdeflater::Decompressor::new().gzip_decompress(&packed, &mut same);
        assert_eq!(length, Ok(content.len()));
        assert_eq!(same, content);
    }

    fn tile(features: &[u8], values: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_layer(&mut out, "lamps", features, b"\x1a\x04code", values);
        out
    }

    #[test]
    fn extremes_come_back() {
        check(b"");
        check(b"a");
        check(&vec![0; 100_000]);
        let all: Vec<u8> = (0..=255).collect();
        check(&all);
        check(&all.repeat(300));
        // Counts that grow like Fibonacci's numbers make the longest codes.
        let steep =
            (0..24_u8).flat_map(|letter| vec![letter; 1.618_f64.powi(letter.into()) as usize]);
        check(&steep.collect::<Vec<_>>());
    }

    #[test]
    fn the_program_gzip_takes_it() {
        let features = [0x12, 3, 8, 7, 9].repeat(2000);
        let content = tile(&features, &b"\x22\x06\x0a\x04text".repeat(500));
        let mut gzip = Command::new("gzip")
            .arg("-t")
            .stdin(Stdio::piped())
            .spawn()
            .expect("gzip is there");
        let mut stdin = gzip.stdin.take().expect("a pipe");
        stdin.write_all(&compress(&content)).unwrap();
        drop(stdin);
        assert!(gzip.wait().unwrap().success());
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(content in vec(any::<u8>(), 0..6000)) {
            check(&content);
        }

        #[test]
        fn any_text_comes_back(content in vec(b'a'..b'd', 0..6000)) {
            check(&content);
        }

        #[test]
        fn layers_come_back(
            layers in vec((vec((1_u8..40, any::<u8>()), 0..300), vec("[a-c]{0,20}", 0..300)), 0..4),
        ) {
            let mut content = Vec::new();
            for (features, values) in layers {
                let features = features.into_iter().flat_map(|(length, byte)| {
                    [[0x12, length].to_vec(), vec![byte; length.into()]].concat()
                });
                let values = values.into_iter().flat_map(|text| {
                    [[0x22, text.len() as u8].as_slice(), text.as_bytes()].concat()
                });
                content.extend(tile(&features.collect::<Vec<_>>(), &values.collect::<Vec<_>>()));
            }
            check(&content);
        }
    }
}
