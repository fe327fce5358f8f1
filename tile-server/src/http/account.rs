//! `/account`: what somebody who is logged in may do with their own account: password, sessions, tokens.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use chrono::Days;
use layers::audit::AuditAct;
use layers::{Language, Text};

use crate::accounts::sessions::{self, Visitor};
use crate::accounts::tokens::{self, Scope, Token, TokenKind};
use crate::accounts::{AccountError, passwords, users};
use crate::city::City;

use super::account_acts::note;
use super::answer::Answer;
use super::credentials::{self, now};
use super::error::HttpError;
use super::form::Form;
use super::pages::{self, AccountPage, LoginProblem, Notice};
use super::parameters::Parameters;
use super::{login, preferences};

/// For how many days a token may work at most.
const TOKEN_DAYS_MAX: u64 = 366;
/// How long the name of a token may be, in characters.
const TOKEN_NAME_MAX: usize = 60;

/// Answers with the page of the account; who is not logged in is sent to log in.
pub(crate) async fn page(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    match Visit::of(&req, &city).await? {
        Some(visit) => visit.show(Notice::Nothing).await,
        None => Ok(to_login(&req)),
    }
}

/// Changes the password, which ends all other sessions.
pub(crate) async fn change_password(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let form = Form::read(&req, &city, payload).await?;
    let Some(visit) = Visit::of(&req, &city).await? else {
        return Ok(to_login(&req));
    };
    let name = visit.visitor.user.name.clone();
    match login::check(&req, &city, &name, form.text("current")).await? {
        Err(problem) => visit.show(Notice::NotChanged(problem)).await,
        Ok(()) if form.text("password") != form.text("again") => {
            visit.show(Notice::Problem(pages::not_the_same())).await
        }
        Ok(()) => match set_password(&city, &name, form.text("password")).await? {
            Ok(()) => login::begin(&req, &city, &name, "/account", None).await,
            Err(problem) => visit.show(Notice::Problem(problem)).await,
        },
    }
}

/// Ends all sessions but this one.
pub(crate) async fn end_sessions(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    Form::read(&req, &city, payload).await?;
    let Some(visit) = Visit::of(&req, &city).await? else {
        return Ok(to_login(&req));
    };
    let (store, visitor) = (Arc::clone(&city.store), Arc::clone(&visit.visitor));
    web::block(move || sessions::end_all(&*store, &visitor.user.name, Some(&visitor.session)))
        .await??;
    Ok(visit.again())
}

/// Makes a token and shows its secret, this once.
pub(crate) async fn make_token(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let form = Form::read(&req, &city, payload).await?;
    let Some(visit) = Visit::of(&req, &city).await? else {
        return Ok(to_login(&req));
    };
    let token = match asked_token(&form, &visit.visitor.user.name) {
        Ok(token) => token,
        Err(problem) => return visit.show(Notice::Problem(problem)).await,
    };
    let (user, label) = (&visit.visitor.user.name, token.name.clone());
    note(&req, &city, user, AuditAct::TokenIssued, Some(label)).await?;
    let store = Arc::clone(&city.store);
    let secret = web::block(move || tokens::issue(&*store, &token)).await??;
    visit.show(Notice::Secret(secret)).await
}

/// Makes a token useless.
pub(crate) async fn revoke_token(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let form = Form::read(&req, &city, payload).await?;
    let Some(visit) = Visit::of(&req, &city).await? else {
        return Ok(to_login(&req));
    };
    let (store, visitor) = (Arc::clone(&city.store), Arc::clone(&visit.visitor));
    let id = form.text("token").to_owned();
    let user = &visit.visitor.user.name;
    note(&req, &city, user, AuditAct::TokenRevoked, Some(id.clone())).await?;
    match web::block(move || tokens::revoke(&*store, &visitor.user.name, &id)).await? {
        // Somebody else was faster, or the button was pressed twice.
        Ok(()) | Err(AccountError::NoSuchToken(_)) => Ok(visit.again()),
        Err(error) => Err(error.into()),
    }
}

/// Somebody who is logged in, and the page of the account in their language.
struct Visit {
    city: Data<City>,
    visitor: Arc<Visitor>,
    language: Language,
}

impl Visit {
    async fn of(req: &HttpRequest, city: &Data<City>) -> Result<Option<Self>, HttpError> {
        let visitor = credentials::visitor(req, city).await?;
        Ok(visitor.map(|visitor| Self {
            city: Data::clone(city),
            visitor: Arc::new(visitor),
            language: preferences::language(req),
        }))
    }

    async fn show(self, notice: Notice) -> Result<Answer, HttpError> {
        let status = match &notice {
            Notice::Nothing | Notice::Secret(_) => StatusCode::OK,
            Notice::NotChanged(LoginProblem::TooOften { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Notice::NotChanged(_) | Notice::Problem(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let made = web::block(move || {
            let (store, name) = (&*self.city.store, &self.visitor.user.name);
            let page = AccountPage {
                has_password: users::password_hash(store, name)?.is_some(),
                sessions: sessions::of_user(store, name, now())?,
                tokens: tokens::of_user(store, name)?,
                visitor: &self.visitor,
                now: now(),
                notice,
            };
            Ok::<_, AccountError>(pages::account(&self.city, self.language, &page))
        });
        Ok(made.await??.with_status(status).kept_by_nobody())
    }

    /// Sends the browser to the page as it now is, so that reloading sends no form again.
    fn again(self) -> Answer {
        Answer::see_other(format!("/account?lang={}", self.language.code())).kept_by_nobody()
    }
}

fn to_login(req: &HttpRequest) -> Answer {
    let language = preferences::language(req).code();
    Answer::see_other(format!("/login?lang={language}")).kept_by_nobody()
}

async fn set_password(
    city: &Data<City>,
    name: &str,
    password: &str,
) -> Result<Result<(), Text>, HttpError> {
    let _turn = city.login.hashing.acquire().await;
    let store = Arc::clone(&city.store);
    let (name, password) = (name.to_owned(), password.to_owned());
    let set = web::block(move || {
        passwords::check(&name, &password)?;
        users::set_password(&*store, &name, &passwords::hash(&password)?)
    });
    match set.await? {
        Ok(()) => Ok(Ok(())),
        Err(error) => match pages::in_plain_words(&error) {
            Some(problem) => Ok(Err(problem)),
            None => Err(error.into()),
        },
    }
}

/// Reads which token somebody wants; its rights are at most its user's, whatever is asked for.
fn asked_token(form: &Form, user: &str) -> Result<Token, Text> {
    let name = form.text("name").trim();
    let days = form.text("days").parse::<u64>();
    let days = days.ok().filter(|days| (1..=TOKEN_DAYS_MAX).contains(days));
    let length = name.chars().count();
    let (Some(days), 1..=TOKEN_NAME_MAX) = (days, length) else {
        return Err(pages::no_such_token(TOKEN_NAME_MAX, TOKEN_DAYS_MAX));
    };
    let issued_at = now();
    Ok(Token {
        user: user.to_owned(),
        name: name.to_owned(),
        kind: match form.text("kind") {
            "device" => TokenKind::Device,
            _ => TokenKind::Personal,
        },
        scope: match form.text("scope") {
            "read-and-write" => Scope::ReadAndWrite,
            _ => Scope::Read,
        },
        municipalities: None,
        issued_at,
        expires_at: issued_at.checked_add_days(Days::new(days)),
        used_on: None,
    })
}
