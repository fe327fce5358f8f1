#![doc = include_str!("../README.md")]

mod city;
pub mod commands;
mod config;
mod http;
mod instance;
mod page;
mod search;
pub mod tiles;
