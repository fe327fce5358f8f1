//! Damage to any byte is found, and a file made to deceive is refused with every reason.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{entries, sample_package, sha256};

const SEAL: &str = "obzor-package sha256 ";

fn verify(package: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(["package", "verify", "--json"])
        .arg(package)
        .output()
        .unwrap()
}

/// Returns what is wrong with a file as the program tells it.
fn problems(package: &Path) -> Vec<String> {
    let output = verify(package);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = report["problems"].as_array().unwrap().iter();
    let problems: Vec<_> = problems
        .map(|problem| problem.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(!problems.is_empty())));
    assert_eq!(report["whole"], problems.is_empty());
    problems
}

#[test]
fn a_flipped_byte_is_found_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(sample_package()).unwrap();
    assert_eq!(problems(sample_package()), Vec::<String>::new());
    let last = bytes.len() - 1;
    let directory = bytes
        .windows(4)
        .rposition(|at| at == b"PK\x01\x02")
        .unwrap();
    let end = bytes
        .windows(4)
        .rposition(|at| at == b"PK\x05\x06")
        .unwrap();
    // The first header and the manifest, the last list entry, the end record, the comment: every one of their bytes
    // but for the manifest, which is long.
    let mut places: Vec<usize> = (0..48)
        .chain(directory..directory + 46)
        .chain(end..=last)
        .collect();
    // The headers in the middle of the file.
    let headers = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, at)| *at == b"PK\x03\x04");
    places.extend(headers.flat_map(|(at, _)| [at + 10, at + 14, at + 30]));
    // As good as random, and the same in every run.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    places.extend((0..500).map(|_| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % bytes.len() as u64) as usize
    }));
    let (half, rest) = places.split_at(places.len() / 2);
    thread::scope(|scope| {
        for (number, places) in [half, rest].into_iter().enumerate() {
            let mut bytes = bytes.clone();
            let copy = folder.path().join(format!("{number}.zip"));
            scope.spawn(move || {
                for &place in places {
                    let flip = 1 << (place % 8);
                    bytes[place] ^= flip;
                    fs::write(&copy, &bytes).unwrap();
                    assert_eq!(verify(&copy).status.code(), Some(1), "byte {place}");
                    bytes[place] ^= flip;
                }
            });
        }
    });
}

#[test]
fn a_cut_or_lengthened_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(sample_package()).unwrap();
    let copy = folder.path().join("b.zip");
    for changed in [
        Vec::new(),
        bytes[..1].to_vec(),
        bytes[..bytes.len() / 2].to_vec(),
        bytes[..bytes.len() - 1].to_vec(),
        [&bytes[..], b"x"].concat(),
        [b"x", &bytes[..]].concat(),
    ] {
        fs::write(&copy, &changed).unwrap();
        assert!(!problems(&copy).is_empty(), "{} bytes", changed.len());
    }
}

/// What a deceiver writes: entries, each compressed or not.
type Forged<'a> = Vec<(&'a str, Vec<u8>, CompressionMethod)>;

/// Writes a zip with a true seal.
fn forge(path: &Path, entries: &Forged<'_>) {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, method) in entries {
        let options = SimpleFileOptions::default().compression_method(*method);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.set_comment(format!("{SEAL}{}", "0".repeat(64)))
        .unwrap();
    seal(path, zip.finish().unwrap().into_inner());
}

fn seal(path: &Path, mut bytes: Vec<u8>) {
    bytes.truncate(bytes.len() - 64);
    let digits = sha256(&bytes);
    bytes.extend(digits.bytes());
    fs::write(path, bytes).unwrap();
}

