//! A whole test city: the built program, serving a temporary instance that holds the sample district.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use test_postgres::Database;

use crate::answer::Answer;

/// How long a city may take to get ready or to stop: generous, for a busy machine and a debug build.
const PATIENCE: Duration = Duration::from_mins(1);

/// A served instance of its own; stopped, and its log read, when it is dropped.
pub(crate) struct City {
    folder: TempDir,
    database: Option<Database>,
    /// What the log may tell of as trouble, because a test makes it.
    expected: Option<&'static str>,
    server: Child,
    port: u16,
}

impl City {
    /// Starts a city of its own, for a test that writes to it or stops it.
    pub(crate) fn start() -> Self {
        Self::start_on(|_| {})
    }

    /// Starts a city on an instance that was changed before.
    pub(crate) fn start_on(change: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let instance = folder.path().join("instance");
        copy_folder(filled_instance(), &instance);
        change(&instance);
        Self::serve(folder, None)
    }

    /// Starts a city whose store is a database of its own, filled with the sample district.
    pub(crate) fn start_in(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fill(&folder.path().join("instance"), &database);
        Self::serve(folder, Some(database))
    }

    /// Starts one more server of the same city, as on another machine: with a folder of its own and these settings.
    pub(crate) fn replica(&self, settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&self.instance(), &folder.path().join("instance"));
        Self::serve_with(folder, None, settings)
    }

    /// Starts one more server on the same instance and store, as while one takes over from the other.
    pub(crate) fn beside(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(self.instance(), folder.path().join("instance")).unwrap();
        let store = self.database.as_ref().map(|one| ("OBZOR_STORE", one.url()));
        Self::serve_with(folder, None, store.as_slice())
    }

    /// Runs the program on the city's instance and store; returns its exit code and all that it said.
    pub(crate) fn obzor(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let store = self.database.as_ref().map(|one| ("OBZOR_STORE", one.url()));
        let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(arguments)
            .arg("--instance")
            .arg(self.instance())
            .envs(store)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// Starts two cities of the same content: one keeps it in a file, one in a database.
    pub(crate) fn start_both() -> [Self; 2] {
        let (folder, database) = (tempfile::tempdir().unwrap(), filled_database().copy());
        store_in(&folder.path().join("instance"), &database);
        [Self::start(), Self::serve(folder, Some(database))]
    }

    /// Returns the city that all tests which only read have in common; it lives while one of them holds it.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<City>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let city = Arc::new(Self::start());
            *shared = Arc::downgrade(&city);
            city
        })
    }

    /// Stops the city and starts it again on the same instance.
    pub(crate) fn restart(mut self) -> Self {
        self.stop();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Self::serve(folder, self.database.take())
    }

    fn serve(folder: TempDir, database: Option<Database>) -> Self {
        let store = database.as_ref().map(|one| ("OBZOR_STORE", one.url()));
        Self::serve_with(folder, database, store.as_slice())
    }

    fn serve_with(
        folder: TempDir,
        database: Option<Database>,
        settings: &[(&str, String)],
    ) -> Self {
        let port = free_port();
        let log = File::create(folder.path().join("log")).unwrap();
        let server = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(["serve", "--port", &port.to_string(), "--instance"])
            .arg(folder.path().join("instance"))
            .env_remove("OBZOR_LOG")
            .envs(settings.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut city = Self {
            folder,
            database,
            expected: None,
            server,
            port,
        };
        city.wait_until_ready();
        city
    }

    fn wait_until_ready(&mut self) {
        let start = Instant::now();
        while Answer::try_get(&self.url("/readyz"), &[]).is_none_or(|answer| answer.status != 200) {
            let ended = self.server.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {}", self.log());
            assert!(
                start.elapsed() < PATIENCE,
                "the server is not ready: {}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the absolute address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Gets a path.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// Gets a path with request headers.
    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = self.url(path);
        Answer::try_get(&url, headers)
            .unwrap_or_else(|| panic!("{url} does not answer: {}", self.log()))
    }

    /// Asks for a path by another method.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = self.url(path);
        Answer::try_ask(method, &url, headers)
            .unwrap_or_else(|| panic!("{url} does not answer: {}", self.log()))
    }

    /// Returns the city's database.
    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// Returns the address of the city's database; none when its store is a file.
    pub(crate) fn database_url(&self) -> Option<String> {
        self.database.as_ref().map(Database::url)
    }

    /// Whether its store is a database.
    pub(crate) fn is_in_database(&self) -> bool {
        self.database.is_some()
    }

    /// Says of what trouble the log will tell, because the test makes it.
    pub(crate) fn expect_trouble(&mut self, words: &'static str) {
        self.expected = Some(words);
    }

    /// Returns the number of the server's process.
    pub(crate) fn pid(&self) -> u32 {
        self.server.id()
    }

    /// Runs SQL in the city's database, as a person at `psql` does.
    pub(crate) fn psql(&self, sql: &str) -> String {
        let url = self.database().url();
        run(
            "psql",
            &["--quiet", "--no-align", "--tuples-only", &url, "-c", sql],
        )
    }

    /// Runs a statement on the tables of the city's store, as another program does.
    pub(crate) fn execute(&self, sql: &str) {
        match &self.database {
            None => crate::gdal::execute(&self.store(), sql),
            Some(_) => drop(self.psql(&format!("SET search_path = obzor, public; {sql}"))),
        }
    }

    /// Returns the file that holds the features.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("instance/store/obzor.gpkg")
    }

    /// Returns the folder of the instance.
    pub(crate) fn instance(&self) -> PathBuf {
        self.folder.path().join("instance")
    }

    /// Returns where a file of that name may lie beside the instance.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns how much memory the server holds, in megabytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            / 1024
    }

    /// Returns what the server wrote so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Asks the server to stop, as a service manager would, and returns how long it took.
    pub(crate) fn stop(&mut self) -> Duration {
        let start = Instant::now();
        self.ask_to_stop();
        while self.server.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "the server does not stop");
            thread::sleep(Duration::from_millis(5));
        }
        let status = self.server.wait().unwrap();
        assert!(status.success(), "{status}: {}", self.log());
        start.elapsed()
    }

    /// Sends the signal of a service manager and does not wait.
    pub(crate) fn ask_to_stop(&self) {
        run("kill", &["-TERM", &self.server.id().to_string()]);
    }

    /// Kills the server, which gets no time for anything.
    pub(crate) fn kill(&self) {
        run("kill", &["-KILL", &self.server.id().to_string()]);
    }

    /// Starts a city again that was killed; until then its log told of no trouble.
    pub(crate) fn start_again(mut self) -> Self {
        let status = self.server.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "{status}: {}", self.log());
        assert_eq!(self.trouble(), [""; 0]);
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Self::serve(folder, self.database.take())
    }

    /// Returns the lines of the log that tell of trouble.
    fn trouble(&self) -> Vec<String> {
        let log = self.log();
        let is_bad = |line: &&str| {
            ["ERROR", "WARN", "panicked"]
                .iter()
                .any(|word| line.contains(word))
                && !self.expected.is_some_and(|words| line.contains(words))
        };
        log.lines().filter(is_bad).map(str::to_owned).collect()
    }
}

