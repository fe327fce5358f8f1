//! `obzor audit export`: events as CSV or JSON lines.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use layers::audit::AuditRow;
use serde_json::{Value as Json, json};

use super::super::InstanceArgs;
use super::Filter;
use crate::instance::Instance;

/// The members of an event that are columns, in their order.
const COLUMNS: [&str; 18] = [
    "at",
    "actor",
    "role",
    "act",
    "layer",
    "dataset",
    "municipality",
    "subject",
    "filter",
    "rows",
    "tiles",
    "bytes",
    "sha256",
    "request",
    "before",
    "after",
    "address",
    "times",
];

/// What may be typed after `obzor audit export`.
#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    #[command(flatten)]
    filter: Filter,
    /// CSV, or a JSON object in each line.
    #[arg(long, value_enum, default_value_t = Form::Csv)]
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Csv,
    Jsonl,
}

/// Writes the events to standard output, the newest first.
pub(super) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let store = Instance::of(&args.instance).open_store()?;
    let rows = store.search_audit(&args.filter.query(None))?;
    match write(&rows, args.form, BufWriter::new(io::stdout().lock())) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn write(rows: &[AuditRow], form: Form, mut out: impl Write) -> io::Result<()> {
    if form == Form::Csv {
        writeln!(out, "chain,seq,{},hash", COLUMNS.join(","))?;
    }
    for row in rows {
        let event: Json = serde_json::from_str(&row.text)?;
        if form == Form::Jsonl {
            let row =
                json!({ "chain": row.chain, "seq": row.seq, "event": event, "hash": row.hash });
            writeln!(out, "{row}")?;
            continue;
        }
        let cells = COLUMNS.iter().map(|name| match &event[name] {
            Json::Null => String::new(),
            Json::String(text) => text.clone(),
            other => other.to_string(),
        });
        let head = [row.chain.clone(), row.seq.to_string()];
        let cells = head.into_iter().chain(cells).chain([row.hash.clone()]);
        let cells: Vec<_> = cells.map(|cell| quoted(&cell)).collect();
        writeln!(out, "{}", cells.join(","))?;
    }
    out.flush()
}

/// Writes a cell (RFC 4180); what a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    if guard.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
        return cell.to_owned();
    }
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_is_no_formula() {
        for (cell, expected) in [
            ("jana", "jana"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("=cmd", "\"'=cmd\""),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }
}
