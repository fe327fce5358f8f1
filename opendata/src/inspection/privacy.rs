//! Personal data in texts.

pub(super) mod birth_number;
pub(super) mod contact;
mod digits;
