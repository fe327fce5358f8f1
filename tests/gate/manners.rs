//! What every answer of every door carries, and what the log and the numbers tell of it.

use std::fs;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use super::configure;
use crate::answer::Answer;
use crate::city::City;

/// Values that lead through each door to something, or nearly.
const VALUES: [(&str, &str); 12] = [
    ("{layer}", "street-lights"),
    ("{layers}", "street-lights"),
    ("{id}", "city"),
    ("{municipality}", "564729"),
    ("{format}", "csv"),
    ("{dataset}", "sample-564729-greenery"),
    ("{number}", "1"),
    ("{file:.+}", "main.js"),
    ("{file}", "x.pbf"),
    ("{z}", "14"),
    ("{x}", "8800"),
    ("{y}", "5550"),
];

/// Returns the paths of all doors, with the methods and who may use them, from the list that a test holds complete.
fn doors() -> Vec<(String, String, String)> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rights-matrix.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `/"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let path = VALUES
            .iter()
            .fold(cells[1].replace('`', ""), |path, (name, value)| {
                path.replace(name, value)
            });
        (path, cells[2].to_owned(), cells[3].to_owned())
    })
    .collect()
}

/// Gets a door; of one that never ends only the head.
fn get(city: &City, path: &str) -> Answer {
    if path == "/events" {
        return city.ask("HEAD", path, &[]);
    }
    city.get(path)
}

fn assert_mannered(answer: &Answer, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    assert!(
        answer.header("permissions-policy").contains("camera=()"),
        "{what}"
    );
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{what}: {policy}"
    );
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{what}: {policy}"
    );
    assert!(answer.header("x-request-id").len() >= 16, "{what}");
    assert!(
        answer
            .headers
            .get("access-control-allow-credentials")
            .is_none(),
        "{what}"
    );
    assert!(answer.headers.get("server").is_none(), "{what}");
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        for needed in ["HttpOnly", "SameSite="] {
            assert!(cookie.contains(needed), "{what}: {cookie}");
        }
    }
}

#[test]
fn every_answer_of_every_door_is_mannered() {
    let city = City::shared();
    let doors = doors();
    assert!(doors.len() > 30, "{}", doors.len());
    for (path, methods, _) in &doors {
        for method in methods.split(", ") {
            let answer = match method {
                "GET" => get(&city, path),
                _ => city.ask(method, path, &[("origin", "https://elsewhere.example")]),
            };
            let what = format!("{method} {path}");
            assert!(answer.status < 500, "{what}: {}", answer.status);
            assert_mannered(&answer, &what);
        }
        assert_mannered(&city.ask("TRACE", path, &[]), &format!("TRACE {path}"));
    }
    assert_mannered(&city.get("/nic/tu/neni"), "an address that leads nowhere");
}

#[test]
fn pages_from_elsewhere_read_what_is_public_and_never_write() {
    let city = City::shared();
    let origin = [("origin", "https://elsewhere.example")];
    for (path, methods, who) in doors() {
        let is_public = who.starts_with("everybody");
        let answer = city.ask("OPTIONS", &path, &origin);
        let allowed = answer.header("access-control-allow-methods");
        for method in methods.split(", ").filter(|one| *one != "OPTIONS") {
            let may = allowed.split(", ").any(|one| one == method);
            assert!(!may || is_public, "{method} {path}");
            if method != "GET" && method != "HEAD" {
                let written = city.ask(method, &path, &origin);
                assert!(!may, "{method} {path}");
                assert!(written.headers.get("access-control-allow-origin").is_none());
            }
        }
        assert!(
            !answer
                .header("access-control-allow-headers")
                .contains("Authorization")
        );
    }
    let tile = city.get_with("/tiles/parcels/14/8800/5550", &origin);
    assert_eq!(tile.header("access-control-allow-origin"), "*");
    assert_eq!(tile.header("cross-origin-resource-policy"), "cross-origin");
    let nowhere = city.get("/nic");
    assert!(nowhere.headers.get("access-control-allow-origin").is_none());
    assert_eq!(
        nowhere.header("cross-origin-resource-policy"),
        "same-origin"
    );
}

#[test]
fn the_client_brings_no_style_no_expression_and_no_address_to_fetch() {
    let city = City::shared();
    for (path, methods, _) in doors() {
        if !methods.contains("GET") || path == "/events" {
            continue;
        }
        let plain = city.get(&path);
        for name in ["sld", "sld_body", "style", "url", "callback", "expression"] {
            let answer = city.get(&format!("{path}?{name}=http%3A%2F%2F127.0.0.1%3A9%2F"));
            let is_deaf = answer.status == plain.status && answer.body == plain.body;
            assert!(
                answer.status == 400 || is_deaf,
                "{path}?{name}: {}",
                answer.status
            );
        }
    }
}

