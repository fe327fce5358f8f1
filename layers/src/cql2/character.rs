//! Which characters a name or a text of CQL2 may have.

/// The characters with which a name may begin, as the grammar lists them.
const STARTS: [(char, char); 16] = [
    (':', ':'),
    ('_', '_'),
    ('A', 'Z'),
    ('a', 'z'),
    ('\u{c0}', '\u{d6}'),
    ('\u{d8}', '\u{f6}'),
    ('\u{f8}', '\u{2ff}'),
    ('\u{370}', '\u{37d}'),
    ('\u{37f}', '\u{1ffe}'),
    ('\u{200c}', '\u{200d}'),
    ('\u{2070}', '\u{218f}'),
    ('\u{2c00}', '\u{2fef}'),
    ('\u{3001}', '\u{d7ff}'),
    ('\u{f900}', '\u{fdcf}'),
    ('\u{fdf0}', '\u{fffd}'),
    ('\u{10000}', '\u{effff}'),
];

/// The characters that a name may have after its first, beside those.
const PARTS: [(char, char); 4] = [
    ('.', '.'),
    ('0', '9'),
    ('\u{300}', '\u{36f}'),
    ('\u{203f}', '\u{2040}'),
];

/// Whether a name may begin with a character.
pub(super) fn begins_name(c: char) -> bool {
    is_among(c, &STARTS) && !c.is_whitespace()
}

/// Whether a name may have a character after its first.
pub(super) fn continues_name(c: char) -> bool {
    begins_name(c) || is_among(c, &PARTS)
}

/// Whether a text may hold a character: the grammar leaves out the first control characters.
pub(super) fn is_of_text(c: char) -> bool {
    c >= '\u{7}'
}

fn is_among(c: char, ranges: &[(char, char)]) -> bool {
    ranges
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&c))
}
