//! The headers of an upload as tus 1.0.0 writes them.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use layers::PrivacyClass;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256};

use crate::attachments::{Plan, Sum};
use crate::http::error::{HttpError, NotUploaded, NotWritten};
use crate::rights::User;

use super::{TUS_RESUMABLE, TUS_VERSION, UPLOAD_LENGTH, UPLOAD_OFFSET};

const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const METADATA_FORM: &str = "key base64, …: layer, feature (UUID), sha256 (64 hexadecimal digits), filename; caption, privacy";

/// Refuses a client that speaks another version.
pub(super) fn require_version(req: &HttpRequest) -> Result<(), HttpError> {
    match text(req, &TUS_RESUMABLE) {
        Some(TUS_VERSION) => Ok(()),
        _ => Err(NotUploaded::OtherVersion.into()),
    }
}

/// Returns where the piece begins.
pub(super) fn upload_offset(req: &HttpRequest) -> Result<u64, HttpError> {
    number(req, &UPLOAD_OFFSET, "Upload-Offset")
}

/// Returns what somebody promises to send.
pub(super) fn announced(req: &HttpRequest, user: &User) -> Result<Plan, HttpError> {
    let length = number(req, &UPLOAD_LENGTH, "Upload-Length")?;
    let plan = plan(text(req, &METADATA).unwrap_or_default(), length, &user.name);
    plan.ok_or_else(|| bad("Upload-Metadata", METADATA_FORM))
}

fn plan(metadata: &str, length: u64, by: &str) -> Option<Plan> {
    let mut told = BTreeMap::new();
    for pair in metadata.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let value = BASE64_STANDARD.decode(value.trim()).ok()?;
        told.insert(key, String::from_utf8(value).ok()?);
    }
    let mut take = |key: &str| told.remove(key);
    Some(Plan {
        by: by.to_owned(),
        layer: take("layer")?,
        feature: take("feature")?.parse().ok()?,
        length,
        sha256: take("sha256")?.parse().ok()?,
        name: take("filename").unwrap_or_default(),
        caption: take("caption").unwrap_or_default(),
        privacy: match take("privacy").as_deref() {
            None | Some("internal") => PrivacyClass::Internal,
            Some("public") => PrivacyClass::Public,
            Some("personal") => PrivacyClass::Personal,
            Some(_) => return None,
        },
    })
}

/// Returns the checksum with which a piece must end up, if one is told.
pub(super) fn checksum(req: &HttpRequest) -> Result<Option<Sum>, HttpError> {
    let Some(told) = text(req, &CHECKSUM) else {
        return Ok(None);
    };
    let wrong = || bad("Upload-Checksum", "sha1 base64 | sha256 base64");
    let (name, sum) = told.split_once(' ').ok_or_else(wrong)?;
    let algorithm = match name {
        "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &SHA256,
        _ => return Err(wrong()),
    };
    let sum = BASE64_STANDARD.decode(sum).map_err(|_no_base64| wrong())?;
    Ok(Some(Sum::new(algorithm, sum)))
}

fn text<'a>(req: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    req.headers().get(name)?.to_str().ok()
}

fn number(req: &HttpRequest, header: &HeaderName, name: &'static str) -> Result<u64, HttpError> {
    let number = text(req, header).and_then(|text| text.parse().ok());
    number.ok_or_else(|| bad(name, "0, 1, 2 …"))
}

fn bad(name: &'static str, expected: &str) -> HttpError {
    NotWritten::BadHeader {
        name,
        expected: expected.to_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURE: &str = "0198c1a2-0000-7000-8000-000000000001";

    fn metadata(pairs: &[(&str, &str)]) -> String {
        let pairs = pairs
            .iter()
            .map(|(key, value)| format!("{key} {}", BASE64_STANDARD.encode(value)));
        pairs.collect::<Vec<_>>().join(",")
    }

    fn check(pairs: &[(&str, &str)], is_understood: bool) {
        let written = metadata(pairs);
        assert_eq!(
            plan(&written, 1, "jana").is_some(),
            is_understood,
            "{pairs:?}"
        );
    }

    #[test]
    fn metadata_name_the_feature_and_the_hash() {
        let hash = "ab".repeat(32);
        let needed = [("layer", "trees"), ("feature", FEATURE), ("sha256", &hash)];
        check(&needed, true);
        for missing in 0..3 {
            let mut rest = needed.to_vec();
            rest.remove(missing);
            check(&rest, false);
        }
        let more = [("filename", "lípa.jpg"), ("privacy", "public"), ("x", "")];
        let written = metadata(&[&needed[..], &more].concat());
        let plan = plan(&written, 7, "jana").expect("understood");
        assert_eq!((plan.name.as_str(), plan.length), ("lípa.jpg", 7));
        assert_eq!(plan.privacy, PrivacyClass::Public);
        check(&[&needed[..], &[("privacy", "secret")]].concat(), false);
        assert!(super::plan("layer %%%", 1, "jana").is_none());
    }
}
