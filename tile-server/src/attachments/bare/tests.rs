//! Whatever a camera writes into a picture, nothing of it is in the bare copy, and the picture is the same.

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use proptest::prelude::*;

use super::*;

const JPEG: &[u8] = include_bytes!("../../../../tests/attachments/lamp.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("../../../../tests/attachments/lamp-progressive.jpg");
const PNG: &[u8] = include_bytes!("../../../../tests/attachments/lamp.png");
const WEBP: &[u8] = include_bytes!("../../../../tests/attachments/lamp.webp");
const ALPHA: &[u8] = include_bytes!("../../../../tests/attachments/lamp-alpha.webp");
const ANIMATED: &[u8] = include_bytes!("../../../../tests/attachments/lamp-animated.webp");

/// What is planted: texts that stand nowhere else, a position, and how the picture is turned.
#[derive(Clone, Debug)]
struct Planted {
    texts: Vec<String>,
    seconds: u32,
    turn: u16,
}

impl Planted {
    /// Writes EXIF with an owner, a serial number, a maker's note and the position.
    fn exif(&self) -> Vec<u8> {
        let ascii = |tag, text: &str| field(tag, Value::Ascii(vec![text.as_bytes().to_vec()]));
        let degrees = |tag, whole| {
            let parts = [(whole, 1), (27, 1), (self.seconds, 1_000_000)];
            let parts = parts.map(|(num, denom)| Rational { num, denom });
            field(tag, Value::Rational(parts.to_vec()))
        };
        let note = self.texts[2].as_bytes().to_vec();
        let fields = [
            field(Tag::Orientation, Value::Short(vec![self.turn])),
            ascii(Tag::Artist, &self.texts[0]),
            ascii(Tag::BodySerialNumber, &self.texts[1]),
            field(Tag::MakerNote, Value::Undefined(note, 0)),
            ascii(Tag::GPSLatitudeRef, "N"),
            degrees(Tag::GPSLatitude, 50),
            ascii(Tag::GPSLongitudeRef, "E"),
            degrees(Tag::GPSLongitude, 13),
        ];
        let mut writer = Writer::new();
        for field in &fields {
            writer.push_field(field);
        }
        let mut out = std::io::Cursor::new(Vec::new());
        writer.write(&mut out, false).expect("memory takes all");
        out.into_inner()
    }

    /// Returns all that was planted, as bytes.
    fn secrets(&self) -> Vec<Vec<u8>> {
        let texts = self.texts.iter().map(|text| text.as_bytes().to_vec());
        texts.chain([self.seconds.to_be_bytes().to_vec()]).collect()
    }
}

fn field(tag: Tag, value: Value) -> Field {
    Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    }
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

fn jpeg(base: &[u8], planted: &Planted) -> Vec<u8> {
    let [xmp, iptc, comment, trailer] = [3, 4, 5, 6].map(|at| planted.texts[at].as_bytes());
    let exif = planted.exif();
    [
        &base[..2],
        &segment(0xe0, &[b"JFXX\0\x10", comment].concat()),
        &segment(0xe1, &[b"Exif\0\0", &exif[..]].concat()),
        &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", xmp].concat()),
        &segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", iptc].concat()),
        &segment(0xed, &[b"Photoshop 3.0\0", iptc].concat()),
        &segment(0xfe, comment),
        &base[2..],
        trailer,
        base,
    ]
    .concat()
}

fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(content);
    let length = (content.len() as u32).to_be_bytes();
    [&length[..], &kind, content, &sum.sum().to_be_bytes()].concat()
}

fn png(planted: &Planted) -> Vec<u8> {
    const HEAD: usize = 8 + 25;
    let text = |at: usize| [b"Comment\0", planted.texts[at].as_bytes()].concat();
    [
        &PNG[..HEAD],
        &chunk(*b"eXIf", &planted.exif()),
        &chunk(*b"tEXt", &text(3)),
        &chunk(*b"iTXt", &text(4)),
        &chunk(*b"prVt", &text(5)),
        &PNG[HEAD..],
        planted.texts[6].as_bytes(),
    ]
    .concat()
}

