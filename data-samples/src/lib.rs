#![doc = include_str!("../README.md")]

mod district;
mod village;

pub use district::{District, SampleError, district};
pub use village::{Village, decany, decany_vfr};
