//! Names and captions as people type them, made into what may stand in a record, a header and a file system.

use layers::MediaType;

/// The most characters of a name, its ending aside, and of a caption.
const NAME_MAX: usize = 100;
const CAPTION_MAX: usize = 500;
/// What a file is called of whose name nothing is left.
const NAMELESS: &str = "priloha";

/// Returns a name without folders and signs that mean something to a system, with the ending of what the file is.
pub(crate) fn clean(name: &str, media_type: MediaType) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let is_harmless = |c: &char| !c.is_control() && !"<>:\"|?*".contains(*c) && !is_invisible(*c);
    let stem: String = stem.chars().filter(is_harmless).take(NAME_MAX).collect();
    let stem = stem.trim_matches(['.', ' ']);
    let stem = if stem.is_empty() { NAMELESS } else { stem };
    format!("{stem}.{}", media_type.ending())
}

/// Returns a caption on one line.
pub(crate) fn caption(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(CAPTION_MAX).collect()
}

/// Whether a sign turns the direction of a text or takes no room, so that a name looks like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        assert_eq!(clean(name, MediaType::Jpeg), expected, "{name}");
    }

    #[test]
    fn a_name_is_only_a_name_and_ends_as_what_it_is() {
        check("lampa č. 7.JPG", "lampa č. 7.jpg");
        check("../../etc/passwd", "passwd.jpg");
        check("C:\\fotky\\a.b.png", "a.b.jpg");
        check("faktura.pdf.exe", "faktura.pdf.jpg");
        check("a\u{202e}gpj.exe", "agpj.jpg");
        check("<script>\"\n.jpg", "script.jpg");
        check("...", "priloha.jpg");
        check("", "priloha.jpg");
        check(&"ž".repeat(300), &format!("{}.jpg", "ž".repeat(100)));
    }

    #[test]
    fn a_caption_is_one_line() {
        assert_eq!(caption("  po\n bouřce\0 "), "po bouřce");
    }
}
