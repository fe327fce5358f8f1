//! The head of a block with codes of its own: their lengths, themselves compressed (RFC 1951, section 3.2.7).

use super::bits::BitWriter;
use super::block::{DISTANCES, LITERALS};
use super::code::{Letter, lengths, letters};

/// In which order the lengths of the codes for lengths stand.
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const REPEAT_LAST: u8 = 16;
const ZEROS: u8 = 17;
const MANY_ZEROS: u8 = 18;

/// The head of a block, ready to be written.
pub(super) struct Header {
    literals: usize,
    distances: usize,
    /// Letters of the alphabet of lengths, with the bits that follow each.
    runs: Vec<(u8, u8)>,
    letters: [Letter; 19],
    shown: usize,
}

impl Header {
    pub(super) fn new(literal: &[u8; LITERALS], distance: &[u8; DISTANCES]) -> Self {
        let used = |lengths: &[u8], least: usize| {
            let last = lengths.iter().rposition(|&length| length > 0);
            last.map_or(least, |last| least.max(last + 1))
        };
        let (literals, distances) = (used(literal, 257), used(distance, 1));
        let runs = runs(&[&literal[..literals], &distance[..distances]].concat());
        let mut counts = [0; 19];
        for (letter, _) in &runs {
            counts[usize::from(*letter)] += 1;
        }
        let lengths = lengths(&counts, 7);
        let shown = ORDER.iter().rposition(|&letter| lengths[letter] > 0);
        Self {
            literals,
            distances,
            runs,
            letters: letters(&lengths),
            shown: shown.map_or(4, |last| 4.max(last + 1)),
        }
    }

    /// Returns how many bits it takes.
    pub(super) fn bits(&self) -> usize {
        let run = |&(letter, _): &(u8, u8)| {
            usize::from(self.letters[usize::from(letter)].length) + extra_count(letter) as usize
        };
        14 + 3 * self.shown + self.runs.iter().map(run).sum::<usize>()
    }

    /// Writes it.
    pub(super) fn write(&self, out: &mut BitWriter) {
        out.put(self.literals as u64 - 257, 5);
        out.put(self.distances as u64 - 1, 5);
        out.put(self.shown as u64 - 4, 4);
        for &letter in &ORDER[..self.shown] {
            out.flush();
            out.put(u64::from(self.letters[letter].length), 3);
        }
        for &(letter, extra) in &self.runs {
            out.flush();
            out.put_letter(self.letters[usize::from(letter)]);
            out.put(u64::from(extra), extra_count(letter));
        }
        out.flush();
    }
}

fn extra_count(letter: u8) -> u32 {
    match letter {
        REPEAT_LAST => 2,
        ZEROS => 3,
        MANY_ZEROS => 7,
        _ => 0,
    }
}

/// Returns lengths as letters: themselves, or how often the last one or none comes again.
fn runs(lengths: &[u8]) -> Vec<(u8, u8)> {
    let mut runs = Vec::with_capacity(lengths.len());
    for same in lengths.chunk_by(|one, other| one == other) {
        let (length, mut left) = (same[0], same.len());
        if length > 0 {
            runs.push((length, 0));
            left -= 1;
        }
        while left >= 3 {
            let (letter, taken, least) = match length {
                0 if left > 10 => (MANY_ZEROS, left.min(138), 11),
                0 => (ZEROS, left, 3),
                _ => (REPEAT_LAST, left.min(6), 3),
            };
            runs.push((letter, (taken - least) as u8));
            left -= taken;
        }
        runs.extend(std::iter::repeat_n((length, 0), left));
    }
    runs
}
