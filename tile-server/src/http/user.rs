//! `/users/{name}`: what an administrator does with one user.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload};

use crate::accounts::registrar::Registrar;
use crate::accounts::{AccountError, links, sessions, tokens, users};
use crate::city::City;
use crate::municipality_names::MunicipalityNames;

use super::answer::Answer;
use super::credentials::now;
use super::error::HttpError;
use super::form::Form;
use super::links::base_url;
use super::pages::{self, RoleChoice, UserNotice, UserPage};
use super::parameters::Parameters;
use super::users::{asked_role, chosen};
use super::visit::Visit;

/// Answers with the page of a user.
pub(crate) async fn page(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
) -> Result<Answer, HttpError> {
    Visit::page(&req, &city, async |visit| {
        let visit = visit.of_administrator()?;
        Parameters::read(&req, &[])?;
        let nothing = UserNotice::Nothing;
        show(visit, name.into_inner(), nothing, &Form::default()).await
    })
    .await
}

/// Gives a role, or the same for other municipalities.
pub(crate) async fn grant(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    on_form(&req, &city, name, payload, |by, name, form| {
        users::grant(by, name, &asked_role(form, by.store)?)
    })
    .await
}

/// Takes a role.
pub(crate) async fn withdraw(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    on_form(&req, &city, name, payload, |by, name, form| {
        users::withdraw(by, name, form.text("role"))
    })
    .await
}

/// Lets a user in no longer.
pub(crate) async fn disable(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    on_form(&req, &city, name, payload, |by, name, _| {
        users::set_disabled(by, name, true)
    })
    .await
}

/// Lets a user in again.
pub(crate) async fn enable(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    on_form(&req, &city, name, payload, |by, name, _| {
        users::set_disabled(by, name, false)
    })
    .await
}

/// Ends all sessions of a user.
pub(crate) async fn end_sessions(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    on_form(&req, &city, name, payload, |by, name, _| {
        users::end_sessions(by, name).map(drop)
    })
    .await
}

/// Makes the token that the form names useless, or all of them.
pub(crate) async fn revoke_tokens(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    on_form(&req, &city, name, payload, |by, name, form| {
        match form.text("token") {
            "" => tokens::revoke_all(by, name).map(drop),
            id => match tokens::revoke(by, name, id) {
                // Its owner was faster, or the button was pressed twice.
                Err(AccountError::NoSuchToken(_)) => Ok(()),
                done => done,
            },
        }
    })
    .await
}

/// Makes a one-time link and shows it, this once.
pub(crate) async fn make_link(
    req: HttpRequest,
    city: Data<City>,
    name: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let who = Visit::of_administrator;
    Visit::form(&req, &city, payload, who, async |visit, form| {
        let base = base_url(&req, &city)?;
        let name = name.into_inner();
        let of = name.clone();
        match visit.change(move |by| links::make(by, &of, now())).await? {
            Ok(secret) => {
                let address = links::address(&base, &secret);
                show(visit, name, UserNotice::Link(address), &form).await
            }
            Err(AccountError::NoSuchUser(_)) => Err(HttpError::NoSuchPage),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Does with a user what a form asks for, and shows the user's page as it is then.
async fn on_form(
    req: &HttpRequest,
    city: &Data<City>,
    name: Path<String>,
    payload: Payload,
    act: impl FnOnce(&Registrar<'_>, &str, &Form) -> Result<(), AccountError> + Send + 'static,
) -> Result<Answer, HttpError> {
    let who = Visit::of_administrator;
    Visit::form(req, city, payload, who, async |visit, form| {
        let name = name.into_inner();
        let (of, form) = (name.clone(), Arc::new(form));
        let asked = Arc::clone(&form);
        match visit.change(move |by| act(by, &of, &asked)).await? {
            Ok(()) => Ok(visit.to(&pages::user_path(&name))),
            Err(AccountError::NoSuchUser(_)) => Err(HttpError::NoSuchPage),
            Err(error) => {
                let problem = pages::in_plain_words(&error).ok_or(error)?;
                show(visit, name, UserNotice::Problem(problem), &form).await
            }
        }
    })
    .await
}

async fn show(
    visit: Visit,
    name: String,
    notice: UserNotice,
    form: &Form,
) -> Result<Answer, HttpError> {
    let status = match notice {
        UserNotice::Problem(_) => StatusCode::UNPROCESSABLE_ENTITY,
        UserNotice::Nothing | UserNotice::Link(_) => StatusCode::OK,
    };
    let chosen = chosen(form);
    let made = web::block(move || {
        let shown = read(&visit.city, &name, notice, chosen)?;
        Ok(pages::user(&visit.city, visit.language, &shown))
    });
    match made.await? {
        Ok(answer) => Ok(answer.with_status(status).kept_by_nobody()),
        Err(AccountError::NoSuchUser(_)) => Err(HttpError::NoSuchPage),
        Err(error) => Err(error.into()),
    }
}

/// Reads everything that the page of a user shows.
fn read(
    city: &City,
    name: &str,
    notice: UserNotice,
    chosen: RoleChoice,
) -> Result<UserPage, AccountError> {
    let store = &*city.store;
    Ok(UserPage {
        account: users::one(store, name)?,
        sessions: sessions::of_user(store, name, now())?,
        tokens: tokens::of_user(store, name)?,
        municipalities: MunicipalityNames::read(store)?,
        now: now(),
        notice,
        chosen,
    })
}
