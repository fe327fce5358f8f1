//! Clients of other makers, from one Python environment: a newer GDAL than Debian's, `OWSLib`, and judges of the description.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::city::City;
use crate::edit::obzor;

use super::shipped;

/// Runs a program of the environment; returns what it printed when all is well.
fn python(program: &str, arguments: &[&str]) -> Result<String, String> {
    let top = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let bin = top.join(".tools/clients/bin");
    let mut command = match program.strip_suffix(".py") {
        Some(_) => {
            let mut python = Command::new(bin.join("python"));
            python.arg(top.join("tests/clients").join(program));
            python
        }
        None => Command::new(bin.join(program)),
    };
    // Nothing of a run stays in the tree.
    let output = command
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .output()
        .expect("scripts/setup --test installs the clients");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(said)
    }
}

fn must(program: &str, arguments: &[&str]) -> String {
    python(program, arguments).unwrap_or_else(|said| panic!("{program}: {said}"))
}

#[test]
fn a_new_gdal_reads_every_layer_as_the_file_has_it() {
    let city = City::shared();
    let layers: Vec<_> = shipped()
        .0
        .iter()
        .map(|layer| match &layer.public_if {
            Some(field) => format!("{}={field} = 1", layer.id),
            None => layer.id.to_string(),
        })
        .collect();
    let service = format!("OAPIF:{}", city.url(""));
    let store = city.store();
    let mut arguments = vec![service.as_str(), store.to_str().unwrap()];
    arguments.extend(layers.iter().map(String::as_str));
    let said = must("read_by_gdal.py", &arguments);
    assert_eq!(
        said.matches(" features in ").count(),
        layers.len(),
        "{said}"
    );
}

#[test]
fn owslib_reads_every_layer() {
    let city = City::shared();
    let said = must("read_by_owslib.py", &[&city.url("/")]);
    assert!(
        said.contains(&format!("{} layers read", shipped().0.len())),
        "{said}"
    );
}

#[test]
fn the_description_is_one_by_openapi() {
    let city = City::shared();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("api.json");
    for language in ["cs", "en"] {
        let api = city.get(&format!("/api?lang={language}"));
        std::fs::write(&file, &api.body).unwrap();
        must("validate_description.py", &[file.to_str().unwrap()]);
    }
    std::fs::write(&file, "{\"openapi\":\"3.0.3\",\"paths\":{}}").unwrap();
    assert!(python("validate_description.py", &[file.to_str().unwrap()]).is_err());
}

/// The roles that requests are made as, besides of nobody's; each with what gives it.
const ROLES: [(&str, &[&str]); 4] = [
    ("editor", &["--municipality", "562971"]),
    ("planner", &["--role", "planner"]),
    ("steward", &["--role", "steward"]),
    ("administrator", &["--role", "administrator"]),
];

/// Two layers stand for all: one with attachments, which an editor may change, and one that the town keeps.
const FEW: &str = "^(?!/collections/)|^/collections/(street-lights|closures)(/|$)";

/// Requests that a judge makes of the description, with features and names that are there.
struct Judge<'a> {
    city: &'a City,
    folder: TempDir,
}

impl<'a> Judge<'a> {
    fn of(city: &'a City) -> Self {
        let id = |layer: &str| {
            let page = city.get(&format!(
                "/collections/{layer}/items?limit=1&municipality_code=562971"
            ));
            page.json()["features"][0]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let known = [
            (
                "/collections/street-lights/",
                "path.featureId",
                id("street-lights"),
            ),
            ("/collections/closures/", "path.featureId", id("closures")),
            (
                "/tiles/",
                "path.layers",
                "street-lights,closures".to_owned(),
            ),
            ("/styles/", "path.id", "city".to_owned()),
            ("/changes", "query.layer", "closures".to_owned()),
        ];
        let known = known.map(|(path, name, value)| {
            format!("[[operations]]\ninclude-path-regex = \"^{path}\"\nparameters = {{ \"{name}\" = \"{value}\" }}\n")
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("known.toml"), known.concat()).unwrap();
        Self { city, folder }
    }

    /// Makes somebody who has a role, and returns a token.
    fn token(&self, name: &str, rights: &[&str]) -> String {
        obzor(self.city, &[&["user", "add", name], rights].concat());
        obzor(self.city, &["user", "token", name]).trim().to_owned()
    }

    /// Compares answers with the description: no failure of the server, no status, media type or member it does not name.
    fn ask(&self, token: Option<&str>, paths: &str, more: &[&str]) {
        let api = self.city.url("/api");
        let known = self.folder.path().join("known.toml");
        let bearer = token.map(|token| format!("Authorization: Bearer {token}"));
        let mut arguments = vec![
            "--config-file",
            known.to_str().unwrap(),
            "run",
            &api,
            "--checks",
        ];
        arguments.push(
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        );
        arguments.extend(["--seed", "1", "--generation-database", "none", "--no-color"]);
        // A stream of events does not end.
        arguments.extend(["--exclude-path", "/events", "--include-path-regex", paths]);
        arguments.extend(bearer.iter().flat_map(|bearer| ["-H", bearer.as_str()]));
        arguments.extend(more);
        must("schemathesis", &arguments);
    }
}

#[test]
fn the_service_keeps_to_its_description() {
    let city = City::start();
    let judge = Judge::of(&city);
    let editor = judge.token("editor", ROLES[0].1);
    let more = ["--phases", "fuzzing", "--max-examples", "4"];
    judge.ask(None, FEW, &more);
    judge.ask(Some(&editor), FEW, &more);
}

#[test]
#[ignore = "slow: requests of every kind, to every layer, as every role"]
fn the_service_keeps_to_its_description_for_everybody() {
    let city = City::start();
    let judge = Judge::of(&city);
    let more = ["--phases", "coverage,fuzzing", "--max-examples", "10"];
    judge.ask(None, ".", &more);
    for (name, rights) in ROLES {
        let token = judge.token(name, rights);
        judge.ask(Some(&token), FEW, &more);
    }
}
