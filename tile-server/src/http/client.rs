//! Who is at the other end: the client's address, and how it reached us, which only trusted proxies may tell.

use std::net::IpAddr;
use std::rc::Rc;

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap, HeaderName};
use actix_web::http::uri::Authority;

use crate::config::Proxies;

use super::gate::Connection;

/// Names whoever asks: the first address, from our side, that is no trusted proxy.
pub(crate) fn address(req: &HttpRequest, proxies: &Proxies) -> Option<IpAddr> {
    let peer = req.peer_addr()?.ip();
    if !proxies.trust(peer) {
        return Some(peer);
    }
    let forwarded = req.headers().get_all("x-forwarded-for");
    let forwarded: Vec<&str> = forwarded
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .collect();
    let mut nearest = peer;
    for name in forwarded.iter().rev() {
        let Ok(address) = name.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = address;
        if !proxies.trust(address) {
            break;
        }
    }
    Some(nearest)
}

/// Returns the host that the client asked for, as it or a trusted proxy says; nothing of it is checked.
pub(crate) fn host<'a>(req: &'a HttpRequest, proxies: &Proxies) -> &'a str {
    told_by_proxy(req, proxies, "x-forwarded-host")
        .or_else(|| text(req.headers(), &HOST))
        .or_else(|| req.uri().authority().map(Authority::as_str))
        .unwrap_or_default()
}

/// Whether the client reached us, or a trusted proxy before us, by HTTPS.
pub(crate) fn is_secure(req: &HttpRequest, proxies: &Proxies) -> bool {
    let connection = req.conn_data::<Rc<Connection>>();
    connection.is_some_and(|connection| connection.is_encrypted)
        || told_by_proxy(req, proxies, "x-forwarded-proto") == Some("https")
}

/// Returns a header of the request if a trusted proxy sent it.
pub(crate) fn told_by_proxy<'a>(
    req: &'a HttpRequest,
    proxies: &Proxies,
    name: &'static str,
) -> Option<&'a str> {
    let peer = req.peer_addr()?.ip();
    if !proxies.trust(peer) {
        return None;
    }
    text(req.headers(), &HeaderName::from_static(name))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigFile;
    use actix_web::test::TestRequest;

    fn check(peer: &str, forwarded: &[&str], expected: &str) {
        let text = "[proxy]\ntrusted = [\"127.0.0.1\", \"10.1.0.0/16\"]";
        let config =
            ConfigFile::parse(text).and_then(|file| file.resolve().map_err(|p| p.join(" ")));
        let proxies = config.expect("sound").proxies;
        let mut request = TestRequest::default()
            .peer_addr((peer.parse::<IpAddr>().expect("an address"), 1).into());
        for list in forwarded {
            request = request.append_header(("x-forwarded-for", *list));
        }
        let found = address(&request.to_http_request(), &proxies);
        assert_eq!(
            found.map(|one| one.to_string()).as_deref(),
            Some(expected),
            "{peer} {forwarded:?}"
        );
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_asks() {
        check("192.0.2.7", &["198.51.100.1"], "192.0.2.7");
        check("127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check(
            "127.0.0.1",
            &["203.0.113.9, 198.51.100.1, 10.1.2.3"],
            "198.51.100.1",
        );
        check(
            "127.0.0.1",
            &["203.0.113.9", "198.51.100.1"],
            "198.51.100.1",
        );
        check("127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1");
        check("127.0.0.1", &[], "127.0.0.1");
    }
}