fn webp(planted: &Planted) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, content) in webp_chunks(ALPHA).expect("sound") {
        let mut content = content.to_vec();
        if &kind == b"VP8X" {
            content[0] |= 0x2c;
        }
        add_chunk(&mut body, kind, &content);
    }
    add_chunk(&mut body, *b"ICCP", planted.texts[3].as_bytes());
    add_chunk(&mut body, *b"EXIF", &planted.exif());
    add_chunk(&mut body, *b"XMP ", planted.texts[4].as_bytes());
    add_chunk(&mut body, *b"zzzz", planted.texts[5].as_bytes());
    let length = (body.len() as u32).to_le_bytes();
    let trailer = planted.texts[6].as_bytes();
    [b"RIFF", &length[..], &body, trailer].concat()
}

fn check(media_type: MediaType, file: &[u8], clean: &[u8], planted: &Planted) {
    let holds = |bytes: &[u8], secret: &[u8]| bytes.windows(secret.len()).any(|at| at == secret);
    for secret in planted.secrets() {
        assert!(holds(file, &secret), "{media_type}: it was not planted");
    }
    let made = bare(media_type, file, planted.turn)
        .expect("sound")
        .expect("a copy");
    for secret in planted.secrets() {
        assert!(!holds(&made, &secret), "{media_type}: {secret:?}");
    }
    // The picture is that of the file into which nothing was planted, to the byte.
    let upright = bare(media_type, &made, UPRIGHT)
        .expect("sound")
        .expect("a copy");
    let expected = bare(media_type, clean, UPRIGHT)
        .expect("sound")
        .expect("a copy");
    assert_eq!(upright, expected, "{media_type}");
    let exif = exif::Reader::new().read_from_container(&mut std::io::Cursor::new(&made));
    let turn = exif.ok().map_or(UPRIGHT, |exif| {
        assert_eq!(exif.fields().count(), 1, "{media_type}");
        let turn = exif
            .get_field(Tag::Orientation, In::PRIMARY)
            .expect("a turn");
        turn.value.get_uint(0).expect("a number") as u16
    });
    assert_eq!(turn, planted.turn, "{media_type}");
    let size = |file: &[u8]| imagesize::blob_size(file).expect("a size");
    assert_eq!(size(&made), size(clean), "{media_type}");
}

fn planted() -> impl Strategy<Value = Planted> {
    let texts = prop::collection::vec("[A-Za-z0-9áčéíěšř]{8,40}", 7);
    (texts, 16_777_216_u32..50_000_000, 1_u16..=8).prop_map(|(texts, seconds, turn)| Planted {
        texts,
        seconds,
        turn,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_that_a_camera_wrote_is_in_the_bare_copy(planted in planted()) {
        for base in [JPEG, PROGRESSIVE] {
            check(MediaType::Jpeg, &jpeg(base, &planted), base, &planted);
        }
        check(MediaType::Png, &png(&planted), PNG, &planted);
        check(MediaType::WebP, &webp(&planted), ALPHA, &planted);
    }

    #[test]
    fn no_file_however_broken_makes_trouble(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0_usize..300) {
        for media_type in MediaType::ALL {
            let _ = bare(media_type, &bytes, 6);
            for base in [JPEG, PNG, WEBP, ALPHA] {
                let mut file = base.to_vec();
                let from = at.min(file.len());
                let to = (from + bytes.len()).min(file.len());
                file.splice(from..to, bytes.iter().copied());
                let _ = bare(media_type, &file, 1);
            }
        }
    }
}

#[test]
fn what_we_cannot_clean_has_no_bare_copy_and_what_is_broken_is_told() {
    assert_eq!(bare(MediaType::WebP, ANIMATED, UPRIGHT), Ok(None));
    assert_eq!(bare(MediaType::Heic, b"", UPRIGHT), Ok(None));
    assert_eq!(bare(MediaType::Pdf, b"", UPRIGHT), Ok(None));
    let plain = bare(MediaType::WebP, WEBP, UPRIGHT);
    assert_eq!(plain.expect("sound").as_deref(), Some(WEBP));
    for (media_type, file) in [
        (MediaType::Jpeg, &JPEG[..30]),
        (MediaType::Png, &PNG[..100]),
        (MediaType::WebP, &WEBP[..60]),
    ] {
        assert_eq!(bare(media_type, file, UPRIGHT), Err(Broken), "{media_type}");
    }
}
