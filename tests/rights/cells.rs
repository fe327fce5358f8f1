//! Cells of the matrix: how many were looked at, and which were otherwise than expected.

use std::fmt::Debug;

/// What was looked at.
#[derive(Default)]
pub(super) struct Cells {
    number: usize,
    wrong: Vec<String>,
}

impl Cells {
    /// Looks at one.
    pub(super) fn expect<T: PartialEq + Copy + Debug>(&mut self, what: &str, got: T, expected: T) {
        self.number += 1;
        if got != expected {
            self.wrong
                .push(format!("{what}: {got:?}, expected {expected:?}"));
        }
    }

    /// Adds those of another walk.
    pub(super) fn add(&mut self, other: Self) {
        self.number += other.number;
        self.wrong.extend(other.wrong);
    }

    /// Ends the test: all are as expected, and there are that many.
    pub(super) fn hold(self, at_least: usize) {
        let Self { number, wrong } = self;
        eprintln!("{number} cells");
        assert!(
            wrong.is_empty(),
            "{} of {number} cells:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        assert!(number >= at_least, "only {number} cells");
    }
}
