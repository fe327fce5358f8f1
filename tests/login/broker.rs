//! Login by a broker: a certified provider on this machine, with and without a browser.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{Browser, obzor};
use crate::answer::Answer;
use crate::city::{City, run};

/// A provider that ends with its test.
struct Provider {
    process: Child,
    address: String,
}

impl Provider {
    /// Starts a city that asks a provider, and the provider.
    fn with_city() -> (City, Self) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}");
        let city = City::start_on(|instance| configure(instance, &address));
        drop(listener);
        let mut process = Command::new("node")
            .arg(folder().join("provider/provider.mjs"))
            .args([port.to_string(), city.url("")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let is_ready = lines.any(|line| line.unwrap() == "ready");
        assert!(
            is_ready,
            "the provider does not start; scripts/setup --test installs it"
        );
        (city, Self { process, address })
    }

    /// Says what the provider tells from now on.
    fn tell(&self, settings: &Value) {
        let url = format!("{}/control", self.address);
        let answer = Answer::try_send("POST", &url, &[], settings.to_string());
        assert_eq!(answer.unwrap().status, 200);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/login")
}

fn configure(instance: &Path, issuer: &str) {
    let file = instance.join("obzor.toml");
    let config = fs::read_to_string(&file).unwrap();
    let oidc = format!(
        "\n[oidc]\nissuer = {issuer:?}\nclient_id = \"obzor\"\n\
         client_secret = \"a secret between the two, of 32 bytes or more\"\n\
         [[oidc.groups]]\ngroup = \"editors\"\nrole = \"editor\"\nmunicipalities = [562971]\n\
         [[oidc.groups]]\ngroup = \"editors-of-all\"\nrole = \"editor\"\nall_municipalities = true\n"
    );
    fs::write(&file, config + &oidc).unwrap();
}

/// Returns a parameter of an address.
fn parameter<'a>(address: &'a str, name: &str) -> &'a str {
    let (_, rest) = address.split_once(&format!("{name}=")).unwrap();
    rest.split('&').next().unwrap()
}

#[test]
fn people_log_in_with_a_browser() {
    let (city, provider) = Provider::with_city();
    obzor(&city, &["user", "add", "petr", "--municipality", "562971"]);
    obzor(&city, &["user", "add", "karel", "--role", "administrator"]);
    let invitation = |name: &str| {
        let link = obzor(&city, &["user", "link", name]);
        city.url(&format!(
            "/invitation{}",
            link.split_once("/invitation").unwrap().1
        ))
    };
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&screenshots).unwrap();
    let arguments = [
        folder().join("browser.mjs").to_str().unwrap().to_owned(),
        city.url(""),
        provider.address.clone(),
        city.store().to_str().unwrap().to_owned(),
        screenshots.to_str().unwrap().to_owned(),
        invitation("petr"),
        invitation("karel"),
    ];
    run("node", &arguments.each_ref().map(String::as_str));
}

#[test]
fn a_forged_id_token_lets_nobody_in() {
    let (city, provider) = Provider::with_city();
    let log_in = |forgery: &str| {
        let mut browser = Browser::new(&city);
        let begun = browser.get("/login/oidc?next=/map");
        let address = begun.header("location").to_owned();
        assert_eq!(begun.status, 303, "{}", begun.text());
        assert_eq!(parameter(&address, "code_challenge_method"), "S256");
        provider.tell(&json!({ "forge": forgery, "nonce": parameter(&address, "nonce") }));
        let state = parameter(&address, "state");
        browser.get(&format!("/login/oidc/callback?code=1&state={state}"))
    };
    for forgery in [
        "audience",
        "audiences",
        "party",
        "issuer",
        "nonce",
        "no-nonce",
        "expired",
        "endless",
        "not-yet",
        "groups",
        "key",
        "shared-secret",
        "unsigned",
    ] {
        let answer = log_in(forgery);
        assert_eq!(answer.status, 403, "{forgery}");
        assert!(
            answer.header("set-cookie").starts_with("obzor-login=;"),
            "{forgery}"
        );
        assert!(answer.text().contains("Nepřihlášeno"));
    }
    assert_eq!(obzor(&city, &["user", "list"]), "");
    let answer = log_in("honest");
    assert_eq!((answer.status, answer.header("location")), (303, "/map"));
    assert!(obzor(&city, &["user", "list"]).starts_with("jana: "));
}

#[test]
fn the_broker_takes_nobodys_name_and_answers_for_itself_alone() {
    let (city, provider) = Provider::with_city();
    obzor(&city, &["user", "add", "jana", "--all-municipalities"]);
    let mut browser = Browser::new(&city);
    let mut log_in = |change: &dyn Fn(&str) -> String| {
        let address = browser.get("/login/oidc").header("location").to_owned();
        provider.tell(&json!({ "forge": "honest", "nonce": parameter(&address, "nonce") }));
        browser.get(&change(parameter(&address, "state")))
    };
    let path = "/login/oidc/callback";
    for change in [
        // A local account of that name is somebody else.
        &|state: &str| format!("{path}?code=1&state={state}") as String,
        &|state: &str| format!("{path}?code=1&state={state}&iss=http%3A%2F%2Fevil.example"),
        &|_: &str| format!("{path}?code=1&state=other"),
        &|_: &str| format!("{path}?code=1"),
        &|state: &str| format!("{path}?error=access_denied&state={state}"),
    ] as [&dyn Fn(&str) -> String; 5]
    {
        let answer = log_in(change);
        assert_eq!(answer.status, 403, "{}", answer.text());
    }
    obzor(&city, &["user", "remove", "jana"]);
    let right = |state: &str| format!("{path}?code=1&state={state}");
    assert_eq!(log_in(&right).status, 303);
    obzor(&city, &["user", "disable", "jana"]);
    assert_eq!(log_in(&right).status, 403);
    // Without its broker the city goes on; who is logged in stays so.
    drop(provider);
    let mut city = city.restart();
    city.expect_trouble("by the broker");
    let answer = city.get("/login/oidc");
    assert_eq!(answer.status, 503);
    assert_eq!(city.get("/login").status, 200);
}
