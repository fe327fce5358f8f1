//! `/login` and `/logout`: a name and a password become a session, and a session ends.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, SET_COOKIE};
use actix_web::web::{self, Data, Payload};
use layers::Language;
use layers::audit::AuditAct;

use crate::accounts::{AccountError, passwords, sealed, sessions, users};
use crate::city::City;
use crate::oidc::Kept;
use crate::rights::User;

use super::account_acts::{actor, address, note, note_refused};
use super::answer::Answer;
use super::credentials::now;
use super::error::HttpError;
use super::form::Form;
use super::pages::{self, LoginPage, LoginProblem};
use super::parameters::Parameters;
use super::{links, preferences, session};

/// Where somebody goes who is logged in and came from nowhere.
const START: &str = "/account";

/// Answers with the form.
pub(crate) async fn page(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["next"])?;
    let next = local(parameters.text("next"));
    Ok(form(&city, preferences::language(&req), next, None))
}

/// Logs somebody in.
pub(crate) async fn come_in(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let form = Form::of_own_page(&req, &city, payload).await?;
    let language = preferences::language(&req);
    let next = local(Some(form.text("next")));
    let (name, password) = (form.text("name").trim(), form.text("password"));
    match check(&req, &city, name, password).await? {
        Ok(()) => begin(&req, &city, name, next, None).await,
        Err(problem) => Ok(self::form(&city, language, next, Some(problem))),
    }
}

/// Logs somebody out, here and at the broker.
pub(crate) async fn go_out(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    session::require_own_page(&req, &city)?;
    let language = preferences::language(&req);
    let back = format!("{}/", links::base_url(&req, &city)?);
    let kept = match leaving(&req, &city).await? {
        Some((user, kept)) => {
            note(&city, actor(&req, &user).event(AuditAct::Logout)).await?;
            kept
        }
        None => None,
    };
    end_current(&req, &city).await?;
    let asked = Data::clone(&city);
    let elsewhere = web::block(move || {
        let broker = asked.broker.as_ref()?;
        broker.logout_address(&kept?.id_token, &back)
    });
    let answer = match elsewhere.await? {
        Some(address) => pages::logged_out(&city, language, &address),
        None => Answer::see_other(format!("/?lang={}", language.code())),
    };
    Ok(answer
        .with(SET_COOKIE, session::clear(&req, &city))
        .kept_by_nobody())
}

/// Compares a password with the user's, as often as that may be tried; an unknown user takes as long as a known one.
pub(super) async fn check(
    req: &HttpRequest,
    city: &Data<City>,
    name: &str,
    password: &str,
) -> Result<Result<(), LoginProblem>, HttpError> {
    if let Err(seconds) = city.login.admit(name, &address(req, city)) {
        return Ok(Err(LoginProblem::TooOften { seconds }));
    }
    let _turn = city.login.hashing.acquire().await;
    let store = Arc::clone(&city.store);
    let (account, password) = (name.to_owned(), password.to_owned());
    let is_right = web::block(move || {
        let hash = users::password_hash(&*store, &account)?;
        passwords::is_right(&password, hash.as_deref())
    });
    if is_right.await?? {
        city.login.forgive(name);
        return Ok(Ok(()));
    }
    note_refused(req, city, None).await?;
    Ok(Err(LoginProblem::Wrong))
}

/// Begins a session under a new secret, whatever cookie came along, and sends the browser on.
///
/// Who has come in is written down then; when that fails, nobody gets the secret.
pub(super) async fn begin(
    req: &HttpRequest,
    city: &Data<City>,
    name: &str,
    next: &str,
    kept: Option<Kept>,
) -> Result<Answer, HttpError> {
    end_current(req, city).await?;
    let (store, name) = (Arc::clone(&city.store), name.to_owned());
    let begun = web::block(move || {
        let secret = sessions::draw_secret()?;
        let kept = kept.map(|kept| sealed::seal(&secret, &kept)).transpose()?;
        let user = sessions::begin(&*store, &name, &secret, kept.as_deref(), now())?;
        Ok::<_, AccountError>((secret, user))
    });
    let (secret, user) = begun.await??;
    note(city, actor(req, &user).event(AuditAct::Login)).await?;
    let cookie = session::set(req, city, &secret);
    let answer = Answer::see_other(next.to_owned()).kept_by_nobody();
    Ok(answer.with(SET_COOKIE, cookie))
}

async fn end_current(req: &HttpRequest, city: &Data<City>) -> Result<(), HttpError> {
    let Some(secret) = session::secret(req, city) else {
        return Ok(());
    };
    let store = Arc::clone(&city.store);
    Ok(web::block(move || sessions::end_of(&*store, &secret)).await??)
}

/// Returns who is logged in, and what the session keeps of the broker's answer.
async fn leaving(
    req: &HttpRequest,
    city: &Data<City>,
) -> Result<Option<(User, Option<Kept>)>, HttpError> {
    let Some(secret) = session::secret(req, city) else {
        return Ok(None);
    };
    let store = Arc::clone(&city.store);
    let leaving = web::block(move || {
        let visitor = sessions::visitor(&*store, &secret, now())?;
        let kept = |sealed: String| sealed::open(&secret, &sealed);
        let known = visitor.map(|visitor| (visitor.user, visitor.broker.and_then(kept)));
        Ok::<_, AccountError>(known)
    });
    Ok(leaving.await??)
}

fn form(city: &City, language: Language, next: &str, problem: Option<LoginProblem>) -> Answer {
    let answer = pages::login(
        city,
        language,
        &LoginPage {
            next,
            problem,
            by_broker: city.broker.is_some(),
        },
    )
    .kept_by_nobody();
    match problem {
        None => answer,
        Some(LoginProblem::Wrong) => answer.with_status(StatusCode::FORBIDDEN),
        Some(LoginProblem::TooOften { seconds }) => answer
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .with(RETRY_AFTER, seconds.to_string()),
    }
}

/// Returns a path of this server, never an address elsewhere.
pub(super) fn local(next: Option<&str>) -> &str {
    let is_local = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(|c: char| c == '\\' || c.is_control())
    };
    next.filter(is_local).unwrap_or(START)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (next, expected) in [
            ("/map", "/map"),
            ("/users?lang=en", "/users?lang=en"),
            ("", START),
            ("//evil.example", START),
            ("/\\evil.example", START),
            ("https://evil.example", START),
            ("/a\r\nb", START),
        ] {
            assert_eq!(local(Some(next)), expected);
        }
    }
}
