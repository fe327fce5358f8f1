//! A personal value that was erased is in no file of the instance, and does not come back from a backup.

mod loaded;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use zip::{ZipArchive, ZipWriter};

use crate::answer::Answer;
use crate::city::City;

/// The planted birth number, as people write it and as machines do.
const NUMBER: &str = "850101/1236";
const DIGITS: &str = "8501011236";

/// Runs `obzor redact` of a city on what stands on its standard input.
fn redact(city: &City, value: &str, options: &[&str]) -> Output {
    redact_in(&city.instance(), city.database_url(), value, options)
}

fn redact_in(instance: &Path, store: Option<String>, value: &str, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
    command
        .args([
            "redact",
            "--value-file",
            "-",
            "--author",
            "poverenec",
            "--instance",
        ])
        .arg(instance)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.envs(store.map(|url| ("OBZOR_STORE", url)));
    let mut running = command.spawn().unwrap();
    running
        .stdin
        .take()
        .unwrap()
        .write_all(value.as_bytes())
        .unwrap();
    running.wait_with_output().unwrap()
}

/// Changes the note of a tree through a door.
fn note(city: &City, bearer: &str, tree: &str, text: &str, reason: &str) {
    let path = format!("/collections/trees/items/{tree}");
    let seen = city.get_with(
        &path,
        &[
            ("Authorization", bearer),
            ("Accept", "application/geo+json"),
        ],
    );
    let headers = [
        ("Authorization", bearer),
        ("Content-Type", "application/merge-patch+json"),
        ("If-Match", seen.header("etag")),
    ];
    let body = serde_json::json!({ "type": "Feature", "properties": { "note": text } }).to_string();
    let url = city.url(&format!(
        "{path}?reason={}",
        reason.replace(' ', "%20").replace('/', "%2F")
    ));
    let answer = Answer::try_send("PATCH", &url, &headers, body.as_str()).unwrap();
    assert!(answer.status < 300, "{}", answer.text());
}

/// Plants the number in rows, history, a reason, a record, a release, and files that are packed in each way.
fn plant(city: &City) -> Vec<String> {
    city.obzor(&["user", "add", "jana", "--all-municipalities"]);
    let (_, token) = city.obzor(&["user", "token", "jana"]);
    let bearer = format!("Bearer {}", token.lines().next().unwrap());
    let trees = city.get("/collections/trees/items?limit=4&f=json").json();
    let trees = trees["features"].as_array().unwrap().iter();
    let trees: Vec<_> = trees
        .map(|tree| tree["id"].as_str().unwrap().to_owned())
        .collect();
    note(
        city,
        &bearer,
        &trees[0],
        &format!("volat {NUMBER} ráno"),
        &format!("prosba {NUMBER}"),
    );
    note(city, &bearer, &trees[0], "už ne", "oprava");
    note(city, &bearer, &trees[1], DIGITS, "oprava");
    city.execute(&format!(
        "UPDATE trees SET note = '{NUMBER}' WHERE id = '{}'",
        trees[2]
    ));
    let (code, said) = city.obzor(&["publish", "--all", "--municipality", "564729"]);
    assert_eq!(code, Some(0), "{said}");
    let record = format!("replace(body, '\"cs\":\"', '\"cs\":\"{NUMBER} ')");
    if city.is_in_database() {
        city.psql(&format!(
            "UPDATE obzor_store.records SET body = {}::json WHERE kind = 'release'",
            record.replace("body,", "body::text,")
        ));
    } else {
        city.execute(&format!(
            "UPDATE obzor_records SET body = {record} WHERE kind = 'release'"
        ));
    }
    plant_files(&city.instance());
    trees
}

