//! A private cluster, and the one that all tests of a process share.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use postgres::{Client, NoTls};

/// The database that has the extension and nothing else.
pub(crate) const TEMPLATE: &str = "postgres";

/// A PostgreSQL server of its own; its shell stops it when our end of its standard input closes.
///
/// # Panics
///
/// Everything here panics when PostgreSQL does not do what it was asked, for then a test has failed.
pub struct Cluster {
    folder: String,
    durable: bool,
    shell: Mutex<Shell>,
}

struct Shell {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Cluster {
    /// Starts a cluster that keeps what was committed when it is killed, for a test that kills it.
    pub fn durable() -> Arc<Self> {
        Arc::new(Self::start(true))
    }

    /// Returns the cluster that the tests of this process share, started when it is first asked for.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Cluster>> = OnceLock::new();
        Arc::clone(SHARED.get_or_init(|| Arc::new(Self::start(false))))
    }

    #[expect(
        clippy::zombie_processes,
        reason = "the shell waits for the end of this process, not the other way round"
    )]
    fn start(durable: bool) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", include_str!("cluster.sh")])
            .args(["sh", if durable { "on" } else { "off" }])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut shell = Shell {
            input: shell.stdin.take().expect("piped above"),
            output: BufReader::new(shell.stdout.take().expect("piped above")),
        };
        let folder = shell.wait_for("ready ");
        let cluster = Self {
            folder,
            durable,
            shell: Mutex::new(shell),
        };
        run(&cluster.url(TEMPLATE), "CREATE EXTENSION postgis");
        cluster
    }

    /// Whether other tests use it too.
    pub(crate) fn is_shared(&self) -> bool {
        !self.durable
    }

    /// Kills every process of the server at once.
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// Starts the server again after it was killed; returns when it can be asked.
    pub fn start_again(&self) {
        self.tell("start");
    }

    /// Stops every process of the server where it is, so that connections stay and nothing answers.
    pub fn freeze(&self) {
        self.tell("freeze");
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        self.tell("thaw");
    }

    /// Makes a streaming standby of the server and starts it; there is one at most.
    pub fn start_standby(&self) {
        self.tell("standby");
    }

    /// Kills every process of the standby at once.
    pub fn kill_standby(&self) {
        self.tell("kill-standby");
    }

    /// Starts the standby again after it was killed; returns when it can be asked.
    pub fn start_standby_again(&self) {
        self.tell("start-standby");
    }

    fn tell(&self, what: &str) {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(shell.input, "{what}").expect("the shell of the cluster");
        shell.wait_for("done");
    }

    /// Returns the address of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder)
    }

    /// Returns the address of a database on the standby.
    pub(crate) fn standby_url(&self, database: &str) -> String {
        let folder = &self.folder;
        format!("postgres:///{database}?host={folder}/standby-socket&user=postgres")
    }
}

impl Shell {
    /// Returns what follows these words in the line that begins with them.
    fn wait_for(&mut self, words: &str) -> String {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).unwrap_or_default();
            assert!(length > 0, "no PostgreSQL for the tests: {said}");
            if let Some(rest) = line.strip_prefix(words) {
                return rest.trim().to_owned();
            }
            said.push_str(&line);
        }
    }
}

/// Runs statements in a database.
pub(crate) fn run(url: &str, sql: &str) {
    let client = Client::connect(url, NoTls);
    client
        .and_then(|mut client| client.batch_execute(sql))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
