//! `/account`: what somebody who is logged in may do with their own account: password, sessions, tokens.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use layers::Text;

use crate::accounts::{AccountError, passwords, sessions, tokens, users};
use crate::city::City;
use crate::municipality_names::MunicipalityNames;

use super::answer::Answer;
use super::asked_token::asked_token;
use super::conflicts::open_for;
use super::credentials::now;
use super::error::HttpError;
use super::login;
use super::pages::{self, AccountPage, LoginProblem, Notice};
use super::parameters::Parameters;
use super::visit::Visit;

const PATH: &str = "/account";

/// Answers with the page of the account.
pub(crate) async fn page(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    Visit::page(&req, &city, async |visit| {
        show(visit, Notice::Nothing).await
    })
    .await
}

/// Changes the password, which ends all other sessions.
pub(crate) async fn change_password(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    Visit::form(&req, &city, payload, Ok, async |visit, form| {
        let name = visit.visitor.user.name.clone();
        match login::check(&req, &city, &name, form.text("current")).await? {
            Err(problem) => show(visit, Notice::NotChanged(problem)).await,
            Ok(()) if form.text("password") != form.text("again") => {
                show(visit, Notice::Problem(pages::not_the_same())).await
            }
            Ok(()) => match set_password(&visit, form.text("password")).await? {
                Ok(()) => login::begin(&req, &city, &name, PATH, None).await,
                Err(problem) => show(visit, Notice::Problem(problem)).await,
            },
        }
    })
    .await
}

/// Ends all sessions but this one.
pub(crate) async fn end_sessions(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    Visit::form(&req, &city, payload, Ok, async |visit, _| {
        let visitor = Arc::clone(&visit.visitor);
        let ended =
            visit.change(move |by| sessions::end_others(by, &visitor.user.name, &visitor.session));
        ended.await??;
        Ok(visit.to(PATH))
    })
    .await
}

/// Makes a token and shows its secret, this once.
pub(crate) async fn make_token(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    Visit::form(&req, &city, payload, Ok, async |visit, form| {
        let token = match asked_token(&form, &visit.visitor.user) {
            Ok(token) => token,
            Err(problem) => return show(visit, Notice::Problem(problem)).await,
        };
        let secret = visit.change(move |by| tokens::issue(by, &token)).await??;
        show(visit, Notice::Secret(secret)).await
    })
    .await
}

/// Makes a token useless.
pub(crate) async fn revoke_token(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    Visit::form(&req, &city, payload, Ok, async |visit, form| {
        let (visitor, id) = (Arc::clone(&visit.visitor), form.text("token").to_owned());
        let revoked = visit.change(move |by| tokens::revoke(by, &visitor.user.name, &id));
        match revoked.await? {
            // Somebody else was faster, or the button was pressed twice.
            Ok(()) | Err(AccountError::NoSuchToken(_)) => Ok(visit.to(PATH)),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

async fn show(visit: Visit, notice: Notice) -> Result<Answer, HttpError> {
    let status = match &notice {
        Notice::Nothing | Notice::Secret(_) => StatusCode::OK,
        Notice::NotChanged(LoginProblem::TooOften { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Notice::NotChanged(_) | Notice::Problem(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let made = web::block(move || {
        let (store, name) = (&*visit.city.store, &visit.visitor.user.name);
        let page = AccountPage {
            open_conflicts: open_for(&visit.city, &visit.visitor.user)?,
            has_password: users::password_hash(store, name)?.is_some(),
            sessions: sessions::of_user(store, name, now())?,
            tokens: tokens::of_user(store, name)?,
            municipalities: MunicipalityNames::read(store)?,
            visitor: &visit.visitor,
            now: now(),
            notice,
        };
        Ok::<_, HttpError>(pages::account(&visit.city, visit.language, &page))
    });
    Ok(made.await??.with_status(status).kept_by_nobody())
}

async fn set_password(visit: &Visit, password: &str) -> Result<Result<(), Text>, HttpError> {
    let _turn = visit.city.login.hashing.acquire().await;
    let (visitor, password) = (Arc::clone(&visit.visitor), password.to_owned());
    let set = visit.change(move |by| {
        let name = &visitor.user.name;
        passwords::check(name, &password)?;
        users::set_password(by, name, &passwords::hash(&password)?)
    });
    match set.await? {
        Ok(()) => Ok(Ok(())),
        Err(error) => match pages::in_plain_words(&error) {
            Some(problem) => Ok(Err(problem)),
            None => Err(error.into()),
        },
    }
}
