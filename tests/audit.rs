//! The audit log: what people and commands do stands in it, and whoever changes it behind the store's back is found out.

mod small_reads;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use test_postgres::Database;

use crate::city::{City, both_instances};

/// An instance, and its database if it has one.
struct Office<'a>(&'a Path, Option<&'a Database>);

impl Office<'_> {
    fn obzor(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(arguments)
            .arg("--instance")
            .arg(self.0)
            .env("USER", "clerk")
            .output()
            .unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.obzor(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Changes the log as somebody does who has the file, or the rights of the database's owner.
    fn tamper(&self, sql: &str) {
        match self.1 {
            None => rusqlite::Connection::open(self.0.join("store/obzor.gpkg"))
                .unwrap()
                .execute_batch(&format!(
                    "DROP TRIGGER IF EXISTS obzor_audit_update; DROP TRIGGER IF EXISTS obzor_audit_delete; {}",
                    sql.replace("AUDIT", "obzor_audit")
                ))
                .unwrap(),
            Some(database) => database
                .connect()
                .batch_execute(&format!(
                    "SET session_replication_role = replica; {}",
                    sql.replace("AUDIT", "obzor_store.audit")
                ))
                .unwrap(),
        }
    }
}

#[test]
fn a_tampered_row_is_named_and_so_is_an_end_that_was_cut_off() {
    for (folder, database) in both_instances() {
        let office = Office(folder.path(), database.as_ref());
        for user in ["jana", "petr"] {
            office.done(&["user", "add", user, "--municipality", "564729"]);
        }
        let verdict: Value =
            serde_json::from_str(&office.done(&["audit", "verify", "--json"])).unwrap();
        assert_eq!(
            (&verdict["rows"], &verdict["faults"]),
            (&3.into(), &Value::Array(Vec::new()))
        );
        // The first event of the day is followed by an anchor, which is also kept apart.
        assert!(verdict["anchors"].as_u64() >= Some(1), "{verdict}");
        let since = folder.path().join("ends.json");
        std::fs::write(&since, verdict.to_string()).unwrap();
        let since = ["audit", "verify", "--since", since.to_str().unwrap()];
        office.done(&since);
        let check = |sql: &str, told: &str| {
            office.tamper(sql);
            let output = office.obzor(&since);
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(said.contains(told), "{said}");
            assert_eq!(output.status.code(), Some(1), "{said}");
        };
        check(
            "UPDATE AUDIT SET event = replace(event, 'clerk', 'mayor') WHERE seq = 3",
            "událost 3: změněna",
        );
        check(
            "UPDATE AUDIT SET event = replace(event, 'mayor', 'clerk') WHERE seq = 3; DELETE FROM AUDIT WHERE seq = 1",
            "událost 1: chybí",
        );
        let cut = "DELETE FROM AUDIT WHERE seq > 2;
                   UPDATE AUDIT_ends SET seq = 2, hash = (SELECT hash FROM AUDIT WHERE seq = 2)";
        check(cut, "událost 3: chybí, nebo není ta, kterou zná kotva");
    }
}

#[test]
fn who_did_what_is_found_and_exported() {
    for city in City::start_both() {
        city.obzor(&["user", "add", "jana", "--municipality", "562971"]);
        let (_, token) = city.obzor(&["user", "token", "jana"]);
        let bearer = format!("Bearer {}", token.lines().next().unwrap());
        let lamps =
            city.get("/collections/street-lights/items?municipality_code=564729&limit=1&f=json");
        let lamp = lamps.json()["features"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/collections/street-lights/items/{lamp}");
        let tag = city
            .get(&format!("{path}?f=json"))
            .header("etag")
            .to_owned();
        let refused = city.ask(
            "DELETE",
            &path,
            &[("Authorization", &bearer), ("If-Match", &tag)],
        );
        assert_eq!(refused.status, 403, "{}", refused.text());
        let (code, found) = city.obzor(&[
            "audit", "search", "--actor", "jana", "--act", "refused", "--json",
        ]);
        let found: Value = serde_json::from_str(&found).unwrap();
        let event = &found[0]["event"];
        assert_eq!(
            (code, &event["layer"]),
            (Some(0), &"street-lights".into()),
            "{found}"
        );
        assert_eq!(event["subject"], lamp.as_str());
        let (_, none) = city.obzor(&["audit", "search", "--layer", "trees", "--to", "2020-01-01"]);
        assert_eq!(none, "událostí: 0\n");
        let (_, csv) = city.obzor(&["audit", "export"]);
        let head = "chain,seq,at,actor,role,act,layer,";
        assert!(csv.starts_with(head) && csv.contains(",jana,"), "{csv}");
        let (_, lines) = city.obzor(&["audit", "export", "--form", "jsonl", "--act", "refused"]);
        let event: Value = serde_json::from_str(lines.trim()).unwrap();
        assert_eq!(event["event"]["actor"], "jana");
    }
}
