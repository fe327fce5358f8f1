//! The files of a release: all formats in one pass, then the report and the manifest with their checksums.

mod csv_file;
mod geojson_file;
mod manifest;

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use catalog::{FileFormat, ReleaseFile};
use chrono::{DateTime, Utc};
use layers::FeatureStore;
use layers::store::GeoPackageWriter;
use sha2::{Digest, Sha256};

use self::csv_file::CsvFile;
use self::geojson_file::GeoJsonFile;
pub use self::manifest::{MANIFEST, REPORT, findings_json, finish_files};
use crate::{PublicView, PublicationError};

/// The formats that every release has.
const FORMATS: [FileFormat; 3] = [FileFormat::GeoPackage, FileFormat::GeoJson, FileFormat::Csv];

/// Writes the features of a view in every format into a folder, as files with this stem.
///
/// The features are read once and go through memory one by one; the same features at the same time make the same bytes.
/// `written` is called for each. Returns the files in the order of the formats, which all hold the same features.
pub fn write_files(
    folder: &Path,
    stem: &str,
    view: &PublicView,
    store: &dyn FeatureStore,
    made_at: DateTime<Utc>,
    written: &mut dyn FnMut(),
) -> Result<Vec<ReleaseFile>, PublicationError> {
    let paths = FORMATS.map(|format| folder.join(format!("{stem}.{}", format.extension())));
    let mut geopackage = GeoPackageWriter::create(&paths[0], made_at)?;
    let mut geojson = GeoJsonFile::create(&paths[1], view).map_err(failed(&paths[1]))?;
    let mut csv = CsvFile::create(&paths[2], view).map_err(failed(&paths[2]))?;
    for query in view.queries() {
        geopackage.begin_layer(&query.view)?;
        for feature in store.read(query)? {
            let feature = feature?;
            geopackage.write(&feature)?;
            geojson
                .write(&query.view, &feature)
                .map_err(failed(&paths[1]))?;
            csv.write(&query.view, &feature)
                .map_err(failed(&paths[2]))?;
            written();
        }
    }
    geopackage.finish()?;
    geojson.finish().map_err(failed(&paths[1]))?;
    csv.finish().map_err(failed(&paths[2]))?;
    let files = FORMATS.into_iter().zip(paths);
    files
        .map(|(format, path)| describe(format, &path))
        .collect()
}

fn describe(format: FileFormat, path: &Path) -> Result<ReleaseFile, PublicationError> {
    let (bytes, sha256) = checksum(path).map_err(failed(path))?;
    Ok(ReleaseFile {
        name: name(path),
        format,
        bytes,
        sha256,
    })
}

/// Returns the size of a file and its SHA-256 in hexadecimal digits.
fn checksum(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hasher) = (File::open(path)?, Sha256::new());
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex(&hasher.finalize())));
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> PublicationError + '_ {
    |source| PublicationError::WriteFile {
        file: name(path),
        source,
    }
}