impl Drop for City {
    fn drop(&mut self) {
        if self.server.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.ask_to_stop();
            let start = Instant::now();
            while self.server.try_wait().is_ok_and(|ended| ended.is_none()) {
                if start.elapsed() > PATIENCE {
                    let _ = self.server.kill();
                }
                thread::sleep(Duration::from_millis(5));
            }
        }
        let trouble = self.trouble();
        if !thread::panicking() {
            assert!(trouble.is_empty(), "the log tells of trouble: {trouble:#?}");
        }
    }
}

/// Returns an instance of its own with the sample district, which nobody serves.
pub(crate) fn instance() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(filled_instance(), folder.path());
    folder
}

/// Returns two instances of the same content, which nobody serves: one keeps it in a file, one in a database.
pub(crate) fn both_instances() -> [(TempDir, Option<Database>); 2] {
    let (folder, database) = (tempfile::tempdir().unwrap(), filled_database().copy());
    store_in(folder.path(), &database);
    [(instance(), None), (folder, Some(database))]
}

/// Returns a database with the sample district, to which nobody is connected.
fn filled_database() -> &'static Database {
    static FILLED: OnceLock<Database> = OnceLock::new();
    FILLED.get_or_init(|| {
        let (folder, database) = (tempfile::tempdir().unwrap(), Database::fresh());
        fill(folder.path(), &database);
        database
    })
}

/// Fills an empty instance whose store is a database.
fn fill(instance: &Path, database: &Database) {
    let filled = Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(["sample", "--instance"])
        .arg(instance)
        .env("OBZOR_STORE", database.url())
        .output()
        .unwrap();
    assert!(filled.status.success(), "{filled:?}");
}

/// Makes an instance as the sample is, but for the store, which is a database.
fn store_in(instance: &Path, database: &Database) {
    copy_folder(filled_instance(), instance);
    fs::remove_dir_all(instance.join("store")).unwrap();
    let file = instance.join("obzor.toml");
    let config = fs::read_to_string(&file).unwrap();
    let config = format!("store = {:?}\n{config}", database.url());
    fs::write(&file, config).unwrap();
}

/// Runs a program that must succeed and returns what it printed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; scripts/setup --test installs it"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {printed}{errors}"
    );
    printed
}

/// Returns the folder of the reference data; without one, says so and lets the test be skipped.
pub(crate) fn reference_data() -> Option<PathBuf> {
    let folder = std::env::var_os("OBZOR_REFERENCE_DATA").map(PathBuf::from);
    if folder.is_none() {
        let test = thread::current().name().unwrap_or_default().to_owned();
        // Not `eprintln!`: the test runner would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "{test}: skipped, OBZOR_REFERENCE_DATA is not set"
        );
    }
    folder
}

/// Returns an instance with the sample district, filled once per run by the program itself.
fn filled_instance() -> &'static Path {
    static FILLED: OnceLock<PathBuf> = OnceLock::new();
    FILLED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample-instance");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        let instance = folder.to_str().unwrap();
        run(
            env!("CARGO_BIN_EXE_obzor"),
            &["sample", "--instance", instance],
        );
        folder
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
