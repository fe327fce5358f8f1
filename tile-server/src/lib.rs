//! The program `obzor`.
pub mod tiles;
