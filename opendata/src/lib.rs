#![doc = include_str!("../README.md")]

mod gate;

pub use gate::{Finding, check_dataset};
