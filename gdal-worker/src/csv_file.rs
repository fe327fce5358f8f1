//! Reads a CSV file: `;`, `,` or tab, with or without a byte order mark, in any encoding that Czech files come in.
//!
//! Not through GDAL, which takes every CSV for UTF-8. Coordinates stay in their columns; the importer knows which.

use std::fs;
use std::io::Write;
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::encoding::{Evidence, TextEncoding};
use crate::error::WorkerError;
use crate::lines::{Cell, Header, write_end, write_header, write_row};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const DELIMITERS: [u8; 3] = *b";,\t";
/// A spreadsheet shows the column names as row 1.
const FIRST_ROW: u64 = 2;

/// Whether the file's name says that it is a table of this kind.
pub(crate) fn is_csv(file: &Path) -> bool {
    file.extension().is_some_and(|ending| {
        ["csv", "tsv", "txt"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// Streams the rows.
pub(crate) fn read(file: &Path, out: &mut impl Write) -> Result<(), WorkerError> {
    let bytes = fs::read(file).map_err(unreadable)?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let mut evidence = Evidence::default();
    evidence.add(bytes);
    let encoding = evidence.decide(None);
    let mut table = reader(bytes);
    let names = table.byte_headers().map_err(unreadable)?;
    let header = Header {
        driver: "CSV".to_owned(),
        layer: file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into(),
        features: None,
        encoding: encoding.name(),
        crs: None,
        fields: texts(names, encoding)
            .map(|name| name.trim().to_owned())
            .collect(),
    };
    write_header(out, &header)?;
    let mut rows = 0;
    for record in table.byte_records() {
        let record = record.map_err(unreadable)?;
        let values: Vec<_> = texts(&record, encoding).map(Cell::Text).collect();
        write_row(out, FIRST_ROW + rows, &values, None)?;
        rows += 1;
    }
    write_end(out, rows)
}

fn reader(bytes: &[u8]) -> Reader<&[u8]> {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let first_line = &bytes[..end.unwrap_or(bytes.len())];
    let pieces = |delimiter: u8| first_line.split(|&byte| byte == delimiter).count();
    // Of two equally frequent ones the first of the list wins, hence the reversed order.
    let delimiter = DELIMITERS.into_iter().rev().max_by_key(|&d| pieces(d));
    ReaderBuilder::new()
        .delimiter(delimiter.expect("the list is not empty"))
        .from_reader(bytes)
}

fn texts(record: &ByteRecord, encoding: TextEncoding) -> impl Iterator<Item = String> {
    record.iter().map(move |cell| encoding.decode(cell))
}

fn unreadable(error: impl std::error::Error) -> WorkerError {
    WorkerError::ReadTable(error.to_string())
}
