//! End to end: the built program, driven by real clients. One module per path of the design.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "the tests that use the harness are on their way")]

mod answer;
mod city;
mod clients;
mod features;
mod gdal;
mod search;
mod service;
mod tidy;
mod tile;
