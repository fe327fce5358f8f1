#![doc = include_str!("../README.md")]

mod cluster;
mod database;

pub use cluster::Cluster;
pub use database::Database;
