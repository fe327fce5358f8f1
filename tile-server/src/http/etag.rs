//! Conditional requests (RFC 9110, section 13).

use actix_web::HttpRequest;
use actix_web::http::header::IF_NONE_MATCH;

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
