//! A damaged backup is refused before anything is written, with everything that is wrong.

use std::fs;

use super::{REFUSED, back_up, obzor, restore, text};
use crate::city::instance;

#[test]
fn everything_wrong_with_a_backup_is_told_and_nothing_is_restored() {
    let instance = instance();
    fs::create_dir_all(instance.path().join("staff")).unwrap();
    for name in ["first.txt", "second.txt"] {
        fs::write(
            instance.path().join("staff").join(name),
            format!("the {name} note"),
        )
        .unwrap();
    }
    let (backup, target) = (instance.path().join("b.zip"), instance.path().join("new"));
    back_up(instance.path(), &backup);
    let whole = fs::read(&backup).unwrap();
    let place = |words: &str| {
        let words = words.as_bytes();
        whole
            .windows(words.len())
            .position(|window| window == words)
            .unwrap()
    };
    let check = |damaged: &[u8], told: &[&str]| {
        fs::write(&backup, damaged).unwrap();
        let output = obzor(&["restore", text(&backup), "--instance", text(&target)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in told {
            assert!(said.contains(words), "{words} is not in {said}");
        }
        assert!(!target.exists());
    };
    let mut flipped = whole.clone();
    flipped[place("the first.txt note")] ^= 1;
    flipped[place("the second.txt note")] ^= 1;
    check(
        &flipped,
        &[
            "staff/first.txt: it cannot be read",
            "staff/second.txt: it cannot be read",
        ],
    );
    check(&whole[..whole.len() / 2], &["no whole archive"]);
    check(b"", &["no whole archive"]);
    let mut other = whole.clone();
    let format = place("obzor-backup");
    other[format] = b'O';
    check(&other, &["manifest.json"]);
    fs::write(&backup, &whole).unwrap();
    assert_eq!(restore(&backup, &target)["revision"], 1);
    assert_eq!(
        fs::read_to_string(target.join("staff/second.txt")).unwrap(),
        "the second.txt note"
    );
    // It holds something now; what a broken restore left does not count.
    let again = || obzor(&["restore", text(&backup), "--instance", text(&target)]);
    assert_eq!(again().status.code(), REFUSED);
    fs::create_dir(target.join("restoring")).unwrap();
    assert!(again().status.success());
}

#[test]
fn a_database_and_a_file_that_is_there_are_refused() {
    let instance = instance();
    let out = instance.path().join("b.zip");
    let folder = text(instance.path());
    let arguments = ["backup", "--instance", folder, "--out", text(&out)];
    let database = [
        &arguments[..],
        &["--store", "postgres://nobody@nowhere.example/x"],
    ]
    .concat();
    let refused = obzor(&database);
    assert_eq!(refused.status.code(), REFUSED);
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("pg_dump")
    );
    fs::write(&out, "mine").unwrap();
    assert_eq!(obzor(&arguments).status.code(), REFUSED);
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
}
