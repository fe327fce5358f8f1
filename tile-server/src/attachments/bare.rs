//! A picture without what its camera wrote into it: only the parts stay that a decoder needs, to the byte.
//!
//! What is not known to be needed goes: EXIF, XMP, IPTC, maker's notes, previews, comments, colour profiles, what stands
//! behind the end. Only how the picture is to be turned is written anew.

use flate2::Crc;
use layers::MediaType;

/// A file that is not built as its first bytes promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// How a picture is to be turned that is upright as it is (EXIF, tag 0x0112).
pub(crate) const UPRIGHT: u16 = 1;

/// Returns the bare copy of a file; none when it is of a kind of which we cannot make one.
pub(crate) fn bare(
    media_type: MediaType,
    file: &[u8],
    turn: u16,
) -> Result<Option<Vec<u8>>, Broken> {
    match media_type {
        MediaType::Jpeg => bare_jpeg(file, turn).map(Some),
        MediaType::Png => bare_png(file, turn).map(Some),
        MediaType::WebP => bare_webp(file, turn),
        MediaType::Heic | MediaType::Pdf => Ok(None),
    }
}

/// Writes EXIF that says nothing but how the picture is to be turned.
fn turned(turn: u16) -> [u8; 26] {
    let mut exif = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    exif[18..20].copy_from_slice(&turn.to_be_bytes());
    exif
}

/// The markers of segments that a decoder needs: frames, tables, scans, restart intervals (ITU T.81, table B.1).
fn is_needed_in_jpeg(marker: u8, content: &[u8]) -> bool {
    const ADOBE: u8 = 0xee;
    match marker {
        0xc8 => false,
        0xc0..=0xcf | 0xda..=0xdf => true,
        // It says how colours are coded, and has nothing else at this length.
        ADOBE => content.len() == 12 && content.starts_with(b"Adobe"),
        _ => false,
    }
}

fn bare_jpeg(file: &[u8], turn: u16) -> Result<Vec<u8>, Broken> {
    const START: [u8; 2] = [0xff, 0xd8];
    const END: [u8; 2] = [0xff, 0xd9];
    const SCAN: u8 = 0xda;
    let mut out = START.to_vec();
    if turn != UPRIGHT {
        let exif = turned(turn);
        out.extend([0xff, 0xe1, 0, 2 + 6 + exif.len() as u8]);
        out.extend(b"Exif\0\0");
        out.extend(exif);
    }
    let mut rest = file.strip_prefix(&START).ok_or(Broken)?;
    let mut has_scan = false;
    while let Some(marked) = rest.strip_prefix(&[0xff]) {
        let (&marker, after) = marked.split_first().ok_or(Broken)?;
        match marker {
            // Any number of fill bytes may stand before a marker.
            0xff => {
                rest = marked;
                continue;
            }
            0xd9 => break,
            _ => {}
        }
        let length = after.first_chunk::<2>().ok_or(Broken)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let content = after.get(2..length).ok_or(Broken)?;
        rest = &after[length..];
        let mut until = length;
        if marker == SCAN {
            has_scan = true;
            let coded = coded_length(rest);
            until += coded;
            rest = &rest[coded..];
        }
        if is_needed_in_jpeg(marker, content) {
            out.extend([0xff, marker]);
            out.extend(&after[..until]);
        }
    }
    if !has_scan {
        return Err(Broken);
    }
    out.extend(END);
    Ok(out)
}

/// Returns how many bytes of coded picture follow a scan's header: up to a marker that is no restart.
fn coded_length(rest: &[u8]) -> usize {
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    let marker = rest.windows(2).position(is_marker);
    marker.unwrap_or(rest.len())
}

fn bare_png(file: &[u8], turn: u16) -> Result<Vec<u8>, Broken> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    const NEEDED: [&[u8; 4]; 8] = [
        b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB",
    ];
    let mut out = SIGNATURE.to_vec();
    let mut rest = file.strip_prefix(SIGNATURE).ok_or(Broken)?;
    loop {
        let length = rest.first_chunk::<4>().ok_or(Broken)?;
        let length = u32::from_be_bytes(*length) as usize;
        let whole = length.checked_add(12).ok_or(Broken)?;
        let chunk = rest.get(..whole).ok_or(Broken)?;
        rest = &rest[whole..];
        let kind = &chunk[4..8];
        if NEEDED.iter().any(|needed| *needed == kind) {
            out.extend(chunk);
        }
        if kind == b"IHDR" && turn != UPRIGHT {
            let exif = turned(turn);
            let mut sum = Crc::new();
            sum.update(b"eXIf");
            sum.update(&exif);
            out.extend((exif.len() as u32).to_be_bytes());
            out.extend(b"eXIf");
            out.extend(exif);
            out.extend(sum.sum().to_be_bytes());
        }
        if kind == b"IEND" {
            return Ok(out);
        }
    }
}

fn bare_webp(file: &[u8], turn: u16) -> Result<Option<Vec<u8>>, Broken> {
    const ALPHA: u8 = 0x10;
    const EXIF: u8 = 0x08;
    let chunks = webp_chunks(file)?;
    if chunks.iter().any(|(kind, _)| kind == b"ANIM") {
        return Ok(None);
    }
    let mut body = b"WEBP".to_vec();
    let mut has_picture = false;
    for (kind, content) in chunks {
        let mut content = content.to_vec();
        match &kind {
            b"VP8X" if content.len() == 10 => {
                content[0] &= ALPHA;
                if turn != UPRIGHT {
                    content[0] |= EXIF;
                }
            }
            b"VP8 " | b"VP8L" => has_picture = true,
            b"ALPH" => {}
            _ => continue,
        }
        add_chunk(&mut body, kind, &content);
    }
    if !has_picture {
        return Err(Broken);
    }
    if turn != UPRIGHT {
        add_chunk(&mut body, *b"EXIF", &turned(turn));
    }
    let mut out = b"RIFF".to_vec();
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    Ok(Some(out))
}

/// A chunk of a WebP: its name and its content.
type Chunk<'a> = ([u8; 4], &'a [u8]);

/// Returns the chunks of a WebP with their names (RFC 9649, section 2.3).
fn webp_chunks(file: &[u8]) -> Result<Vec<Chunk<'_>>, Broken> {
    let length = file.get(4..).and_then(|rest| rest.first_chunk::<4>());
    let length = u32::from_le_bytes(*length.ok_or(Broken)?) as usize;
    let mut rest = file.get(12..length.saturating_add(8)).ok_or(Broken)?;
    let mut chunks = Vec::new();
    while let Some((kind, after)) = rest.split_first_chunk::<4>() {
        let (length, after) = after.split_first_chunk::<4>().ok_or(Broken)?;
        let length = u32::from_le_bytes(*length) as usize;
        chunks.push((*kind, after.get(..length).ok_or(Broken)?));
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    Ok(chunks)
}

fn add_chunk(out: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    out.extend(kind);
    out.extend((content.len() as u32).to_le_bytes());
    out.extend(content);
    out.extend(&[0][..content.len() % 2]);
}

#[cfg(test)]
mod tests;
