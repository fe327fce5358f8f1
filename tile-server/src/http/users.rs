//! `/users`: the administrator's list of users, and new ones.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use layers::policy::Assignment;
use layers::{Store, Text};

use crate::accounts::registrar::Registrar;
use crate::accounts::{AccountError, roles, tokens, users};
use crate::city::City;
use crate::municipality_names::MunicipalityNames;
use crate::rights::User;

use super::answer::Answer;
use super::error::HttpError;
use super::form::Form;
use super::pages::{self, RoleChoice, UsersPage};
use super::parameters::Parameters;
use super::visit::Visit;

/// Answers with the list.
pub(crate) async fn list(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    Visit::page(&req, &city, async |visit| {
        let visit = visit.of_administrator()?;
        Parameters::read(&req, &[])?;
        show(visit, None, &Form::default()).await
    })
    .await
}

/// Adds a user.
pub(crate) async fn add(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let who = Visit::of_administrator;
    Visit::form(&req, &city, payload, who, async |visit, form| {
        let form = Arc::new(form);
        let asked = Arc::clone(&form);
        match visit.change(move |by| add_user(by, &asked)).await? {
            Ok(name) => Ok(visit.to(&pages::user_path(&name))),
            Err(error) => {
                let problem = pages::in_plain_words(&error).ok_or(error)?;
                show(visit, Some(problem), &form).await
            }
        }
    })
    .await
}

fn add_user(by: &Registrar<'_>, form: &Form) -> Result<String, AccountError> {
    let name = form.text("name").trim();
    users::check_name(name)?;
    let role = asked_role(form, by.store)?;
    users::add(by, &User::new(name, vec![role]))?;
    Ok(name.to_owned())
}

async fn show(visit: Visit, problem: Option<Text>, form: &Form) -> Result<Answer, HttpError> {
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (name, chosen) = (form.text("name").to_owned(), chosen(form));
    let made = web::block(move || {
        let store = &*visit.city.store;
        let page = UsersPage {
            accounts: users::all(store)?,
            tokens: tokens::all(store)?,
            municipalities: MunicipalityNames::read(store)?,
            problem,
            name,
            chosen,
        };
        Ok::<_, AccountError>(pages::users(&visit.city, visit.language, &page))
    });
    Ok(made.await??.with_status(status).kept_by_nobody())
}

/// Returns the role that was chosen in a form.
pub(super) fn chosen(form: &Form) -> RoleChoice {
    RoleChoice {
        role: form.text("role").to_owned(),
        codes: form.numbers("municipality"),
        for_all: !form.text("all").is_empty(),
    }
}

/// Returns the role that a form asks for, as it is given to a user, or says why nobody can have it so.
pub(super) fn asked_role(form: &Form, store: &dyn Store) -> Result<Assignment, AccountError> {
    let known = MunicipalityNames::read(store)?;
    let chosen = chosen(form);
    roles::assignment(&chosen.role, &chosen.codes, chosen.for_all, &known)
}
