//! What files say of themselves, and which nobody wants.

use exif::experimental::Writer;
use exif::{Field, Rational};

use super::*;

const JPEG: &[u8] = include_bytes!("../../../../tests/attachments/lamp.jpg");
const PNG: &[u8] = include_bytes!("../../../../tests/attachments/lamp.png");
const WEBP: &[u8] = include_bytes!("../../../../tests/attachments/lamp.webp");
const HEIC: &[u8] = include_bytes!("../../../../tests/attachments/lamp.heic");

fn check(file: &[u8], media_type: MediaType, size: [u32; 2], has_bare: bool) {
    let content = understand(file).expect("wanted");
    assert_eq!(content.media_type, media_type);
    assert_eq!(content.size, Some(size), "{media_type}");
    assert_eq!(content.bare.is_some(), has_bare, "{media_type}");
}

fn check_unwanted(file: &[u8], why: Unwanted) {
    let found = understand(file).err();
    assert_eq!(
        found,
        Some(why),
        "{}",
        String::from_utf8_lossy(&file[..file.len().min(40)])
    );
}

#[test]
fn pictures_are_known_by_their_bytes() {
    check(JPEG, MediaType::Jpeg, [48, 32], true);
    check(PNG, MediaType::Png, [48, 32], true);
    check(WEBP, MediaType::WebP, [48, 32], true);
    // As it is coded, in blocks; what is shown of it may be less.
    check(HEIC, MediaType::Heic, [64, 64], false);
    let document = understand(b"%PDF-1.7\n").expect("wanted");
    assert_eq!((document.media_type, document.size), (MediaType::Pdf, None));
}

#[test]
fn what_browsers_run_and_what_is_no_picture_is_unwanted() {
    for file in [
        &b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"[..],
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"GIF89a<script>",
        b"MZ\x90\0",
        b"",
    ] {
        check_unwanted(file, Unwanted::UnknownKind);
    }
    check_unwanted(&JPEG[..100], Unwanted::Broken);
    check_unwanted(&PNG[..100], Unwanted::Broken);
}

#[test]
fn a_bomb_is_known_by_its_head() {
    let mut bomb = PNG.to_vec();
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    check_unwanted(&bomb, Unwanted::TooLarge { max: SIDE_MAX });
    bomb[16..20].copy_from_slice(&[0; 4]);
    check_unwanted(&bomb, Unwanted::Broken);
}

#[test]
fn the_position_of_the_camera_is_read_in_metres() {
    let rational = |num, denom| Rational { num, denom };
    let [north, east] = [("N", 50, 27, 3_816), ("E", 13, 24, 1_332)].map(|(side, d, m, s)| {
        let side = Value::Ascii(vec![side.as_bytes().to_vec()]);
        (side, vec![rational(d, 1), rational(m, 1), rational(s, 100)])
    });
    let fields = [
        (Tag::GPSLatitudeRef, north.0),
        (Tag::GPSLatitude, Value::Rational(north.1)),
        (Tag::GPSLongitudeRef, east.0),
        (Tag::GPSLongitude, Value::Rational(east.1)),
        (
            Tag::DateTimeOriginal,
            Value::Ascii(vec![b"2026:05:04 10:11:12".to_vec()]),
        ),
    ];
    let fields = fields.map(|(tag, value)| Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    });
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut exif = Cursor::new(b"Exif\0\0".to_vec());
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false).expect("memory takes all");
    exif.get_mut().extend(tiff.into_inner());
    let exif = exif.into_inner();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let file = [&JPEG[..2], &[0xff, 0xe1], &length, &exif, &JPEG[2..]].concat();
    let content = understand(&file).expect("wanted");
    let expected = transform(
        Crs::Wgs84,
        Crs::SJtsk,
        [
            13.0 + 24.0 / 60.0 + 13.32 / 3600.0,
            50.0 + 27.0 / 60.0 + 38.16 / 3600.0,
        ],
    );
    let [x, y] = content.position.expect("a position");
    assert!((x - expected[0]).abs() < 0.01 && (y - expected[1]).abs() < 0.01);
    assert_eq!(content.taken.as_deref(), Some("2026:05:04 10:11:12"));
}