/// Checks that a package, changed by `change` and sealed anew, has just these problems.
fn check_forged(change: impl FnOnce(&mut Value, &mut Forged<'_>), expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let parts = entries(sample_package());
    let mut manifest: Value = serde_json::from_slice(&parts[0].1).unwrap();
    let mut forged: Forged<'_> = parts[1..]
        .iter()
        .map(|(name, content)| (name.as_str(), content.clone(), CompressionMethod::Stored))
        .collect();
    change(&mut manifest, &mut forged);
    let text = manifest.to_string().into_bytes();
    forged.insert(0, ("manifest.json", text, CompressionMethod::Stored));
    let bad = folder.path().join("b.zip");
    forge(&bad, &forged);
    let found = problems(&bad);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for part in expected {
        assert!(
            found.iter().any(|problem| problem.contains(part)),
            "{part}: {found:#?}"
        );
    }
}

#[test]
fn a_package_with_a_true_seal_and_a_false_content_is_refused_with_every_reason() {
    check_forged(|_, _| {}, &[]);
    check_forged(
        |manifest, entries| {
            entries[0].1[200_000] ^= 1;
            entries[2].1.push(b' ');
            entries.push(("extra.txt", b"x".to_vec(), CompressionMethod::Stored));
            entries.push(("../up.txt", b"x".to_vec(), CompressionMethod::Stored));
            entries.retain(|(name, ..)| *name != "map.en.json");
            manifest["revision"] = json!(-1);
            manifest["bbox"] = json!([14.0, 50.0, 13.0, 51.0]);
            manifest["built_at"] = json!("yesterday");
            let files = manifest["files"].as_array_mut().unwrap();
            files.retain(|file| file["path"] != "style.en.json");
            files.push(files[0].clone());
        },
        &[
            "tiles.pmtiles: kontrolní součet",
            "search.json: ",
            "extra.txt: položka není v manifestu",
            "../up.txt: takové jméno",
            "map.en.json: položka z manifestu chybí",
            "style.en.json: manifest tuto položku neuvádí",
            "style.en.json: položka není v manifestu",
            "tiles.pmtiles: manifest položku uvádí dvakrát",
            "revision",
            "bbox",
            "built_at",
        ],
    );
}

#[test]
fn another_format_is_told_apart() {
    check_forged(
        |manifest, _| manifest["version"] = json!(2),
        &["formát \"obzor-package\" 2"],
    );
}

#[test]
fn a_manifest_that_is_none_or_huge_or_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let stored = CompressionMethod::Stored;
    let check = |entries: Forged<'_>, expected: &str| {
        forge(&path, &entries);
        let found = problems(&path);
        assert!(
            found.iter().any(|problem| problem.contains(expected)),
            "{expected}: {found:#?}"
        );
    };
    check(vec![], "první položka není manifest.json");
    check(
        vec![
            ("a", vec![], stored),
            ("manifest.json", b"{}".to_vec(), stored),
        ],
        "první položka",
    );
    check(
        vec![("manifest.json", b"{".to_vec(), stored)],
        "nelze přečíst",
    );
    check(
        vec![("manifest.json", vec![b' '; 5 << 20], stored)],
        "příliš velký",
    );
    check(
        vec![("manifest.json", vec![b'['; 1 << 20], stored)],
        "nelze přečíst",
    );
    for name in [
        "/etc/a", "a/../b", "a//b", "..", "a\\b", "č", "a/", "-a", ".a",
    ] {
        check(
            vec![
                ("manifest.json", b"{}".to_vec(), stored),
                (name, vec![], stored),
            ],
            "takové jméno",
        );
    }
}

#[test]
fn two_entries_of_one_name_and_overlapping_ones_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let stored = CompressionMethod::Stored;
    let entries = vec![
        ("manifest.json", b"{}".to_vec(), stored),
        ("a1", vec![1], stored),
        ("a2", vec![2], stored),
    ];
    forge(&path, &entries);
    let bytes = fs::read(&path).unwrap();
    let lists: Vec<usize> = (0..bytes.len() - 4)
        .filter(|&at| &bytes[at..at + 4] == b"PK\x01\x02")
        .collect();
    // In the list only, and then in the entry's own header as well.
    let mut renamed = bytes.clone();
    renamed[lists[2] + 46 + 1] = b'1';
    seal(&path, renamed.clone());
    assert!(problems(&path).contains(&"některá položka je v zipu dvakrát".to_owned()));
    // The third entry is listed where the second lies.
    let mut overlapping = bytes.clone();
    let place = bytes[lists[1] + 42..lists[1] + 46].to_vec();
    overlapping[lists[2] + 42..lists[2] + 46].copy_from_slice(&place);
    seal(&path, overlapping);
    let found = problems(&path);
    assert!(
        found.contains(&"a2: položka nezačíná tam, kde předchozí končí".to_owned()),
        "{found:#?}"
    );
    // An entry's own header has another name than the list.
    let mut other = bytes.clone();
    let own = u32::from_le_bytes(place.try_into().unwrap()) as usize;
    other[own + 30] = b'b';
    seal(&path, other);
    let found = problems(&path);
    assert!(
        found.contains(&"a1: hlavička položky se liší od seznamu na konci zipu".to_owned()),
        "{found:#?}"
    );
}
