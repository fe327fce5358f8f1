//! Pieces come in order, once, and what was confirmed stays.

use ring::digest::{SHA256, digest};
use tempfile::TempDir;

use super::*;

fn uploads() -> (TempDir, Uploads) {
    let folder = tempfile::tempdir().expect("a folder");
    let uploads = Uploads::at(folder.path().join("incoming"));
    (folder, uploads)
}

fn plan(by: &str, length: u64) -> Plan {
    Plan {
        by: by.to_owned(),
        layer: "lamps".to_owned(),
        feature: FeatureId::new_v7(1, &[1; 10]),
        length,
        sha256: "ab".repeat(32).parse().expect("a hash"),
        name: "a.jpg".to_owned(),
        caption: String::new(),
        privacy: PrivacyClass::Internal,
    }
}

fn sum(of: &[u8]) -> Sum {
    Sum::new(&SHA256, digest(&SHA256, of).as_ref().to_vec())
}

#[test]
fn an_upload_goes_on_where_it_was_broken_off() {
    let (_folder, uploads) = uploads();
    let id = uploads.begin(plan("jana", 6)).expect("begun").id;
    let upload = uploads.find(id, "jana").expect("found");
    let mut piece = upload.resume(0, None).expect("free");
    piece.write(b"abc").expect("written");
    // Another request of the same client waits its turn, and a killed one leaves what it wrote.
    assert!(matches!(upload.resume(3, None), Err(UploadError::InUse)));
    drop(piece);
    let again = uploads.find(id, "jana").expect("found");
    assert_eq!(again.offset().expect("an offset"), 3);
    let wrong = again.resume(0, None);
    assert!(matches!(wrong, Err(UploadError::WrongOffset { is: 3 })));
    let mut piece = again.resume(3, None).expect("free");
    assert!(matches!(piece.write(b"defg"), Err(UploadError::TooMuch)));
    piece.write(b"def").expect("written");
    assert_eq!(piece.end(true).expect("ended"), 6);
    assert_eq!(fs::read(again.data()).expect("read"), b"abcdef");
    again.done().expect("done");
    assert_eq!(again.offset().expect("an offset"), 6);
    assert!(again.is_done() && !again.data().exists());
    assert!(matches!(
        again.resume(6, None),
        Err(UploadError::WrongOffset { is: 6 })
    ));
}

#[test]
fn a_piece_with_a_checksum_counts_whole_or_not_at_all() {
    let (_folder, uploads) = uploads();
    let upload = uploads.begin(plan("jana", 6)).expect("begun");
    for (sent, is_whole, keeps) in [(b"abX", true, 0), (b"abc", false, 0), (b"abc", true, 3)] {
        let mut piece = upload.resume(0, Some(sum(b"abc"))).expect("free");
        piece.write(sent).expect("written");
        let ended = piece.end(is_whole);
        assert_eq!(ended.is_ok(), keeps > 0);
        assert_eq!(upload.offset().expect("an offset"), keeps);
    }
    let mut piece = upload.resume(3, Some(sum(b"def"))).expect("free");
    piece.write(b"de").expect("written");
    drop(piece);
    assert_eq!(upload.offset().expect("an offset"), 3);
}

#[test]
fn an_upload_is_its_owners_and_ends_when_nothing_comes() {
    let (_folder, uploads) = uploads();
    let upload = uploads.begin(plan("jana", 6)).expect("begun");
    let other = uploads.begin(plan("petr", 6)).expect("begun");
    let theirs = uploads.find(upload.id, "petr");
    assert!(matches!(theirs, Err(UploadError::NoSuchUpload)));
    assert_eq!(uploads.of("petr").expect("read").len(), 1);
    other.forget().expect("forgotten");
    assert_eq!(uploads.of("petr").expect("read").len(), 0);
    assert_eq!(uploads.expire(Duration::from_mins(1)).expect("swept"), 0);
    let piece = upload.resume(0, None).expect("free");
    assert_eq!(uploads.expire(Duration::ZERO).expect("swept"), 0);
    drop(piece);
    assert_eq!(uploads.expire(Duration::ZERO).expect("swept"), 1);
    assert!(uploads.find(upload.id, "jana").is_err());
}
