//! `obzor-gdal`.
fn main() {}
