//! One block of deflate with the codes that suit its bytes, or the standard's fixed ones where these are shorter.

use std::sync::LazyLock;

use super::bits::BitWriter;
use super::code::{LONGEST, Letter, lengths, letters};
use super::header::Header;
use super::repeats::{self, Reference, Token, distance_letter, length_letter, tokens};
use super::sections::Section;

/// The alphabet of bytes, of the end, and of lengths; the last two are never used.
pub(super) const LITERALS: usize = 288;
/// The alphabet of distances; the last two are never used.
pub(super) const DISTANCES: usize = 32;
const END: usize = 256;

/// The lengths of a block's codes.
struct Lengths {
    literal: [u8; LITERALS],
    distance: [u8; DISTANCES],
}

/// How often each letter occurs.
struct Counts {
    literal: [u32; LITERALS],
    distance: [u32; DISTANCES],
    extra_bits: usize,
}

/// The codes of a block.
struct Codes {
    literal: [Letter; LITERALS],
    distance: [Letter; DISTANCES],
}

/// The codes that need no table (RFC 1951, section 3.2.6).
static FIXED: LazyLock<Lengths> = LazyLock::new(|| Lengths {
    literal: std::array::from_fn(|letter| match letter {
        144..=255 => 9,
        256..=279 => 7,
        _ => 8,
    }),
    distance: [5; DISTANCES],
});

/// Writes a section as one block.
pub(super) fn write_block(out: &mut BitWriter, section: &Section<'_>, is_last: bool) {
    if section.has_text || repeats::pay(section.bytes) {
        let tokens = tokens(section.bytes);
        let codes = begin(out, &Counts::of_tokens(&tokens), is_last);
        write_tokens(out, &codes, &tokens);
        end(out, &codes);
    } else {
        let codes = begin(out, &Counts::of_bytes(section.bytes), is_last);
        write_bytes(out, &codes.literal, section.bytes);
        end(out, &codes);
    }
}

/// Writes the head of a block and returns its codes.
fn begin(out: &mut BitWriter, counts: &Counts, is_last: bool) -> Codes {
    let own = Lengths {
        literal: lengths(&counts.literal, LONGEST),
        distance: lengths(&counts.distance, LONGEST),
    };
    let header = Header::new(&own.literal, &own.distance);
    let own_bits = header.bits() + counts.bits(&own);
    let fixed_bits = counts.bits(&FIXED);
    out.reserve(own_bits.min(fixed_bits) + 3);
    out.put(u64::from(is_last), 1);
    if own_bits < fixed_bits {
        out.put(2, 2);
        header.write(out);
        own.codes()
    } else {
        out.put(1, 2);
        out.flush();
        FIXED.codes()
    }
}

fn end(out: &mut BitWriter, codes: &Codes) {
    out.put_letter(codes.literal[END]);
    out.flush();
}

fn write_bytes(out: &mut BitWriter, letters: &[Letter; LITERALS], bytes: &[u8]) {
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        for &byte in four {
            out.put_letter(letters[usize::from(byte)]);
        }
        out.flush();
    }
    for &byte in rest {
        out.put_letter(letters[usize::from(byte)]);
    }
    out.flush();
}

fn write_tokens(out: &mut BitWriter, codes: &Codes, tokens: &[Token]) {
    let put = |out: &mut BitWriter, letters: &[Letter], reference: Reference| {
        out.put_letter(letters[reference.letter]);
        out.put(reference.extra, reference.extra_count);
    };
    for &token in tokens {
        match token {
            Token::Byte(byte) => out.put_letter(codes.literal[usize::from(byte)]),
            Token::Copy { length, distance } => {
                put(out, &codes.literal, length_letter(length));
                put(out, &codes.distance, distance_letter(distance));
            }
        }
        out.flush();
    }
}

impl Lengths {
    fn codes(&self) -> Codes {
        Codes {
            literal: letters(&self.literal),
            distance: letters(&self.distance),
        }
    }
}

impl Counts {
    fn none() -> Self {
        let mut literal = [0; LITERALS];
        literal[END] = 1;
        Self {
            literal,
            distance: [0; DISTANCES],
            extra_bits: 0,
        }
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        let mut counts = Self::none();
        // Two tables: counting the same byte twice in a row would wait for the first.
        let mut odd = [0_u32; 256];
        let (pairs, rest) = bytes.as_chunks::<2>();
        for &[one, other] in pairs {
            counts.literal[usize::from(one)] += 1;
            odd[usize::from(other)] += 1;
        }
        for &byte in rest {
            counts.literal[usize::from(byte)] += 1;
        }
        for (count, more) in counts.literal.iter_mut().zip(odd) {
            *count += more;
        }
        counts
    }

    fn of_tokens(tokens: &[Token]) -> Self {
        let mut counts = Self::none();
        for &token in tokens {
            match token {
                Token::Byte(byte) => counts.literal[usize::from(byte)] += 1,
                Token::Copy { length, distance } => {
                    let (length, distance) = (length_letter(length), distance_letter(distance));
                    counts.literal[length.letter] += 1;
                    counts.distance[distance.letter] += 1;
                    counts.extra_bits += (length.extra_count + distance.extra_count) as usize;
                }
            }
        }
        counts
    }

    /// Returns how many bits everything takes with codes of such lengths.
    fn bits(&self, lengths: &Lengths) -> usize {
        let product = |(&count, &length): (&u32, &u8)| count as usize * usize::from(length);
        let literals = self.literal.iter().zip(&lengths.literal);
        let distances = self.distance.iter().zip(&lengths.distance);
        self.extra_bits + literals.chain(distances).map(product).sum::<usize>()
    }
}
