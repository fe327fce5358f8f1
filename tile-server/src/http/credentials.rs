//! Who asks: the token of a request (RFC 6750 Bearer, or RFC 7617 Basic with the token as the password).

use std::time::SystemTime;

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, web};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};

use crate::accounts::{self, AccountError};
use crate::city::City;
use crate::rights::User;

use super::error::{HttpError, NotWritten};

/// Returns who asks; none without credentials, an error with wrong ones.
pub(crate) async fn user(req: &HttpRequest, city: &Data<City>) -> Result<Option<User>, HttpError> {
    let Some(header) = req.headers().get(AUTHORIZATION) else {
        return Ok(None);
    };
    let secret = header.to_str().ok().and_then(secret);
    let secret = secret.ok_or(NotWritten::NotLoggedIn)?;
    let city = Data::clone(city);
    let now = DateTime::<Utc>::from(SystemTime::now());
    let found = web::block(move || accounts::user_of(&*city.store, &secret, now)).await?;
    match found {
        Ok(Some(user)) => Ok(Some(user)),
        Ok(None) => Err(NotWritten::NotLoggedIn.into()),
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(error) => Err(HttpError::Failed(error.to_string())),
    }
}

/// Returns who asks to write; nobody may without credentials.
pub(crate) async fn editor(req: &HttpRequest, city: &Data<City>) -> Result<User, HttpError> {
    let user = user(req, city).await?;
    Ok(user.ok_or(NotWritten::NotLoggedIn)?)
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