#[test]
fn the_log_finds_a_request_and_says_nothing_of_who_asked() {
    let city = City::start();
    let answer = city.get_with(
        "/search?q=Novakova",
        &[
            ("authorization", "Bearer obzor_secret"),
            ("x-request-id", "chosen-by-the-client"),
        ],
    );
    let id = answer.header("x-request-id").to_owned();
    assert_ne!(id, "chosen-by-the-client");
    thread::sleep(Duration::from_millis(200));
    let log = city.log();
    let line = log.lines().find(|line| line.contains(&id)).unwrap();
    for told in [
        "method=\"GET\"",
        "door=\"/search\"",
        "status=",
        "millis=",
        "bytes=",
    ] {
        assert!(line.contains(told), "{told}: {line}");
    }
    for private in ["Novakova", "obzor_secret", "127.0.0.1:", "chosen-by"] {
        let told = log
            .lines()
            .filter(|line| line.contains("answered") && line.contains(private));
        assert_eq!(told.count(), 0, "{private}");
    }
}

#[test]
fn only_a_trusted_proxy_names_requests_hosts_and_clients() {
    let told = [
        ("x-request-id", "from-the-proxy.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "mapa.example.cz"),
    ];
    let base = |city: &City| {
        let answer = city.get_with("/?f=json", &told);
        let link = answer.json()["links"][0]["href"]
            .as_str()
            .unwrap()
            .to_owned();
        (answer.header("x-request-id").to_owned(), link)
    };
    let city =
        City::start_on(|instance| configure(instance, "[proxy]\ntrusted = [\"127.0.0.0/8\"]"));
    let (id, link) = base(&city);
    assert_eq!(id, "from-the-proxy.1");
    assert!(link.starts_with("https://mapa.example.cz/"), "{link}");
    let bad = [("x-request-id", "two\u{20}words\u{22}")];
    assert_ne!(
        city.get_with("/livez", &bad).header("x-request-id"),
        bad[0].1
    );
    let (id, link) = base(&City::shared());
    assert_ne!(id, "from-the-proxy.1");
    assert!(link.starts_with("http://127.0.0.1"), "{link}");
}

#[test]
fn numbers_are_told_at_an_address_of_their_own() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let city = City::start_on(|instance| {
        let file = instance.join("obzor.toml");
        let config = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("metrics = \"{free}\"\n{config}")).unwrap();
    });
    assert_eq!(city.get("/metrics").status, 404, "not for everybody");
    city.get("/tiles/parcels/14/8800/5550");
    city.get("/search?q=Novakova");
    thread::sleep(Duration::from_millis(200));
    let numbers = Answer::try_get(&format!("http://{free}/metrics"), &[]).unwrap();
    let text = numbers.text();
    for told in [
        "obzor_requests_total{door=\"/tiles/{layers}/{z}/{x}/{y}\",method=\"GET\",status=\"20",
        "obzor_answer_seconds_bucket{door=\"/search\"",
        "obzor_answer_bytes_total{door=\"/search\"}",
        "process_resident_memory_bytes ",
        "obzor_standing 0",
        "obzor_lag_revisions 0",
        "obzor_tile_cache_misses_total 1",
        "# TYPE obzor_tile_cache_hits_total counter",
        "obzor_search_indexes 1",
        // The link for the first administrator, which the start makes.
        "obzor_audit_events_total 1",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("Novakova"));
}

#[test]
fn everything_works_under_a_path_of_the_server() {
    let city = City::start_on(|instance| {
        let file = instance.join("obzor.toml");
        let config = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("base_path = \"/obzor\"\n{config}")).unwrap();
    });
    let page = city.get_with("/obzor/?f=html", &[("accept-encoding", "gzip")]);
    assert_eq!(
        (page.status, page.header("content-encoding")),
        (200, "gzip")
    );
    for path in ["/obzor?f=json", "/?f=json"] {
        let link = city.get(path).json()["links"][0]["href"].to_string();
        assert!(link.contains("/obzor/"), "{path}: {link}");
    }
    let style = city.get("/obzor/styles/city.json");
    assert!(
        style.text().contains(&city.url("/obzor/fonts/")),
        "{}",
        style.text()
    );
    assert_eq!(
        city.get("/obzor/account").header("location"),
        "/obzor/login?lang=cs&next=%2Faccount"
    );
    crate::browser::drive("base-run.mjs", &[&city.url("/obzor")]);
}
