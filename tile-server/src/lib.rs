#![doc = include_str!("../README.md")]

mod accounts;
mod city;
pub mod commands;
mod config;
mod czech_order;
mod edit;
mod foreign_file;
mod freshness;
mod http;
mod instance;
mod map_config;
mod package;
mod page;
mod primary;
mod public_catalog;
mod public_files;
mod quality;
mod rights;
mod search;
mod spool;
mod store_address;
pub mod tiles;
mod vector_layer;
mod watch;
mod work_folder;