fn plant_files(instance: &Path) {
    let release = release_file(instance);
    let mut csv = fs::OpenOptions::new().append(true).open(release).unwrap();
    writeln!(csv, "{NUMBER}").unwrap();
    // What a killed import left, and what people put into the folder.
    fs::create_dir_all(instance.join("spool/import")).unwrap();
    fs::write(
        instance.join("spool/import/stromy.csv"),
        format!("a;{NUMBER}\n"),
    )
    .unwrap();
    let wide: Vec<u8> = format!("č {DIGITS}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let packed = File::create(instance.join("staff/seznam.csv.gz")).unwrap();
    GzEncoder::new(packed, flate2::Compression::best())
        .write_all(&wide)
        .unwrap();
    let mut zip = ZipWriter::new(File::create(instance.join("staff/seznam.zip")).unwrap());
    zip.start_file("a.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(NUMBER.as_bytes()).unwrap();
    zip.finish().unwrap();
    fs::write(instance.join("staff/jine.txt"), "850101/1237").unwrap();
}

/// Returns the CSV of a release of the trees.
fn release_file(instance: &Path) -> PathBuf {
    let files = files(&instance.join("public/releases"));
    let is_ours = |path: &&PathBuf| path.extension().is_some_and(|end| end == "csv");
    files.iter().find(is_ours).unwrap().clone()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

/// Whether bytes begin with the number, in UTF-8 or UTF-16.
fn begins(bytes: &[u8]) -> bool {
    let wide = |text: &str| {
        let mut units = text.bytes().enumerate();
        units.all(|(place, byte)| {
            bytes.get(2 * place) == Some(&byte)
                && (place == 0 || bytes.get(2 * place - 1) == Some(&0))
        })
    };
    [NUMBER, DIGITS]
        .iter()
        .any(|text| bytes.starts_with(text.as_bytes()) || wide(text))
}

/// Whether the number stands in bytes, in any of the ways, or in what is packed in them.
fn holds(bytes: &[u8]) -> bool {
    if (0..bytes.len()).any(|at| bytes[at] == b'8' && begins(&bytes[at..])) {
        return true;
    }
    let mut unpacked = Vec::new();
    if bytes.starts_with(b"\x1f\x8b")
        && MultiGzDecoder::new(bytes)
            .read_to_end(&mut unpacked)
            .is_ok()
    {
        return holds(&unpacked);
    }
    let Some(mut zip) = bytes
        .starts_with(b"PK")
        .then(|| ZipArchive::new(std::io::Cursor::new(bytes)).unwrap())
    else {
        return false;
    };
    (0..zip.len()).any(|place| {
        let mut inside = Vec::new();
        zip.by_index(place)
            .unwrap()
            .read_to_end(&mut inside)
            .unwrap();
        holds(&inside)
    })
}

/// Returns the files of a folder in which the number stands.
fn holding(folder: &Path) -> Vec<PathBuf> {
    let mut files = files(folder);
    // The journal of PostgreSQL keeps what was until it is written over and archived; docs/audit.md says what to do.
    files.retain(|path| !path.components().any(|part| part.as_os_str() == "pg_wal"));
    // A temporary file of another test may go while we look.
    files.retain(|path| fs::read(path).is_ok_and(|bytes| holds(&bytes)));
    files
}

/// Returns the folders in which the city keeps everything.
fn folders(city: &City) -> Vec<PathBuf> {
    if !city.is_in_database() {
        return vec![city.instance()];
    }
    // What is still in memory only would not be seen.
    city.psql("CHECKPOINT");
    // Of the databases in the cluster the others belong to other tests.
    let cluster = PathBuf::from(city.psql("SHOW data_directory").trim());
    let own = city.psql("SELECT oid FROM pg_database WHERE datname = current_database()");
    let parts = fs::read_dir(&cluster)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let parts = parts.filter(|path| path.is_dir() && !path.ends_with("base"));
    let own = cluster.join("base").join(own.trim());
    [city.instance(), own].into_iter().chain(parts).collect()
}

fn check_restored(city: &City, backup: &Path) {
    let restored = city.file("restored");
    let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args([
            "restore",
            backup.to_str().unwrap(),
            "--instance",
            restored.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(holding(&restored), [] as [PathBuf; 0]);
}

#[test]
#[ignore = "slow: looks through every byte of a cluster"]
fn a_planted_birth_number_is_in_no_file_after_it_was_erased() {
    for city in City::start_both() {
        let trees = plant(&city);
        let backup = city.file("backup.zip");
        if !city.is_in_database() {
            let (code, said) = city.obzor(&["backup", "--out", backup.to_str().unwrap()]);
            assert_eq!(code, Some(0), "{said}");
        }
        let looked = redact(&city, NUMBER, &["--dry-run", "--json"]);
        let told: Value = serde_json::from_slice(&looked.stdout).unwrap();
        let places: Vec<_> = told["store"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["place"])
            .collect();
        assert_eq!(
            places,
            [
                "vrstva trees",
                "historie",
                "autoři a důvody změn",
                "záznamy úřadu"
            ],
            "{told}"
        );
        // The city's folder, and that of its database; the rest of a cluster holds no rows.
        let mut planted = folders(&city).into_iter().take(2);
        assert!(planted.all(|folder| !holding(&folder).is_empty()));

        let erased = redact(&city, &format!("{NUMBER}\n"), &[]);
        assert!(erased.status.success(), "{erased:?}");
        for folder in folders(&city) {
            assert_eq!(holding(&folder), [] as [PathBuf; 0]);
        }
        assert!(!holds(city.log().as_bytes()) && !holds(&erased.stdout) && !holds(&erased.stderr));
        assert!(city.instance().join("staff/jine.txt").exists());
        let (code, said) = city.obzor(&["audit", "verify"]);
        assert_eq!(code, Some(0), "{said}");
        let (_, said) = city.obzor(&["audit", "search", "--act", "redact"]);
        assert!(said.contains("poverenec"), "{said}");
        let shown = city.get(&format!("/collections/trees/items/{}?f=json", trees[1]));
        assert_eq!(shown.status, 200, "{}", shown.text());
        let again = redact(&city, NUMBER, &[]);
        assert!(
            String::from_utf8_lossy(&again.stdout).contains("nikde"),
            "{again:?}"
        );
        if backup.exists() {
            check_restored(&city, &backup);
        }
    }
}

#[test]
fn a_field_is_emptied_with_all_its_past_and_no_other() {
    for city in City::start_both() {
        let trees = plant(&city);
        let field = [
            "redact",
            "--layer",
            "trees",
            "--field",
            "note",
            "--author",
            "poverenec",
            "--id",
        ];
        let (code, said) = city.obzor(&[&field[..], &[trees[0].as_str()]].concat());
        assert_eq!(code, Some(0), "{said}");
        assert!(
            said.contains("vrstva trees: řádků 1\nhistorie: řádků 2\n"),
            "{said}"
        );
        let past = format!(
            "SELECT count(*) FROM HISTORY WHERE id = '{}' AND VALUES LIKE '%volat%'",
            trees[0]
        );
        let count = if city.is_in_database() {
            let past = past.replace("HISTORY", "obzor_store.history");
            city.psql(&past.replace("VALUES", "\"values\"::text"))
        } else {
            let file = rusqlite::Connection::open(city.store()).unwrap();
            let past = past.replace("HISTORY", "obzor_history");
            let past = past.replace("VALUES", "\"values\"");
            let count: i64 = file.query_row(&past, [], |row| row.get(0)).unwrap();
            count.to_string()
        };
        assert_eq!(count.trim(), "0");
        let (_, found) = city.obzor(&["audit", "search", "--act", "redact", "--json"]);
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found[0]["event"]["subject"], trees[0].as_str());
        let (code, said) = city.obzor(&[&field[..], &["nothing"]].concat());
        assert_eq!(code, Some(3), "{said}");
    }
}
