#![doc = include_str!("../README.md")]

pub mod ruian;
pub mod table;
