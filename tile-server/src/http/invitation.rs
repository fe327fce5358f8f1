//! `/invitation`: with a one-time link somebody chooses a password; the first to come becomes the administrator.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use layers::Text;

use crate::accounts::links::Invited;
use crate::accounts::{AccountError, links, passwords, users};
use crate::audit::Actor;
use crate::city::City;

use super::answer::Answer;
use super::credentials::now;
use super::error::HttpError;
use super::form::Form;
use super::pages::{self, InvitationPage};
use super::parameters::Parameters;
use super::request_id::RequestId;
use super::{login, preferences};

/// Stands in events where a one-time link is the reason, not a role.
const LINK: &str = "one-time link";

/// Answers with the form, and uses nothing up: programs that look at mail follow every link.
pub(crate) async fn page(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["key"])?;
    let key = parameters.text("key").unwrap_or_default().to_owned();
    show(&req, &city, key, None).await
}

/// Sets the password and logs its owner in.
pub(crate) async fn accept(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let form = Form::of_own_page(&req, &city, payload).await?;
    let key = form.text("key").to_owned();
    let _turn = city.login.hashing.acquire().await;
    let (asked, request) = (Data::clone(&city), RequestId::of(&req));
    let problem = match web::block(move || set_password(&asked, &form, &request)).await? {
        Ok(Some(name)) => return login::begin(&req, &city, &name, "/account", None).await,
        Ok(None) => pages::not_the_same(),
        Err(error) => pages::in_plain_words(&error).ok_or(error)?,
    };
    show(&req, &city, key, Some(problem)).await
}

/// Uses the link of a form up and returns whose it was; none when the password was typed differently the second time.
fn set_password(
    city: &City,
    form: &Form,
    request: &RequestId,
) -> Result<Option<String>, AccountError> {
    let (key, password) = (form.text("key"), form.text("password"));
    let invited = links::invited(&*city.store, key, now())?;
    let name = match invited.ok_or(AccountError::NoSuchLink)? {
        Invited::User(name) => name,
        Invited::FirstAdministrator => form.text("name").trim().to_owned(),
    };
    users::check_name(&name)?;
    passwords::check(&name, password)?;
    if password != form.text("again") {
        return Ok(None);
    }
    let hash = passwords::hash(password)?;
    let by = city.registrar(Actor::vouched_for(&name, LINK, request.as_str()));
    links::accept(&by, key, &name, hash, now()).map(Some)
}

async fn show(
    req: &HttpRequest,
    city: &Data<City>,
    key: String,
    problem: Option<Text>,
) -> Result<Answer, HttpError> {
    let (store, secret) = (Arc::clone(&city.store), key.clone());
    let invited = web::block(move || links::invited(&*store, &secret, now())).await??;
    let status = match (&invited, &problem) {
        (None, _) => StatusCode::NOT_FOUND,
        (_, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, None) => StatusCode::OK,
    };
    let page = InvitationPage {
        key,
        invited,
        problem,
    };
    let answer = pages::invitation(city, preferences::language(req), &page);
    Ok(answer.with_status(status).kept_by_nobody())
}
