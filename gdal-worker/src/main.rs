#![doc = include_str!("../README.md")]

mod confine;
mod csv_file;
mod describe;
mod drivers;
mod encoding;
mod error;
mod lines;
mod open;
mod read;
mod report;

use std::io::BufWriter;
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
    /// Prints the features of one layer as JSON lines: a header, one line per feature, and an end with their number.
    Read {
        /// A local file.
        file: PathBuf,
        /// Which of its layers; needed only when it has more than one.
        #[arg(long, value_name = "NAME")]
        layer_name: Option<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = confine::confine().and_then(|()| match arguments.command {
        Command::Layers { file, json } => print_layers(&file, json),
        Command::Read { file, layer_name } => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            read::read(&file, layer_name.as_deref(), &mut out)
        }
    });
    match done {
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
