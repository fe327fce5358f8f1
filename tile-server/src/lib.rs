//! The program `obzor`.
