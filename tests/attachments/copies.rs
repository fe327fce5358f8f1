//! Files go where their records go: into backups and copies; and go for good when they are erased.

use std::process::{Command, Output, Stdio};

use super::*;

/// Runs `obzor` beside a city's server.
fn obzor(arguments: &[&str], input: &str) -> Output {
    let mut running = Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = running.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, input.as_bytes()).unwrap();
    drop(stdin);
    running.wait_with_output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn all_said(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8(said).unwrap()
}

/// Returns the names and bytes of the files of attachments.
fn contents(instance: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = files(instance)
        .iter()
        .map(|file| {
            let name = file.strip_prefix(instance).unwrap();
            (text(name).to_owned(), fs::read(file).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn backups_and_copies_carry_the_files_and_checks_find_what_is_wrong_with_them() {
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let list = list_of(&city, TREES, TOWN);
    for name in ["a", "b"] {
        let public = [("privacy", "public")];
        assert_eq!(jana.attach(&list, name, &photo(name), &public).status, 201);
    }
    let original = contents(&city.instance());
    assert_eq!(original.len(), 3, "two of one picture have one public copy");
    let (backup, restored) = (city.file("zaloha.zip"), city.file("restored"));
    done(&city, &["backup", "--out", text(&backup)]);
    let output = obzor(
        &["restore", text(&backup), "--instance", text(&restored)],
        "",
    );
    assert!(output.status.success(), "{output:?}");
    assert!(contents(&restored) == original, "other files");
    let copy = city.file("copy");
    let from = city.instance();
    let report = obzor(
        &["copy", "--json", "--from", text(&from), "--to", text(&copy)],
        "",
    );
    assert!(report.status.success(), "{report:?}");
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(
        [
            &report["attachments"]["needed"],
            &report["attachments"]["copied"]
        ],
        [3, 3]
    );
    assert!(contents(&copy) == original, "other files");
    let names = original.iter().map(|(name, _)| name.as_str());
    check_damaged(&city, &restored, &names.collect::<Vec<_>>());
}

/// What is damaged or missing is named by the check, and by a copy, which fails.
fn check_damaged(city: &City, restored: &Path, names: &[&str]) {
    fs::remove_file(restored.join(names[0])).unwrap();
    fs::write(restored.join(names[1]), "jiné bajty").unwrap();
    let nameless = restored.join("attachments/00").join("0".repeat(62));
    fs::create_dir_all(nameless.parent().unwrap()).unwrap();
    fs::write(nameless, "nikoho").unwrap();
    let check = obzor(&["check", "--instance", text(restored)], "");
    assert_eq!(check.status.code(), Some(1));
    let said = all_said(&check);
    assert!(
        said.contains("the file is missing") && said.contains("the file is damaged"),
        "{said}"
    );
    assert!(said.contains("no feature has any more: 1"), "{said}");
    let second = city.file("second");
    let copy = obzor(
        &["copy", "--from", text(restored), "--to", text(&second)],
        "",
    );
    assert_eq!(copy.status.code(), Some(1));
    let said = all_said(&copy);
    assert!(said.contains("the copy differs: attachments"), "{said}");
    assert_eq!(
        said.matches("Příloha chybí nebo je poškozená").count(),
        2,
        "{said}"
    );
    assert_eq!(contents(&second).len(), 1);
}

#[test]
fn erased_photos_are_gone_with_all_that_is_said_of_them() {
    check_erased(&City::start());
}

#[test]
#[ignore = "slow: writes a database anew, three times"]
fn erased_photos_are_gone_from_a_database_too() {
    let [_, city] = City::start_both();
    check_erased(&city);
}

fn check_erased(city: &City) {
    let jana = Person::new(city, "jana", "editor", TOWN);
    let list = list_of(city, TREES, TOWN);
    let named = photo("první");
    let public = [("privacy", "public"), ("caption", "u domu paní Novotné")];
    assert_eq!(
        jana.attach(&list, "Novotná.jpg", &named, &public).status,
        201
    );
    // A photo that holds nothing that is looked for stays.
    let other = include_bytes!("lamp.png");
    assert_eq!(jana.attach(&list, "jiná.png", other, &[]).status, 201);
    let redact = |arguments: &[&str], value: &str| {
        let instance = city.instance();
        let store = city
            .database_url()
            .map(|url| vec!["--store".to_owned(), url]);
        let store = store.unwrap_or_default();
        let mut all = vec![
            "redact",
            "--author",
            "poverenec",
            "--instance",
            text(&instance),
        ];
        all.extend(store.iter().map(String::as_str));
        all.extend(arguments);
        let output = obzor(&all, value);
        assert!(output.status.success(), "{output:?}");
        all_said(&output)
    };
    // What the camera wrote: the file goes, and so does what its record says.
    let said = redact(&["--value-file", "-", "--dry-run"], SERIAL);
    assert!(
        said.contains(&format!("příloha vymazána: {}", sha256(&named))),
        "{said}"
    );
    assert_eq!(jana.list(&list).len(), 2);
    redact(&["--value-file", "-"], SERIAL);
    assert_eq!(jana.list(&list), [sha256(other)]);
    assert_eq!(files(&city.instance()).len(), 1, "the public copy went too");
    if !city.is_in_database() {
        let store = fs::read(city.store()).unwrap();
        assert!(!holds(&store, "Novotn"), "the name is in the store");
    }
    // The second by its feature; both stay erased after they were copied back.
    let parts: Vec<_> = list.split('/').collect();
    redact(
        &["--attachments", "--layer", parts[2], "--id", parts[4]],
        "",
    );
    assert_eq!(jana.list(&list), [""; 0]);
    let back = format!(
        "attachments/{}/{}",
        &sha256(other)[..2],
        &sha256(other)[2..]
    );
    fs::write(city.instance().join(&back), other).unwrap();
    redact(&["--again"], "");
    assert_eq!(files(&city.instance()), [] as [PathBuf; 0]);
    let (code, said) = city.obzor(&["audit", "verify"]);
    assert_eq!(code, Some(0), "{said}");
}
