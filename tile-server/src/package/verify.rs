//! Checks a package from anywhere: nothing in it is trusted, and everything that is wrong with it is reported.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;

use super::container::{DIGITS, SEAL};
use super::manifest::Manifest;
use crate::checksum::digest;

mod contents;
mod layout;
mod problem;

use self::contents::check_contents;
use self::layout::check_layout;
use self::problem::Problem;

/// A zip file that is being read.
type Zip = ZipArchive<BufReader<File>>;

/// What a package says of itself, as far as it can be read, and everything that is wrong with it.
pub(crate) struct Verified {
    pub(crate) manifest: Option<Manifest>,
    pub(crate) problems: Vec<Problem>,
}

/// Checks a package; the error is only that there is no readable file.
pub(crate) fn verify(path: &Path) -> io::Result<Verified> {
    let mut file = File::open(path)?;
    let mut problems = Vec::new();
    let seal = check_seal(&mut file, &mut problems)?;
    let mut zip = match ZipArchive::new(BufReader::new(File::open(path)?)) {
        Ok(zip) => zip,
        Err(error) => {
            problems.push(Problem::NotAZip(error.to_string()));
            return Ok(Verified {
                manifest: None,
                problems,
            });
        }
    };
    if seal.is_some_and(|seal| seal != zip.comment()) {
        problems.push(Problem::BytesAfterEnd);
    }
    let entries = check_layout(&mut zip, &file, &mut problems);
    let manifest = check_contents(&mut zip, &entries, &mut problems);
    Ok(Verified { manifest, problems })
}

/// Compares the seal at the end of the file with the bytes before it, and returns the seal if there is one.
fn check_seal(file: &mut File, problems: &mut Vec<Problem>) -> io::Result<Option<Vec<u8>>> {
    let length = file.seek(SeekFrom::End(0))?;
    let seal_length = (SEAL.len() + DIGITS) as u64;
    let mut seal = Vec::new();
    if let Some(start) = length.checked_sub(seal_length) {
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut seal)?;
    }
    let Some(digits) = seal.strip_prefix(SEAL.as_bytes()) else {
        problems.push(Problem::NoSeal);
        return Ok(None);
    };
    file.rewind()?;
    let (_, found) = digest(&mut BufReader::new(&*file).take(length - DIGITS as u64))?;
    if found.as_bytes() != digits {
        problems.push(Problem::BrokenSeal);
    }
    Ok(Some(seal))
}
