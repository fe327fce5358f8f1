//! HTTPS by the program itself: what it speaks, and how a new certificate comes into force.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::city::{City, run};

/// Makes a certificate of the name that signs itself, and its key.
fn certify(folder: &Path, name: &str) {
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            &format!("/CN={name}"),
            "-addext",
            "subjectAltName=DNS:city.test",
            "-keyout",
            &file("key.pem"),
            "-out",
            &file("certificate.pem"),
        ],
    );
}

/// Starts a city with HTTPS and returns the address of that.
fn start() -> (City, SocketAddr) {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let city = City::start_on(|instance| {
        certify(instance, "first");
        let file = instance.join("obzor.toml");
        let config = fs::read_to_string(&file).unwrap();
        let (certificate, key) = (instance.join("certificate.pem"), instance.join("key.pem"));
        let https = format!(
            "public_url = \"https://city.test:{}\"\n{config}\n[https]\nlisten = \"{free}\"\n\
             certificate = \"{}\"\nkey = \"{}\"\n",
            free.port(),
            certificate.display(),
            key.display(),
        );
        fs::write(file, https).unwrap();
    });
    (city, free)
}

/// Asks by curl, which trusts the city's certificate alone; returns whether it could, and all that it printed.
fn curl(city: &City, address: SocketAddr, arguments: &[&str], path: &str) -> (bool, String) {
    let port = address.port();
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "20"])
        .args([
            "--resolve",
            &format!("city.test:{port}:127.0.0.1"),
            "--cacert",
        ])
        .arg(city.instance().join("certificate.pem"))
        .args(arguments)
        .arg(format!("https://city.test:{port}{path}"))
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&printed).into_owned(),
    )
}

/// Returns the name in the certificate that is shown to a new connection.
fn shown(address: SocketAddr) -> String {
    let ask = format!("openssl s_client -connect {address} -servername city.test </dev/null 2>&1");
    run("sh", &["-c", &ask])
}

#[test]
fn the_program_speaks_https_and_only_what_is_sound_of_it() {
    let (city, address) = start();
    let (done, said) = curl(&city, address, &[], "/?f=json");
    assert!(done && said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(
        said.contains("strict-transport-security: max-age="),
        "{said}"
    );
    assert!(
        said.contains(&format!("https://city.test:{}/", address.port())),
        "{said}"
    );
    for version in ["1.0", "1.1"] {
        let old = ["--tlsv1.0", "--tls-max", version];
        let (done, said) = curl(&city, address, &old, "/livez");
        assert!(!done, "{version}: {said}");
    }
    let (done, _) = curl(&city, address, &["--tlsv1.2", "--tls-max", "1.2"], "/livez");
    assert!(done, "TLS 1.2 is sound");
}

#[test]
fn a_new_certificate_is_shown_without_cutting_a_connection() {
    let (city, address) = start();
    assert!(shown(address).contains("CN = first"));
    let whole = city
        .get("/collections/parcels/items?limit=10000")
        .body
        .len();
    thread::scope(|scope| {
        let city = &city;
        // Slow enough to last over the change.
        let begun = scope.spawn(move || {
            let slowly = ["--insecure", "--limit-rate", "1M"];
            curl(
                city,
                address,
                &slowly,
                "/collections/parcels/items?limit=10000",
            )
        });
        thread::sleep(Duration::from_millis(500));
        certify(&city.instance(), "second");
        run("kill", &["-HUP", &city.pid().to_string()]);
        let start = Instant::now();
        while !shown(address).contains("CN = second") {
            assert!(start.elapsed() < Duration::from_secs(10), "{}", city.log());
            thread::sleep(Duration::from_millis(50));
        }
        let (done, said) = begun.join().unwrap();
        assert!(done && said.len() > whole, "{} of {whole}", said.len());
    });
}
