#![doc = include_str!("../README.md")]

mod describe;
mod drivers;
mod error;
mod open;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::WorkerError;

/// Reads foreign geodata for Obzor, with GDAL, in a process of its own.
#[derive(Parser)]
#[command(version, name = "obzor-gdal")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints the layers of a file: name, geometry, count, coordinate system, fields.
    Layers {
        /// A local file (or folder, for formats that are one).
        file: PathBuf,
        /// Prints JSON for machines.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let Command::Layers { file, json } = Arguments::parse().command;
    match print_layers(&file, json) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("obzor-gdal: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn print_layers(file: &Path, json: bool) -> Result<(), WorkerError> {
    let description = describe::describe(&open::open(file)?)?;
    let mut out = std::io::stdout().lock();
    if json {
        report::write_json(&mut out, &description)
    } else {
        report::write_text(&mut out, &description)
    }
    .map_err(WorkerError::Print)
}
