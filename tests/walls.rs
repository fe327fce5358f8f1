//! Two walls around a municipality's features: the program's rights, and behind them the policies of the database.

use std::process::{Command, Output};

use test_postgres::Database;

use crate::city::City;

/// Děčany and its lights, and the municipality whose features it must not touch.
const DECANY: &str = "564729";

/// Runs `obzor user db-role` as the owner of the store.
fn db_role(city: &City, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(["user", "db-role"])
        .args(arguments)
        .arg("--instance")
        .arg(city.instance())
        .env("OBZOR_STORE", city.database().url())
        .output()
        .unwrap()
}

/// Runs SQL as a role and returns what it printed, or what was wrong.
fn psql_as(city: &City, role: &str, sql: &str) -> Result<String, String> {
    let output = Command::new("psql")
        .args([
            "--quiet",
            "--no-align",
            "--tuples-only",
            "-v",
            "ON_ERROR_STOP=1",
        ])
        .arg(city.database().url_as(role))
        .args(["-c", sql])
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// Starts a city in a database, and a server of it that logs in as a role which owns nothing.
fn walled_city() -> (City, City) {
    let city = City::start_in(Database::fresh());
    city.psql(
        "DO $$ BEGIN CREATE ROLE obzor_server LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         DO $$ BEGIN EXECUTE format('GRANT %I TO obzor_server', current_database() || '_program'); END $$",
    );
    let address = city.database().url_as("obzor_server");
    let server = city.replica(&[("OBZOR_STORE", address)]);
    (city, server)
}

/// Which statements must not touch a foreign tree, and the number of another municipality's.
fn attempts(ours: &str, others: &str) -> Vec<String> {
    [
        format!(
            "UPDATE obzor.trees SET municipality_code = {others} WHERE municipality_code = {ours}"
        ),
        format!("UPDATE obzor.trees SET note = 'x' WHERE municipality_code = {others}"),
        format!(
            "UPDATE obzor.trees SET municipality_code = {ours} WHERE municipality_code = {others}"
        ),
        format!("DELETE FROM obzor.trees WHERE municipality_code = {others}"),
        format!("INSERT INTO obzor.trees (municipality_code, code) VALUES ({others}, 'x')"),
        format!("DELETE FROM obzor.municipalities WHERE municipality_code = {others}"),
        "UPDATE obzor_store.history SET layer = 'x'".to_owned(),
        "UPDATE obzor_store.revisions SET author = 'x'".to_owned(),
        "TRUNCATE obzor.trees".to_owned(),
    ]
    .to_vec()
}

#[test]
fn writes_across_municipalities_fail_in_psql_as_the_program_and_as_a_village() {
    let (city, server) = walled_city();
    let other = "SELECT min(municipality_code) FROM obzor.trees WHERE municipality_code <> 564729";
    let mut other = city.psql(other).trim().to_owned();
    if other.is_empty() {
        // The sample has trees of one municipality; another gets one of them.
        other = "562971".to_owned();
        city.psql(&format!(
            "UPDATE obzor.trees SET municipality_code = {other}
             WHERE fid = (SELECT min(fid) FROM obzor.trees)"
        ));
    }
    let added = db_role(
        &city,
        &["add", "decany_gis", "--create", "--municipality", DECANY],
    );
    assert!(added.status.success(), "{added:?}");
    let sum = "SELECT md5(string_agg(t::text, '' ORDER BY fid)), (SELECT head FROM obzor_store.state) FROM obzor.trees t";
    let before = city.psql(sum);
    let program = format!("SET obzor.municipalities = '{DECANY}'");
    for (role, first) in [
        ("obzor_server", ""),
        ("obzor_server", program.as_str()),
        ("decany_gis", ""),
        ("decany_gis", "SET obzor.municipalities = 'all'"),
    ] {
        for sql in attempts(DECANY, &other) {
            let _ = psql_as(&city, role, &format!("{first}; {sql}"));
            assert_eq!(city.psql(sum), before, "{role}: {first}; {sql}");
        }
    }
    // What is its own is written in its name and served by a server that owns nothing.
    let fid = format!("SELECT min(fid) FROM obzor.trees WHERE municipality_code = {DECANY}");
    let id = psql_as(
        &city,
        "decany_gis",
        &format!("UPDATE obzor.trees SET note = 'zalito' WHERE fid = ({fid}) RETURNING id"),
    );
    let newest = "SELECT author FROM obzor_store.revisions ORDER BY revision DESC LIMIT 1";
    assert_eq!(city.psql(newest).trim(), "decany_gis");
    let item = server.get(&format!("/collections/trees/items/{}?f=json", id.unwrap()));
    assert_eq!(item.status, 200, "{}", item.text());
}

#[test]
fn roles_are_listed_and_removed_and_mistakes_are_refused() {
    let city = City::start_in(Database::fresh());
    let said = |arguments: &[&str]| {
        let output = db_role(&city, arguments);
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (code, text) = said(&["add", "nikdo_tu", "--municipality", DECANY]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("CREATE ROLE"), "{text}");
    let (code, text) = said(&["add", "obec_x", "--create", "--municipality", "1"]);
    assert_eq!(code, Some(3), "{text}");
    let (code, text) = said(&["add", "postgres", "--all-municipalities"]);
    assert_eq!(code, Some(3), "{text}");
    let (code, text) = said(&["add", "obec_y", "--create", "--municipality", DECANY]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Děčany"), "{text}");
    assert_eq!(
        said(&["list"]).1.trim(),
        format!("obec_y: upravuje {DECANY}")
    );
    assert_eq!(said(&["remove", "obec_y"]).0, Some(0));
    assert_eq!(said(&["list"]).1.trim(), "");
    assert_eq!(said(&["remove", "obec_y"]).0, Some(3));
    city.psql("DROP ROLE obec_y");
}
