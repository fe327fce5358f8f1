//! A small deterministic source of chance: the same seed gives the same sample, on every machine.

use chrono::{Days, NaiveDate};

/// `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// Makes a source of its own for a named purpose, so that more of one thing does not shuffle all the others.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let state = purpose.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed, fnv);
        let mut random = Self { state };
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to 1, 1 excluded.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a number between the two.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Returns a whole number from `low` to `high`, both included.
    pub(crate) fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    /// Returns true with the given probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Returns one of some choices.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[(self.next() % choices.len() as u64) as usize]
    }

    /// Returns a number between the two with one decimal place.
    pub(crate) fn tenths(&mut self, low: f64, high: f64) -> f64 {
        (self.between(low, high) * 10.0).round() / 10.0
    }

    /// Returns a day from the first of January of one year to the end of another.
    pub(crate) fn day(&mut self, first_year: i32, last_year: i32) -> NaiveDate {
        let first =
            NaiveDate::from_ymd_opt(first_year, 1, 1).expect("years of our time have a first day");
        let years = i64::from(last_year - first_year + 1);
        first + Days::new(self.whole(0, years * 365 - 1) as u64)
    }

    /// Returns ten bytes, as an id needs them.
    pub(crate) fn ten_bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        bytes
    }
}
