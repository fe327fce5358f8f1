//! The private cluster of this process.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use postgres::{Client, NoTls};

/// The database that has the extension and nothing else.
pub(crate) const TEMPLATE: &str = "postgres";

/// The cluster of this process; its shell stops it when our end of its standard input closes.
pub(crate) struct Cluster {
    folder: String,
    _input: ChildStdin,
}

impl Cluster {
    #[expect(
        clippy::zombie_processes,
        reason = "the shell waits for the end of this process, not the other way round"
    )]
    fn start() -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", include_str!("cluster.sh")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let input = shell.stdin.take().expect("piped above");
        let output = BufReader::new(shell.stdout.take().expect("piped above"));
        let mut said = String::new();
        let lines = output.lines().map_while(Result::ok);
        let folder = lines
            .inspect(|line| said = format!("{said}{line}\n"))
            .find_map(|line| line.strip_prefix("ready ").map(str::to_owned));
        let cluster = Self {
            folder: folder.unwrap_or_else(|| panic!("no PostgreSQL for the tests: {said}")),
            _input: input,
        };
        cluster.run(TEMPLATE, "CREATE EXTENSION postgis");
        cluster
    }

    /// Returns the cluster of this process, started when it is first asked for.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Returns the address of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder)
    }

    /// Runs statements in a database.
    pub(crate) fn run(&self, database: &str, sql: &str) {
        let client = Client::connect(&self.url(database), NoTls);
        client
            .and_then(|mut client| client.batch_execute(sql))
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
