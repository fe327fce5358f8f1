//! Some texts of a file, shown in the report so that a wrong encoding is seen at once.

use importers::table::{Cell, ForeignRow};

/// How many texts are shown.
const SHOWN: usize = 5;

/// The first texts with diacritics.
#[derive(Default)]
pub(super) struct TextsShown(Vec<String>);

impl TextsShown {
    /// Takes texts from these rows, as long as there are too few.
    pub(super) fn look_at(&mut self, rows: &[ForeignRow<'_>]) {
        let texts = rows.iter().flat_map(|row| &row.cells);
        for text in texts.filter_map(Cell::as_text) {
            if self.0.len() == SHOWN {
                return;
            }
            if !text.is_ascii() && !self.0.iter().any(|shown| shown == text) {
                self.0.push(text.to_owned());
            }
        }
    }

    /// Returns them.
    pub(super) fn all(&self) -> &[String] {
        &self.0
    }
}
