//! The program `obzor`.
fn main() {}
