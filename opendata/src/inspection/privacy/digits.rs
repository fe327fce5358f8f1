//! Runs of digits in a text, with what stands around them.

/// Digits without anything between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    /// The digits.
    pub(super) digits: &'a str,
    /// The text before them.
    pub(super) before: &'a str,
    /// What stands between them and the run before, or the beginning.
    pub(super) gap: &'a str,
    /// The text after them.
    pub(super) after: &'a str,
}

impl Run<'_> {
    /// Whether no letter or underscore is joined to their beginning.
    pub(super) fn begins_free(&self) -> bool {
        !self.before.ends_with(is_joined)
    }

    /// Whether no letter or underscore is joined to their end.
    pub(super) fn ends_free(&self) -> bool {
        !self.after.starts_with(is_joined)
    }
}

fn is_joined(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns all runs of ASCII digits in a text.
pub(super) fn runs(text: &str) -> Vec<Run<'_>> {
    let is_digit = |c: char| c.is_ascii_digit();
    let (mut runs, mut end) = (Vec::new(), 0);
    while let Some(start) = text[end..].find(is_digit).map(|place| end + place) {
        let length = text[start..].find(|c| !is_digit(c));
        let stop = length.map_or(text.len(), |length| start + length);
        runs.push(Run {
            digits: &text[start..stop],
            before: &text[..start],
            gap: &text[end..start],
            after: &text[stop..],
        });
        end = stop;
    }
    runs
}
