//! What a file is, by its own bytes: its kind, how large its picture is, and what its camera wrote into it.

use std::io::Cursor;

use exif::{Exif, In, Tag, Value};
use layers::MediaType;
use layers::crs::{Crs, in_krovak_area, transform};

use super::bare::{Broken, UPRIGHT, bare};

/// The longest side of a picture, in pixels.
const SIDE_MAX: usize = 30_000;
/// How many pixels a picture may have: what fits the memory of a telephone when it is shown.
const PIXELS_MAX: usize = 200_000_000;
/// The most characters of what a camera says of its clock.
const TAKEN_MAX: usize = 40;

/// What a file is.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) media_type: MediaType,
    pub(crate) size: Option<[u32; 2]>,
    /// In EPSG:5514.
    pub(crate) position: Option<[f64; 2]>,
    pub(crate) taken: Option<String>,
    /// The same picture without what its camera wrote; none of kinds of which we cannot make it.
    pub(crate) bare: Option<Vec<u8>>,
}

/// Why nobody wants a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwanted {
    /// It is of no kind that we know.
    UnknownKind,
    /// It is not built as its first bytes promise.
    Broken,
    /// Its picture is larger than anybody could show.
    TooLarge { max: usize },
}

impl From<Broken> for Unwanted {
    fn from(_: Broken) -> Self {
        Self::Broken
    }
}

/// Looks at a whole file.
pub(crate) fn understand(file: &[u8]) -> Result<Content, Unwanted> {
    let media_type = MediaType::of_content(file).ok_or(Unwanted::UnknownKind)?;
    if !media_type.is_image() {
        return Ok(Content {
            media_type,
            size: None,
            position: None,
            taken: None,
            bare: None,
        });
    }
    let size = imagesize::blob_size(file).map_err(|_no_size| Unwanted::Broken)?;
    let (width, height) = (size.width, size.height);
    if width == 0 || height == 0 {
        return Err(Unwanted::Broken);
    }
    if width.max(height) > SIDE_MAX || width.saturating_mul(height) > PIXELS_MAX {
        return Err(Unwanted::TooLarge { max: SIDE_MAX });
    }
    // Most pictures have none, and what cannot be read says nothing.
    let exif = exif::Reader::new().read_from_container(&mut Cursor::new(file));
    let exif = exif.ok();
    Ok(Content {
        media_type,
        size: Some([width as u32, height as u32]),
        position: exif.as_ref().and_then(position),
        taken: exif.as_ref().and_then(taken),
        bare: bare(media_type, file, exif.as_ref().map_or(UPRIGHT, turn))?,
    })
}

fn turn(exif: &Exif) -> u16 {
    let field = exif.get_field(Tag::Orientation, In::PRIMARY);
    let turn = field.and_then(|field| field.value.get_uint(0));
    turn.filter(|turn| (1..=8).contains(turn))
        .map_or(UPRIGHT, |turn| turn as u16)
}

fn taken(exif: &Exif) -> Option<String> {
    let field = exif.get_field(Tag::DateTimeOriginal, In::PRIMARY)?;
    let Value::Ascii(lines) = &field.value else {
        return None;
    };
    let text = String::from_utf8_lossy(lines.first()?).trim().to_owned();
    let is_plain = text.len() <= TAKEN_MAX && text.starts_with(|c: char| c.is_ascii_digit());
    is_plain.then_some(text)
}

/// Returns where the camera was, if it was in Czechia.
fn position(exif: &Exif) -> Option<[f64; 2]> {
    let longitude = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    let latitude = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    let place = transform(Crs::Wgs84, Crs::SJtsk, [longitude, latitude]);
    in_krovak_area(place).then(|| place.map(|metres| (metres * 100.0).round() / 100.0))
}

fn degrees(exif: &Exif, tag: Tag, side: Tag, negative: u8) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else {
        return None;
    };
    let [degrees, minutes, seconds] = parts.get(..3)? else {
        return None;
    };
    let sum = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
    let is_negative = match &exif.get_field(side, In::PRIMARY)?.value {
        Value::Ascii(letters) => letters.first()?.first() == Some(&negative),
        _ => return None,
    };
    let signed = if is_negative { -sum } else { sum };
    signed.is_finite().then_some(signed)
}

#[cfg(test)]
mod tests;
