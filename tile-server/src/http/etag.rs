//! Conditional requests (RFC 9110, section 13).

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::HttpRequest;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};
use layers::crs::NamedCrs;
use layers::{Feature, Language, LayerView};

use crate::edit::Version;

use super::error::{HttpError, NotWritten};

/// Returns the entity tag of one feature as GeoJSON in CRS84; strong, so that `If-Match` can name it.
pub(crate) fn of_feature(view: &LayerView, feature: &Feature, language: Language) -> String {
    of_feature_in(NamedCrs::CRS84, view, feature, language)
}

/// Returns the entity tag of one feature as GeoJSON.
///
/// What is answered depends on the coordinate system, on the language (the heading) and on the names of the fields, so
/// the tag does too.
pub(crate) fn of_feature_in(
    crs: NamedCrs,
    view: &LayerView,
    feature: &Feature,
    language: Language,
) -> String {
    let version = Version::of(view, feature);
    let names = view.fields().map(|field| field.name.as_str());
    let mut names_hash = DefaultHasher::new();
    names.for_each(|name| name.hash(&mut names_hash));
    if crs != NamedCrs::CRS84 {
        crs.uri().hash(&mut names_hash);
    }
    let schema = names_hash.finish() as u32;
    format!("\"{version}.{}.{schema:x}\"", language.code())
}

/// Returns the versions that `If-Match` names, in whatever language and by whomever they were seen.
///
/// Without the header, or with `*`, the client does not say which version it changes, and that is refused.
pub(crate) fn expected_versions(req: &HttpRequest) -> Result<Vec<Version>, HttpError> {
    let lists = req.headers().get_all(IF_MATCH);
    let lists: Vec<_> = lists.filter_map(|list| list.to_str().ok()).collect();
    if lists.is_empty() || lists.iter().any(|list| list.trim() == "*") {
        return Err(NotWritten::VersionMissing.into());
    }
    let tags = lists.iter().flat_map(|list| list.split(','));
    Ok(tags.filter_map(version).collect())
}

/// Returns the version that a strong tag of ours names.
fn version(tag: &str) -> Option<Version> {
    let opaque = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let (version, _) = opaque.split_once('.')?;
    version.parse().ok()
}

/// Whether the client already has the version with this entity tag, so that 304 is enough.
pub(crate) fn is_known(req: &HttpRequest, etag: &str) -> bool {
    req.headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|list| list.to_str().ok())
        .any(|list| lists(list, etag))
}

/// Whether an `If-None-Match` list names the tag; the comparison is weak, as the standard asks.
fn lists(list: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|tag| opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(list: &str, expected: bool) {
        assert_eq!(lists(list, "\"a1\""), expected, "{list}");
    }

    #[test]
    fn a_tag_matches_in_any_place_of_the_list() {
        check("\"a1\"", true);
        check("\"b\", \"a1\"", true);
        check("W/\"a1\"", true);
        check("*", true);
        check("\"b\"", false);
        check("a1", false);
        check("", false);
    }
}
