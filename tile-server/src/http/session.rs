//! The cookie of a session: how it is set, read and cleared, and from where a request with it may come.

use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderValue, ORIGIN, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};

use crate::city::City;

use super::error::{HttpError, NotAllowed};
use super::links;

/// The prefix makes browsers refuse one that another host or an open connection set (RFC 6265bis).
const NAME_BY_HTTPS: &str = "__Host-obzor";
const NAME_BY_HTTP: &str = "obzor-session";
/// How a browser says whose page made it ask; pages cannot write this header.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The mark of a request whose cookie is of no use any more.
struct Stale;

/// Returns the secret in the cookie of a request, if there is one.
pub(crate) fn secret(req: &HttpRequest, city: &City) -> Option<String> {
    let cookie = req.cookie(name(is_by_https(req, city)))?;
    Some(cookie.value().to_owned())
}

/// Returns the header that gives a browser the secret of a session, until the browser is closed.
pub(crate) fn set(req: &HttpRequest, city: &City, secret: &str) -> String {
    cookie(is_by_https(req, city), secret).to_string()
}

/// Returns the header that takes the secret away.
pub(crate) fn clear(req: &HttpRequest, city: &City) -> String {
    let mut cookie = cookie(is_by_https(req, city), "");
    cookie.set_max_age(Duration::ZERO);
    cookie.to_string()
}

/// Marks a request whose cookie is of no use: the answer will take it away.
pub(crate) fn note_stale(req: &HttpRequest) {
    req.extensions_mut().insert(Stale);
}

/// Refuses a request that a page of another site made the browser send.
///
/// A cookie goes along with such a request by itself, a token does not. Browsers say where a request comes from by
/// `Sec-Fetch-Site`, over open connections by `Origin` alone; who says neither is no browser and has to send a token.
pub(crate) fn require_own_page(req: &HttpRequest, city: &City) -> Result<(), HttpError> {
    let header = |name: &str| {
        req.headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let is_own = match (header(SEC_FETCH_SITE), header(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == origin_of(&links::base_url(req, city)?),
        (None, None) => false,
    };
    if is_own {
        Ok(())
    } else {
        Err(NotAllowed::FromElsewhere.into())
    }
}

/// Takes useless cookies away; wraps the whole application.
pub(crate) async fn of_every_answer<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut answer = next.call(req).await?;
    let asked = answer.request();
    let is_stale = asked.extensions().contains::<Stale>();
    if let (true, Some(city)) = (is_stale, asked.app_data::<Data<City>>()) {
        let header = HeaderValue::try_from(clear(asked, city));
        if let (Ok(header), false) = (header, answer.headers().contains_key(SET_COOKIE)) {
            answer.headers_mut().insert(SET_COOKIE, header);
        }
    }
    Ok(answer)
}

/// Makes a cookie for this host alone, which no script reads and no other site's form sends along.
pub(crate) fn hardened(name: &'static str, value: &str, by_https: bool) -> Cookie<'static> {
    Cookie::build(name, value.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(by_https)
        .finish()
}

/// Whether browsers reach this server by HTTPS.
pub(crate) fn is_by_https(req: &HttpRequest, city: &City) -> bool {
    links::base_url(req, city).is_ok_and(|base| base.starts_with("https://"))
}

fn cookie(by_https: bool, secret: &str) -> Cookie<'static> {
    hardened(name(by_https), secret, by_https)
}

fn name(by_https: bool) -> &'static str {
    if by_https {
        NAME_BY_HTTPS
    } else {
        NAME_BY_HTTP
    }
}

/// Returns scheme and host of an address, as browsers write an origin.
fn origin_of(base: &str) -> &str {
    let host = base.find("://").map_or(0, |place| place + 3);
    let end = base[host..].find('/').map_or(base.len(), |end| host + end);
    &base[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_what_stands_before_the_path() {
        for (base, origin) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://mapa.example.cz/obzor", "https://mapa.example.cz"),
        ] {
            assert_eq!(origin_of(base), origin);
        }
    }

    #[test]
    fn the_cookie_is_for_this_host_and_no_script() {
        let hardened = "__Host-obzor=1; HttpOnly; SameSite=Lax; Secure; Path=/";
        assert_eq!(cookie(true, "1").to_string(), hardened);
        let open = "obzor-session=1; HttpOnly; SameSite=Lax; Path=/";
        assert_eq!(cookie(false, "1").to_string(), open);
    }
}
