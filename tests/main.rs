//! End to end: the built program, driven by real clients. One module per path of the design.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod answer;
mod attach;
mod audit;
mod backup;
mod browser;
mod catalog;
mod city;
mod clients;
mod copy;
mod edit;
mod events;
mod evolve;
mod features;
mod gate;
mod gdal;
mod import;
mod login;
mod outage;
mod overload;
mod package;
mod postgis;
mod publish;
mod quality;
mod redact;
mod replicas;
mod rights;
mod samples;
mod search;
mod service;
mod tidy;
mod tile;
mod values;
mod walls;
