//! The servers beside one another: ours on both stores, and the peers that are installed.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use test_postgres::Database;
use ureq::Agent;

use super::LAYER;

/// How long a server may take to get ready.
const PATIENCE: Duration = Duration::from_mins(1);
/// How many processes answer for a peer: as many as this benchmark's machine has cores.
const WORKERS: &str = "2";

/// A server that runs until it is dropped.
pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) filter_language: &'static str,
    process: Child,
    port: u16,
    collection: &'static str,
}

impl Server {
    /// Returns the address of the collection's items.
    pub(super) fn items(&self) -> String {
        format!(
            "http://127.0.0.1:{}/collections/{}/items",
            self.port, self.collection
        )
    }

    /// Gets a document that must be there.
    pub(super) fn get(&self, agent: &Agent, url: &str) -> String {
        let answer = agent
            .get(url)
            .header("Accept", "application/geo+json")
            .call();
        let mut answer = answer.unwrap_or_else(|error| panic!("{} {url}: {error}", self.name));
        let text = answer.body_mut().with_config().limit(1 << 30);
        text.read_to_string().expect("a body")
    }

    /// Gets a file of any length, and returns how many bytes it has.
    pub(super) fn download(&self, agent: &Agent, url: &str) -> u64 {
        let answer = agent.get(url).call();
        let mut answer = answer.unwrap_or_else(|error| panic!("{} {url}: {error}", self.name));
        let mut body = answer.body_mut().as_reader();
        io::copy(&mut body, &mut io::sink()).expect("a body")
    }

    /// Returns how many megabytes its processes hold together, the pages of files that they map not counted: they are
    /// the system's, and would count once for each connection to a GeoPackage.
    pub(super) fn memory(&self) -> u64 {
        let of = |pid: &str| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("RssAnon:"));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
            number.unwrap_or(0) / 1024
        };
        let own = self.process.id().to_string();
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
        let children = children.unwrap_or_default();
        of(&own) + children.split_whitespace().map(of).sum::<u64>()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Peers end their workers when they are asked to end.
        let _ = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
    }
}

/// Starts all; says which peers are not installed.
pub(super) fn start(folder: &Path, database: &Database) -> Vec<Server> {
    let mut servers = vec![
        obzor(folder, "obzor, PostGIS", Some(database)),
        obzor(folder, "obzor, GeoPackage", None),
    ];
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/peers");
    if peers.is_dir() {
        servers.push(tipg(&peers, database));
        servers.push(pygeoapi(&peers, folder, database));
    } else {
        eprintln!("tipg and pygeoapi are left out: `scripts/setup --peers` installs them");
    }
    servers
}

fn obzor(folder: &Path, name: &'static str, database: Option<&Database>) -> Server {
    let instance = folder.join("instance");
    let config = "[title]\ncs = \"Měření\"\nen = \"Measurement\"\n";
    fs::write(instance.join("obzor.toml"), config).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
    command.arg("serve").arg("--instance").arg(instance);
    command.envs(database.map(|database| ("OBZOR_STORE", database.url())));
    run(name, LAYER, command, |command, port| {
        command.args(["--port", port]);
    })
}

fn tipg(place: &Path, database: &Database) -> Server {
    let mut command = Command::new(place.join("bin/uvicorn"));
    command
        .args([
            "tipg.main:app",
            "--log-level",
            "warning",
            "--workers",
            WORKERS,
        ])
        .env("DATABASE_URL", address(database))
        .env("TIPG_DB_SCHEMAS", r#"["obzor"]"#)
        .env("TIPG_MAX_FEATURES_PER_QUERY", "10000");
    run("tipg", "obzor.parcels", command, |command, port| {
        command.args(["--port", port]);
    })
}

fn pygeoapi(place: &Path, folder: &Path, database: &Database) -> Server {
    let config = folder.join("pygeoapi.yml");
    let description = folder.join("openapi.yml");
    let mut command = Command::new(place.join("bin/gunicorn"));
    command
        .args(["pygeoapi.flask_app:APP", "--workers", WORKERS])
        .env("PYGEOAPI_CONFIG", &config)
        .env("PYGEOAPI_OPENAPI", &description);
    run("pygeoapi", LAYER, command, |command, port| {
        fs::write(&config, pygeoapi_config(database, port)).expect("written");
        let made = Command::new(place.join("bin/pygeoapi"))
            .args(["openapi", "generate"])
            .arg(&config)
            .arg("--output-file")
            .arg(&description)
            .env("PYGEOAPI_CONFIG", &config)
            .env("PYGEOAPI_OPENAPI", &description)
            .status();
        assert!(made.expect("pygeoapi starts").success());
        command.args(["--bind", &format!("127.0.0.1:{port}")]);
    })
}

/// Runs a server on a free port and waits until it answers.
fn run(
    name: &'static str,
    collection: &'static str,
    mut command: Command,
    prepare: impl FnOnce(&mut Command, &str),
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    prepare(&mut command, &port.to_string());
    let process = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let server = Server {
        name,
        // pygeoapi knows its language by an older name.
        filter_language: if name == "pygeoapi" {
            "cql-text"
        } else {
            "cql2-text"
        },
        process,
        port,
        collection,
    };
    let begun = Instant::now();
    let agent = Agent::new_with_defaults();
    while agent
        .get(&format!("{}?limit=1", server.items()))
        .call()
        .is_err()
    {
        assert!(begun.elapsed() < PATIENCE, "{name} does not get ready");
        std::thread::sleep(Duration::from_millis(100));
    }
    server
}

/// Returns the name of the database and the folder of its socket.
fn place(database: &Database) -> (String, String) {
    let url = database.url();
    // postgres:///NAME?host=FOLDER&user=postgres
    let (name, rest) = url
        .trim_start_matches("postgres:///")
        .split_once("?host=")
        .expect("an address with a folder");
    let folder = rest.split('&').next().unwrap_or(rest);
    (name.to_owned(), folder.to_owned())
}

/// Returns an address with a host, as tipg wants: the folder stands for it.
fn address(database: &Database) -> String {
    let (name, folder) = place(database);
    let host = folder.replace('/', "%2F");
    format!("postgresql://postgres@{host}:5432/{name}")
}

/// Describes the collection.
fn pygeoapi_config(database: &Database, port: &str) -> String {
    let (name, host) = place(database);
    format!(
        "server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-US]
  limits: {{default_items: 100, max_items: 10000}}
  map: {{url: 'http://127.0.0.1/{{z}}/{{x}}/{{y}}', attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: bench, description: bench, keywords: [bench], keywords_type: theme, terms_of_service: none, url: 'http://127.0.0.1'}}
  license: {{name: none, url: 'http://127.0.0.1'}}
  provider: {{name: bench, url: 'http://127.0.0.1'}}
  contact: {{name: bench}}
resources:
  {LAYER}:
    type: collection
    title: {LAYER}
    description: {LAYER}
    keywords: [bench]
    extents: {{spatial: {{bbox: [12, 48, 19, 51.2], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'}}}}
    providers:
      - type: feature
        name: PostgreSQL
        data: {{host: {host}, port: 5432, dbname: {name}, user: postgres, password: none, search_path: [obzor, public]}}
        id_field: fid
        table: {LAYER}
        geom_field: geom
        storage_crs: http://www.opengis.net/def/crs/EPSG/0/5514
"
    )
}
