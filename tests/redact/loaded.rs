//! Rows that an import brought at once are erased like all others, and neither a backup nor a copy brings them back.

use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use layers::LayerSet;
use layers::store::GeoPackageStore;
use tempfile::TempDir;
use test_postgres::Database;

use super::{DIGITS, NUMBER, holding, holds, redact_in};

/// Whose lamps they are.
const VILLAGE: &str = "500011";
/// Enough to be written at once.
const ROWS: usize = 1_200;

/// An instance, and its database if it has one.
struct Office {
    folder: TempDir,
    database: Option<Database>,
}

impl Office {
    /// An empty city.
    fn new(database: Option<Database>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let office = Self { folder, database };
        if office.database.is_some() {
            office.done(&["migrate"]);
        } else {
            let layers = Arc::new(LayerSet::shipped().unwrap());
            fs::create_dir(office.folder.path().join("store")).unwrap();
            let path = office.folder.path().join("store/obzor.gpkg");
            GeoPackageStore::create(&path, layers).unwrap();
        }
        office
    }

    fn url(&self) -> Option<String> {
        self.database.as_ref().map(Database::url)
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(arguments)
            .arg("--instance")
            .arg(self.folder.path())
            .envs(self.url().map(|url| ("OBZOR_STORE", url)))
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn query(&self, sql: &str) -> i64 {
        let database = self.database.as_ref().unwrap();
        database.connect().query_one(sql, &[]).unwrap().get(0)
    }

    /// Returns the files in which the number stands, of the instance and of its database.
    fn holding(&self) -> Vec<PathBuf> {
        let mut found = holding(self.folder.path());
        if let Some(database) = &self.database {
            found.extend(holding(&files_of(database)));
        }
        found
    }

    fn import(&self, file: &Path) {
        let file = file.to_str().unwrap();
        let what = ["import", file, "--author", "starosta"];
        let whose = ["--layer", "street-lights", "--municipality", VILLAGE];
        self.done(&[what, whose].concat());
    }
}

/// Returns the folder of a database, after all that is in memory was written there.
fn files_of(database: &Database) -> PathBuf {
    let mut client = database.connect();
    client.batch_execute("CHECKPOINT").unwrap();
    let sql = "SELECT current_setting('data_directory') || '/base/' || oid
               FROM pg_database WHERE datname = current_database()";
    let folder: String = client.query_one(sql, &[]).unwrap().get(0);
    folder.into()
}

/// Writes a file of lamps with the number in three of them.
fn file_of_lamps(folder: &Path) -> PathBuf {
    let head = "kod;stav;typ_podpery;pocet_svitidel;prikon_celkem_w;rvo_kod;presnost_poloha;zdroj;verejne;SOUR_X;SOUR_Y\n";
    let row = |n: usize| {
        let source = match n {
            300 => NUMBER.to_owned(),
            600 => DIGITS.to_owned(),
            900 => format!("volat {NUMBER} ráno"),
            _ => format!("č. {n}"),
        };
        let (x, y) = (999_000 + n / 100 * 10, 773_000 + n % 100 * 10);
        format!("M-{n};1;10;1;36;RVO-01;9;{source};ano;{x};{y}\n")
    };
    let rows: String = iter::once(head.to_owned())
        .chain((0..ROWS).map(row))
        .collect();
    let file = folder.join("lampy.csv");
    fs::write(&file, rows).unwrap();
    file
}

fn check(office: &Office) {
    let beside = tempfile::tempdir().unwrap();
    office.import(&file_of_lamps(beside.path()));
    if office.database.is_some() {
        // They are their own first versions, and history knows nothing of them.
        let loaded = "SELECT sum(last_fid - first_fid + 1)::bigint FROM obzor_store.loads";
        assert_eq!(office.query(loaded), ROWS as i64);
        assert_eq!(office.query("SELECT count(*) FROM obzor_store.history"), 0);
    }
    assert!(!office.holding().is_empty());
    let backup = beside.path().join("backup.zip");
    let before = office.database.as_ref().map(Database::copy);
    if before.is_none() {
        office.done(&["backup", "--out", backup.to_str().unwrap()]);
    }
    let erased = redact_in(office.folder.path(), office.url(), NUMBER, &[]);
    assert!(erased.status.success(), "{erased:?}");
    let said = String::from_utf8(erased.stdout).unwrap();
    let told = "vrstva street-lights: řádků 3\nhistorie: řádků 3\n";
    assert!(said.starts_with(told), "{said}");
    assert_eq!(office.holding(), [] as [PathBuf; 0]);
    office.done(&["audit", "verify"]);

    let copy = beside.path().join("copy.gpkg");
    let from = office
        .url()
        .unwrap_or_else(|| office.folder.path().display().to_string());
    copy_whole(&from, &copy);
    assert!(!holds(&fs::read(&copy).unwrap()));
    if let Some(before) = before {
        assert!(!holding(&files_of(&before)).is_empty());
        let again = Office {
            folder: tempfile::tempdir().unwrap(),
            database: Some(before),
        };
        let evidence = office.folder.path().join("evidence");
        let config = format!("evidence = {:?}\n", evidence.display().to_string());
        fs::write(again.folder.path().join("obzor.toml"), config).unwrap();
        again.done(&["redact", "--again", "--author", "poverenec"]);
        assert_eq!(again.holding(), [] as [PathBuf; 0]);
    } else {
        let restored = beside.path().join("restored");
        let restore = [
            backup.to_str().unwrap(),
            "--instance",
            restored.to_str().unwrap(),
        ];
        let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .arg("restore")
            .args(restore)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(holding(&restored), [] as [PathBuf; 0]);
    }
}

fn copy_whole(from: &str, to: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(["copy", "--from", from, "--to"])
        .arg(to)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn rows_that_came_at_once_are_erased_in_a_file() {
    check(&Office::new(None));
}

#[test]
fn rows_that_came_at_once_are_erased_in_a_database() {
    check(&Office::new(Some(Database::fresh())));
}

/// Erases while somebody is in the middle of something; they hold up nobody.
fn check_beside(begin: &str, elsewhere: bool) {
    let office = Office::new(Some(Database::fresh()));
    let beside = tempfile::tempdir().unwrap();
    office.import(&file_of_lamps(beside.path()));
    let other = elsewhere.then(Database::fresh);
    let database = other.as_ref().or(office.database.as_ref()).unwrap();
    let mut client = database.connect();
    client.batch_execute(begin).unwrap();
    let (erased, waited) = thread::scope(|scope| {
        let erasing = scope.spawn(|| redact_in(office.folder.path(), office.url(), NUMBER, &[]));
        thread::sleep(Duration::from_secs(3));
        let waited = !erasing.is_finished();
        client.batch_execute("COMMIT").unwrap();
        (erasing.join().unwrap(), waited)
    });
    assert!(erased.status.success(), "{erased:?}");
    assert!(
        waited,
        "the old rows were written anew for who may see them"
    );
    assert_eq!(office.holding(), [] as [PathBuf; 0]);
}

#[test]
fn what_somebody_still_reads_is_erased_when_they_are_done() {
    let read = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM spatial_ref_sys";
    check_beside(read, false);
    check_beside("BEGIN; CREATE TABLE t (n int)", true);
}
