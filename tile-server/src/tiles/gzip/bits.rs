//! Bits one after the other, the lowest of a byte first, as deflate has them.

use super::code::Letter;

/// Collects bits; what is put waits in a word until it is flushed.
pub(super) struct BitWriter {
    out: Vec<u8>,
    /// How many bytes of `out` are written; the rest is room.
    at: usize,
    held: u64,
    count: u32,
}

impl BitWriter {
    /// Begins after some bytes.
    pub(super) fn after(head: &[u8]) -> Self {
        Self {
            out: head.to_vec(),
            at: head.len(),
            held: 0,
            count: 0,
        }
    }

    /// Makes room for so many bits.
    pub(super) fn reserve(&mut self, bits: usize) {
        self.out.resize(self.at + bits / 8 + 16, 0);
    }

    /// Adds up to 56 bits in all before the next flush; those above `count` must be zero.
    #[inline]
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
    }

    /// Adds the code of a letter.
    #[inline]
    pub(super) fn put_letter(&mut self, letter: Letter) {
        self.put(u64::from(letter.bits), u32::from(letter.length));
    }

    /// Writes out the whole bytes of what was put; there must be room.
    #[inline]
    pub(super) fn flush(&mut self) {
        self.out[self.at..self.at + 8].copy_from_slice(&self.held.to_le_bytes());
        self.at += (self.count / 8) as usize;
        self.held >>= self.count & !7;
        self.count &= 7;
    }

    /// Returns the bytes, the last filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.reserve(0);
        self.flush();
        self.out.truncate(self.at + usize::from(self.count > 0));
        self.out
    }
}
