//! Who asks: by a token (RFC 6750 Bearer, or RFC 7617 Basic with the token as the password) or the cookie of a session.

use std::sync::Arc;
use std::time::SystemTime;

use actix_web::dev::RequestHead;
use actix_web::http::header::{AUTHORIZATION, COOKIE};
use actix_web::web::Data;
use actix_web::{HttpRequest, web};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use layers::OfficeStore;
use layers::audit::AuditAct;

use crate::accounts::AccountError;
use crate::accounts::sessions::{self, Visitor};
use crate::accounts::tokens::{self, Bearer, Scope};
use crate::city::City;
use crate::oidc;
use crate::rights::User;

use super::account_acts::{actor, note, note_refused};
use super::error::{HttpError, NotAllowed, NotWritten};
use super::request_id::RequestId;
use super::session;

/// Returns who asks; none without credentials, or with the cookie of a session that is over.
///
/// A wrong token is an error, and so are credentials that do not suffice for a method that writes: a token for reading,
/// or a cookie that a page from elsewhere makes the browser send.
pub(crate) async fn user(req: &HttpRequest, city: &Data<City>) -> Result<Option<User>, HttpError> {
    of_request(req, city, writes(req)).await
}

/// Returns likewise who sends a question that is too long for an address: a token for reading suffices.
pub(crate) async fn reader(
    req: &HttpRequest,
    city: &Data<City>,
) -> Result<Option<User>, HttpError> {
    of_request(req, city, false).await
}

async fn of_request(
    req: &HttpRequest,
    city: &Data<City>,
    writes: bool,
) -> Result<Option<User>, HttpError> {
    let Some(header) = req.headers().get(AUTHORIZATION) else {
        return Ok(visitor(req, city).await?.map(|visitor| visitor.user));
    };
    let secret = header.to_str().ok().and_then(secret);
    let store = Arc::clone(&city.store);
    let bearer = match web::block(move || shown(&*store, secret.as_deref())).await?? {
        Shown::Token(bearer) => bearer,
        Shown::Nothing { name } => {
            note_refused(req, city, name).await?;
            return Err(NotWritten::NotLoggedIn.into());
        }
    };
    if writes && bearer.scope == Scope::Read {
        note(city, actor(req, &bearer.user).event(AuditAct::Refused)).await?;
        return Err(NotAllowed::TokenOnlyReads.into());
    }
    Ok(Some(bearer.user))
}

/// What somebody shows.
enum Shown {
    /// A token that works.
    Token(Bearer),
    /// Nothing that works; its name, where it was or could be a token.
    Nothing { name: Option<String> },
}

fn shown(store: &dyn OfficeStore, secret: Option<&str>) -> Result<Shown, AccountError> {
    let Some(secret) = secret else {
        return Ok(Shown::Nothing { name: None });
    };
    if let Some(bearer) = tokens::bearer(store, secret, now())? {
        return Ok(Shown::Token(bearer));
    }
    let name = tokens::named_by(store, secret)?.map(|(id, owner)| match owner {
        Some(owner) => format!("token {id} of {owner}"),
        None => format!("token {id}"),
    });
    Ok(Shown::Nothing { name })
}

/// Returns who asks to write; nobody may without credentials.
pub(crate) async fn editor(req: &HttpRequest, city: &Data<City>) -> Result<User, HttpError> {
    let user = user(req, city).await?;
    Ok(user.ok_or(NotWritten::NotLoggedIn)?)
}

/// Returns who is logged in, by the cookie alone: what concerns the account itself, no token may do.
pub(crate) async fn visitor(
    req: &HttpRequest,
    city: &Data<City>,
) -> Result<Option<Visitor>, HttpError> {
    let Some(secret) = session::secret(req, city) else {
        return Ok(None);
    };
    let (asked, request) = (Data::clone(city), RequestId::of(req));
    let visitor = web::block(move || current(&asked, &secret, &request)).await??;
    if visitor.is_none() {
        session::note_stale(req);
    } else if writes(req) {
        session::require_own_page(req, city)?;
    }
    Ok(visitor)
}

/// Returns who shows the secret of a session; the broker is asked again when it is time to.
fn current(
    city: &City,
    secret: &str,
    request: &RequestId,
) -> Result<Option<Visitor>, AccountError> {
    let Some(mut visitor) = sessions::visitor(&*city.store, secret, now())? else {
        return Ok(None);
    };
    if let (true, Some(broker)) = (visitor.is_due, &city.broker) {
        let by = city.registrar(oidc::actor(&visitor.user.name, request.as_str()));
        let Some(user) = oidc::renew(&by, broker, secret, &visitor, now())? else {
            return Ok(None);
        };
        visitor.user = user;
    }
    Ok(Some(visitor))
}

/// Whether a request shows anything by which somebody could be known.
pub(crate) fn are_shown(head: &RequestHead) -> bool {
    head.headers().contains_key(AUTHORIZATION) || head.headers().contains_key(COOKIE)
}

/// Returns this moment.
pub(crate) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

fn writes(req: &HttpRequest) -> bool {
    !req.method().is_safe()
}

/// Returns the secret that a header holds; the user name of Basic says nothing that the token does not.
fn secret(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(rest).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    Some(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Option<&str>) {
        assert_eq!(secret(header).as_deref(), expected, "{header}");
    }

    #[test]
    fn a_token_comes_as_bearer_or_as_the_password_of_basic() {
        check("Bearer obzor_1", Some("obzor_1"));
        check("bearer  obzor_1", Some("obzor_1"));
        // jana:obzor_1, and one whose password has a colon
        check("Basic amFuYTpvYnpvcl8x", Some("obzor_1"));
        check("BASIC OmE6Yg==", Some("a:b"));
        check("Basic amFuYQ==", None);
        check("Basic %%%", None);
        check("Digest x", None);
        check("obzor_1", None);
    }
}
