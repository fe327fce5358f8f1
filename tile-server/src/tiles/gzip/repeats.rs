//! What was there before: text as letters and references back, found by one look into a table.

/// How far back deflate can refer.
const FARTHEST: usize = 32_768;
const LONGEST: usize = 258;
/// Shorter ones are not looked for: they save next to nothing.
const SHORTEST: usize = 4;
const SLOTS: usize = 1 << 11;

/// A byte, or a copy of what was there.
#[derive(Clone, Copy)]
pub(super) enum Token {
    Byte(u8),
    Copy { length: u16, distance: u16 },
}

/// A letter with the bits that follow its code.
pub(super) struct Reference {
    pub(super) letter: usize,
    pub(super) extra: u64,
    pub(super) extra_count: u32,
}

/// How many bytes tell whether repetitions are worth looking for, and which part of them must be copies.
const SAMPLE: usize = 1024;
const WORTH: usize = 3;

/// Whether bytes repeat themselves so much that looking for it pays: features of points do, borders of areas do not.
pub(super) fn pay(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let copied = tokens(sample).into_iter().map(|token| match token {
        Token::Byte(_) => 0,
        Token::Copy { length, .. } => usize::from(length),
    });
    copied.sum::<usize>() * WORTH > sample.len()
}

/// Returns the bytes as tokens.
pub(super) fn tokens(bytes: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(bytes.len());
    let mut seen = [0_u32; SLOTS];
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk::<SHORTEST>() {
        let slot = u32::from_le_bytes(*word).wrapping_mul(0x9e37_79b1) >> (32 - 11);
        let earlier = std::mem::replace(&mut seen[slot as usize], at as u32) as usize;
        let distance = at - earlier;
        let length = if distance == 0 || distance > FARTHEST {
            0
        } else {
            common(&bytes[earlier..], &bytes[at..])
        };
        if length < SHORTEST {
            tokens.push(Token::Byte(bytes[at]));
            at += 1;
        } else {
            tokens.push(Token::Copy {
                length: length as u16,
                distance: distance as u16,
            });
            at += length;
        }
    }
    tokens.extend(bytes[at..].iter().map(|&byte| Token::Byte(byte)));
    tokens
}

/// Returns how many bytes two places have in common, of those that a reference can name.
fn common(earlier: &[u8], here: &[u8]) -> usize {
    let pairs = earlier.iter().zip(here).take(LONGEST);
    pairs.take_while(|(one, other)| one == other).count()
}

/// Returns the letter of a length (RFC 1951, section 3.2.5).
#[inline]
pub(super) fn length_letter(length: u16) -> Reference {
    if usize::from(length) == LONGEST {
        return Reference {
            letter: 285,
            extra: 0,
            extra_count: 0,
        };
    }
    let reference = reference(u32::from(length) - 3, 2);
    Reference {
        letter: reference.letter + 257,
        ..reference
    }
}

/// Returns the letter of a distance.
#[inline]
pub(super) fn distance_letter(distance: u16) -> Reference {
    reference(u32::from(distance) - 1, 1)
}

/// Numbers by their highest bits and the `kept` after it as a letter; those below are extra.
fn reference(number: u32, kept: u32) -> Reference {
    let extra_count = (number | 1).ilog2().saturating_sub(kept);
    Reference {
        letter: ((extra_count << kept) + (number >> extra_count)) as usize,
        extra: u64::from(number & ((1 << extra_count) - 1)),
        extra_count,
    }
}
