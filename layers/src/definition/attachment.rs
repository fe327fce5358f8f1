//! Attachments: which files may hang on the features of a layer, and how a file shows what it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PrivacyClass;

/// A kind of file that may be attached: one that is known by its own bytes, and that no browser runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MediaType {
    /// A photo, as cameras write it (ITU T.81).
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// A picture without loss (ISO/IEC 15948).
    #[serde(rename = "image/png")]
    Png,
    /// A picture as RFC 9649 describes it.
    #[serde(rename = "image/webp")]
    WebP,
    /// A photo, as newer telephones write it (ISO/IEC 23008-12).
    #[serde(rename = "image/heic")]
    Heic,
    /// A document (ISO 32000).
    #[serde(rename = "application/pdf")]
    Pdf,
}

impl MediaType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::WebP, Self::Heic, Self::Pdf];

    /// Returns the name that is registered with IANA.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Heic => "image/heic",
            Self::Pdf => "application/pdf",
        }
    }

    /// Returns how the names of such files end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Heic => "heic",
            Self::Pdf => "pdf",
        }
    }

    /// Whether it is a picture.
    pub fn is_image(self) -> bool {
        self != Self::Pdf
    }

    /// Returns what a file is by its first bytes; whatever its name and its sender say.
    pub fn of_content(head: &[u8]) -> Option<Self> {
        const HEIC_BRANDS: [&[u8]; 6] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"];
        let at = |place: usize, bytes: &[u8]| head.get(place..place + bytes.len()) == Some(bytes);
        if at(0, b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if at(0, b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            Some(Self::WebP)
        } else if at(4, b"ftyp") && HEIC_BRANDS.iter().any(|brand| at(8, brand)) {
            Some(Self::Heic)
        } else if at(0, b"%PDF-") {
            Some(Self::Pdf)
        } else {
            None
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What may hang on the features of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentRules {
    /// The kinds of files.
    pub media_types: Vec<MediaType>,
    /// How many bytes one of them may have.
    pub max_bytes: u64,
    /// The least privacy class of one; whoever attaches it may only choose a stricter one.
    #[serde(default = "internal")]
    pub privacy: PrivacyClass,
}

fn internal() -> PrivacyClass {
    PrivacyClass::Internal
}

impl AttachmentRules {
    /// Returns everything that is wrong with the rules of a layer of which a class of readers may know.
    pub(crate) fn problems(&self, audience: PrivacyClass) -> Vec<String> {
        let mut problems = Vec::new();
        if self.media_types.is_empty() {
            problems.push("attachments: `media_types` is empty".to_owned());
        }
        if self.max_bytes == 0 {
            problems.push("attachments: `max_bytes` must be at least 1".to_owned());
        }
        if self.privacy < audience {
            problems.push("attachments: `privacy` is more public than the layer".to_owned());
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &[u8], expected: Option<MediaType>) {
        let found = MediaType::of_content(head);
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(head));
    }

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", Some(MediaType::Jpeg));
        check(b"\x89PNG\r\n\x1a\n\0\0", Some(MediaType::Png));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Some(MediaType::WebP));
        check(b"\0\0\0\x18ftypheic\0\0", Some(MediaType::Heic));
        check(b"%PDF-1.7\n", Some(MediaType::Pdf));
        check(b"RIFF\x10\0\0\0WAVEfmt ", None);
        check(b"\0\0\0\x18ftypisom\0\0", None);
        check(b"<svg xmlns=\"http://www.w3.org/2000/svg\">", None);
        check(b"<!DOCTYPE html>", None);
        check(b"GIF89a", None);
        check(b"\xff\xd8", None);
        check(b"", None);
    }

    #[test]
    fn a_media_type_is_written_by_its_registered_name() {
        for one in MediaType::ALL {
            let written = serde_json::to_value(one).expect("a name");
            assert_eq!(written, one.as_str());
        }
    }
}
