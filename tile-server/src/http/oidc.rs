//! `/login/oidc`: to the broker and back; what a login begins with stays in the browser that began it.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::{self, Data};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::accounts::{AccountError, users};
use crate::city::City;
use crate::oidc::{self, Begun, Kept, OidcError};

use super::account_acts::note_refused;
use super::answer::Answer;
use super::error::HttpError;
use super::pages::{self, BrokerProblem};
use super::parameters::Parameters;
use super::request_id::RequestId;
use super::{links, login, preferences, session};

/// The door through which the broker sends a browser back.
pub(crate) const BACK: &str = "/login/oidc/callback";
const NAME_BY_HTTPS: &str = "__Host-obzor-login";
const NAME_BY_HTTP: &str = "obzor-login";
/// How long somebody may take at the broker.
const LASTS: Duration = Duration::minutes(15);

/// Sends a browser to the broker.
pub(crate) async fn begin(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["next"])?;
    let next = login::local(parameters.text("next")).to_owned();
    let back = format!("{}{BACK}", links::base_url(&req, &city)?);
    let asked = Data::clone(&city);
    let begun = web::block(move || {
        let broker = asked.broker.as_ref()?;
        Some(Begun::draw().and_then(|begun| Ok((broker.login_address(&begun, &back)?, begun))))
    });
    match begun.await? {
        None => Err(HttpError::NoSuchPage),
        Some(Err(error)) => Ok(refused(&req, &city, problem(&error))),
        Some(Ok((address, begun))) => {
            let cookie = cookie(&req, &city, &written(&begun, &next)).to_string();
            Ok(Answer::see_other(address)
                .kept_by_nobody()
                .with(SET_COOKIE, cookie))
        }
    }
}

/// Logs in whom the broker sends back.
pub(crate) async fn finish(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let query = form_urlencoded::parse(req.query_string().as_bytes()).into_owned();
    let query: Vec<(String, String)> = query.collect();
    let said = |name: &str| value_of(&query, name);
    let begun = begun_here(&req, &city, said("state"), said("iss"));
    let ((begun, next), code) = match (begun, said("code")) {
        (None, _) => return Ok(refused(&req, &city, BrokerProblem::NotBegunHere)),
        (_, None) => return Ok(refused(&req, &city, BrokerProblem::Refused)),
        (Some(begun), Some(code)) => (begun, code),
    };
    let back = format!("{}{BACK}", links::base_url(&req, &city)?);
    let (asked, code, request) = (Data::clone(&city), code.to_owned(), RequestId::of(&req));
    let brought = move || bring_in(&asked, &code, &begun, &back, &request);
    match web::block(brought).await?? {
        Ok((name, kept)) => {
            let answer = login::begin(&req, &city, &name, &next, Some(kept)).await?;
            Ok(answer.with(SET_COOKIE, cleared(&req, &city)))
        }
        Err(problem) => {
            note_refused(&req, &city, None).await?;
            Ok(refused(&req, &city, problem))
        }
    }
}

fn value_of<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let pair = query.iter().find(|(other, _)| other == name);
    pair.map(|(_, value)| value.as_str())
}

/// Asks the broker about a code and writes down who it is.
fn bring_in(
    city: &City,
    code: &str,
    begun: &Begun,
    back: &str,
    request: &RequestId,
) -> Result<Result<(String, Kept), BrokerProblem>, HttpError> {
    let broker = city.broker.as_ref().ok_or(HttpError::NoSuchPage)?;
    let proven = match broker.finish(code, begun, back) {
        Ok(proven) => proven,
        Err(error) => return Ok(Err(problem(&error))),
    };
    let by = city.registrar(oidc::actor(&proven.user.name, request.as_str()));
    match users::bring_in(&by, &proven.subject, &proven.user) {
        Ok(name) => Ok(Ok((name, Kept::of(proven)))),
        Err(AccountError::NoSuchUser(_)) => Ok(Err(BrokerProblem::NoRole)),
        Err(AccountError::UserExists(_) | AccountError::BadName(_)) => {
            Ok(Err(BrokerProblem::NameTaken))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns with what this browser began a login, if the broker sends back what it was sent.
fn begun_here(
    req: &HttpRequest,
    city: &City,
    state: Option<&str>,
    issuer: Option<&str>,
) -> Option<(Begun, String)> {
    let cookie = req.cookie(name(req, city))?;
    let mut parts = cookie.value().split('.').map(str::to_owned);
    let begun = Begun {
        state: parts.next()?,
        nonce: parts.next()?,
        verifier: parts.next()?,
    };
    let next = BASE64_URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
    let next = String::from_utf8(next).ok()?;
    let is_same = state == Some(&begun.state) && !begun.state.is_empty();
    let is_asked = city.broker.as_ref()?.is_issuer(issuer);
    (is_same && is_asked).then(|| (begun, login::local(Some(&next)).to_owned()))
}

fn refused(req: &HttpRequest, city: &City, problem: BrokerProblem) -> Answer {
    let status = match problem {
        BrokerProblem::Away => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::FORBIDDEN,
    };
    let page = pages::not_logged_in(city, preferences::language(req), problem);
    let page = page.with_status(status).kept_by_nobody();
    page.with(SET_COOKIE, cleared(req, city))
}

/// Returns what people are told; the log says more.
fn problem(error: &OidcError) -> BrokerProblem {
    match error {
        OidcError::Ask(_) | OidcError::Draw(_) => {
            tracing::warn!("nobody can log in by the broker: {error}");
            BrokerProblem::Away
        }
        OidcError::NoRole => BrokerProblem::NoRole,
        OidcError::Refused(_) | OidcError::BadToken(_) => {
            tracing::info!("a login by the broker was refused: {error}");
            BrokerProblem::Refused
        }
    }
}

fn written(begun: &Begun, next: &str) -> String {
    let next = BASE64_URL_SAFE_NO_PAD.encode(next);
    format!("{}.{}.{}.{next}", begun.state, begun.nonce, begun.verifier)
}

fn name(req: &HttpRequest, city: &City) -> &'static str {
    if session::is_by_https(req, city) {
        NAME_BY_HTTPS
    } else {
        NAME_BY_HTTP
    }
}

fn cookie(req: &HttpRequest, city: &City, value: &str) -> Cookie<'static> {
    let by_https = session::is_by_https(req, city);
    let mut cookie = session::hardened(name(req, city), value, by_https);
    cookie.set_max_age(LASTS);
    cookie
}

fn cleared(req: &HttpRequest, city: &City) -> String {
    let mut cookie = cookie(req, city, "");
    cookie.set_max_age(Duration::ZERO);
    cookie.to_string()
}
