//! What a client prefers: language, format and encoding, from the `Accept…` headers of RFC 9110, section 12.5.

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HeaderName};
use layers::Language;

use crate::tiles::Encodings;

use super::error::HttpError;
use super::parameters::Parameters;

/// In which form a page answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For programs.
    Json,
    /// For people.
    Html,
}

/// Returns the language of the answer: `?lang=`, else `Accept-Language`, else Czech.
pub(crate) fn language(req: &HttpRequest) -> Language {
    let asked = req
        .query_string()
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="));
    match asked {
        Some("en") => Language::English,
        Some("cs") => Language::Czech,
        _ => accepted_language(&header(req, ACCEPT_LANGUAGE)),
    }
}

/// Returns the format of the answer: `?f=`, else HTML for clients that prefer it, else JSON.
pub(crate) fn format(req: &HttpRequest, parameters: &Parameters) -> Result<Format, HttpError> {
    match parameters.one_of("f", &["json", "html"])? {
        Some("html") => Ok(Format::Html),
        Some(_) => Ok(Format::Json),
        None => Ok(accepted_format(&header(req, ACCEPT))),
    }
}

/// Returns gzip when the client takes it at least as gladly as the bare bytes.
pub(crate) fn encodings(req: &HttpRequest) -> Encodings {
    accepted_encodings(&header(req, ACCEPT_ENCODING))
}

fn accepted_language(accept: &str) -> Language {
    let weight = |code: &str| {
        let named = |name: &str| {
            name.split('-')
                .next()
                .is_some_and(|n| n.eq_ignore_ascii_case(code))
        };
        weighted(accept)
            .filter(|(name, _)| named(name))
            .map(|(_, q)| q)
            .fold(0.0, f32::max)
    };
    if weight("en") > weight("cs") {
        Language::English
    } else {
        Language::Czech
    }
}

fn accepted_format(accept: &str) -> Format {
    let weight = |types: &[&str]| {
        weighted(accept)
            .filter(|(name, _)| types.iter().any(|known| name.eq_ignore_ascii_case(known)))
            .map(|(_, q)| q)
            .fold(0.0, f32::max)
    };
    let html = weight(&["text/html", "application/xhtml+xml"]);
    let json = weight(&[
        "application/json",
        "application/geo+json",
        "application/ld+json",
    ]);
    if html > json {
        Format::Html
    } else {
        Format::Json
    }
}

/// Returns the codings that weigh most: a browser gives all that it takes the same weight.
fn accepted_encodings(accept: &str) -> Encodings {
    let weight = |code: &str| {
        weighted(accept)
            .find(|(name, _)| name.eq_ignore_ascii_case(code))
            .map(|(_, q)| q)
    };
    let any = weight("*");
    let gzip = weight("gzip").or(weight("x-gzip")).or(any).unwrap_or(0.0);
    let [zstd, brotli] = ["zstd", "br"].map(|code| weight(code).unwrap_or(0.0));
    let bare = weight("identity").or(any).unwrap_or(f32::MIN_POSITIVE);
    let most = gzip.max(zstd).max(brotli).max(bare);
    let is_best = |q: f32| q > 0.0 && q >= most;
    Encodings {
        gzip: is_best(gzip),
        zstd: is_best(zstd),
        brotli: is_best(brotli),
    }
}

/// Returns the names of a list with their weights; a missing or broken weight counts as 1.
pub(super) fn weighted(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.split(',').filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let q = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        Some((name, q.unwrap_or(1.0)))
    })
}

/// Returns all lines of a header as one list.
pub(super) fn header(req: &HttpRequest, name: HeaderName) -> String {
    let lines: Vec<_> = req
        .headers()
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .collect();
    lines.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Copy + PartialEq + std::fmt::Debug>(
        read: fn(&str) -> T,
        header: &str,
        expected: T,
    ) {
        assert_eq!(read(header), expected, "{header}");
    }

    #[test]
    fn czech_is_the_language_unless_english_is_preferred() {
        check(accepted_language, "", Language::Czech);
        check(accepted_language, "de", Language::Czech);
        check(accepted_language, "en-GB,en;q=0.9", Language::English);
        check(accepted_language, "en;q=0.5,cs", Language::Czech);
    }

    #[test]
    fn json_is_the_format_unless_a_page_is_preferred() {
        check(accepted_format, "", Format::Json);
        check(accepted_format, "*/*", Format::Json);
        check(
            accepted_format,
            "text/html,application/xml;q=0.9,*/*;q=0.8",
            Format::Html,
        );
        for json in ["application/json", "application/ld+json"] {
            let accept = format!("text/html;q=0.5, {json}");
            check(accepted_format, &accept, Format::Json);
        }
    }

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        let brotli = Encodings {
            brotli: true,
            ..Encodings::NONE
        };
        let all = Encodings {
            gzip: true,
            zstd: true,
            brotli: true,
        };
        check(accepted_encodings, "", Encodings::NONE);
        check(accepted_encodings, "br, gzip;q=0.5", brotli);
        check(accepted_encodings, "gzip, deflate, br, zstd", all);
        check(accepted_encodings, "*", Encodings::GZIP);
        check(accepted_encodings, "br", brotli);
        check(accepted_encodings, "gzip;q=0", Encodings::NONE);
        check(accepted_encodings, "gzip;q=0.5, identity", Encodings::NONE);
        check(accepted_encodings, "identity;q=0, *;q=0.1", Encodings::GZIP);
    }
}
