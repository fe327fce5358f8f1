//! Encrypted connections to a server that takes no others.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::*;

const PASSWORD: &str = "tajneheslo";

/// A server with a certificate; its shell stops it when our end of its standard input closes.
struct Server {
    port: u16,
    folder: String,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    shell: Child,
}

impl Server {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let mut shell = Command::new("sh")
            .args(["-c", include_str!("tls.sh"), "sh", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let output = BufReader::new(shell.stdout.take().expect("piped above"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut server = Self {
            port,
            folder: String::new(),
            input: shell.stdin.take(),
            lines,
            shell,
        };
        server.folder = server.wait_for("ready ");
        server
    }

    fn wait_for(&self, words: &str) -> String {
        let mut said = String::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_mins(1)) {
            if let Some(rest) = line.strip_prefix(words) {
                return rest.to_owned();
            }
            said.push_str(&line);
        }
        panic!("no encrypted PostgreSQL: {said}");
    }

    /// Shows another certificate from now on.
    fn show(&mut self, name: &str) {
        let input = self.input.as_mut().expect("there until the end");
        writeln!(input, "{name}").expect("the shell");
        self.wait_for("shows ");
    }

    /// Connects to a host of that name; says whether the connection is encrypted, or why there is none.
    fn connect(&self, host: &str, options: &str) -> Result<bool, String> {
        let options = options.replace("FOLDER", &self.folder);
        let address = format!(
            "postgres://postgres:{PASSWORD}@{host}:{}/postgres{options}",
            self.port
        );
        let asked = pool(&address).and_then(|pool| {
            let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            let rows = pool.take()?.query(sql, &[]);
            Ok(rows.expect("an answer")[0].get(0))
        });
        asked.map_err(|error| {
            let why = error.to_string();
            assert!(!why.contains(PASSWORD), "{why}");
            why
        })
    }

    #[track_caller]
    fn refuses(&self, host: &str, options: &str, why: &str) {
        let said = self.connect(host, options).expect_err(options);
        assert!(said.contains(why), "{options}: {said}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}

#[test]
fn a_connection_is_encrypted_and_the_server_proves_itself_as_far_as_asked() {
    let mut server = Server::start();
    for (host, options) in [
        ("127.0.0.1", ""),
        ("127.0.0.1", "?sslmode=prefer"),
        ("127.0.0.1", "?sslmode=require"),
        ("127.0.0.1", "?sslmode=require&channel_binding=require"),
        ("127.0.0.1", "?sslmode=verify-ca&sslrootcert=FOLDER/ca.pem"),
        (
            "localhost",
            "?sslmode=verify-full&sslrootcert=FOLDER%2Fca.pem",
        ),
    ] {
        assert_eq!(server.connect(host, options), Ok(true), "{options}");
    }
    server.refuses("127.0.0.1", "?sslmode=disable", "no encryption");
    let full = "?sslmode=verify-full&sslrootcert=FOLDER/ca.pem";
    server.refuses("127.0.0.1", full, "not valid for name");
    let other = "?sslmode=verify-ca&sslrootcert=FOLDER/other.pem";
    server.refuses("localhost", other, "UnknownIssuer");
    let other = "?sslmode=require&sslrootcert=FOLDER/other.pem";
    server.refuses("localhost", other, "UnknownIssuer");
    server.refuses("localhost", "?sslmode=verify-full", "sslrootcert=FILE");
    let missing = "?sslmode=verify-ca&sslrootcert=FOLDER/none.pem";
    server.refuses("localhost", missing, "none.pem cannot be used");
    let empty = "?sslmode=verify-ca&sslrootcert=FOLDER/password";
    server.refuses("localhost", empty, "password cannot be used");
    server.refuses("localhost", "?sslmode=allow", "verify-full");

    // What `openssl req -x509` makes signs itself, and says that it may sign others.
    server.show("self");
    let known = "?sslmode=verify-full&sslrootcert=FOLDER/self.pem";
    let start = Instant::now();
    while server.connect("localhost", known) != Ok(true) {
        assert!(start.elapsed() < Duration::from_secs(20), "not reloaded");
        thread::sleep(Duration::from_millis(20));
    }
    server.refuses("127.0.0.1", known, "not valid for name");
    let known = "?sslmode=verify-ca&sslrootcert=FOLDER/self.pem";
    assert_eq!(server.connect("127.0.0.1", known), Ok(true));
    server.refuses("localhost", full, "certificate");
}
