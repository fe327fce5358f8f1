#![doc = include_str!("../README.md")]

mod cluster;
mod database;

pub use database::Database;
