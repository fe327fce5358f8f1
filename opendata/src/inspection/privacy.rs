//! Personal data in texts.

pub(super) mod birth_number;
pub(super) mod contact;
mod digits;

/// Whether a text holds any of them.
pub(super) fn is_in(text: &str) -> bool {
    birth_number::is_in(text) || contact::is_in(text, false)
}
