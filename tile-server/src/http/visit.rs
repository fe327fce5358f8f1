//! Somebody who is logged in with a browser: found out in one place for the pages of the account and of the users.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::{self, Data, Payload};
use layers::Language;
use layers::policy::Duty;

use crate::accounts::registrar::Registrar;
use crate::accounts::sessions::Visitor;
use crate::audit::Actor;
use crate::city::City;

use super::answer::Answer;
use super::error::HttpError;
use super::form::Form;
use super::{account_acts, credentials, preferences, session};

/// Somebody who is logged in, and the language of their pages.
pub(super) struct Visit {
    pub(super) city: Data<City>,
    pub(super) visitor: Arc<Visitor>,
    pub(super) language: Language,
    actor: Actor,
}

impl Visit {
    /// Shows a page to who is logged in; anybody else is sent to log in.
    pub(super) async fn page(
        req: &HttpRequest,
        city: &Data<City>,
        show: impl AsyncFnOnce(Self) -> Result<Answer, HttpError>,
    ) -> Result<Answer, HttpError> {
        match Self::of(req, city).await? {
            Some(visit) => show(visit).await,
            None => Ok(to_login(req)),
        }
    }

    /// Does what a form asks for, if `who` lets the visitor; whoever is not logged in is sent to log in.
    pub(super) async fn form(
        req: &HttpRequest,
        city: &Data<City>,
        payload: Payload,
        who: fn(Self) -> Result<Self, HttpError>,
        act: impl AsyncFnOnce(Self, Form) -> Result<Answer, HttpError>,
    ) -> Result<Answer, HttpError> {
        session::require_own_page(req, city)?;
        Self::page(req, city, async |visit| {
            let visit = who(visit)?;
            act(visit, Form::read(req, payload).await?).await
        })
        .await
    }

    /// Returns the visit of somebody who manages users; for anybody else there is no such page.
    pub(super) fn of_administrator(self) -> Result<Self, HttpError> {
        if self.visitor.user.has(Duty::Administer) {
            Ok(self)
        } else {
            Err(HttpError::NoSuchPage)
        }
    }

    /// Changes accounts in the name of the visitor, on a thread that may block.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Registrar<'_>) -> T + Send + 'static,
    ) -> Result<T, HttpError> {
        let (city, actor) = (Data::clone(&self.city), self.actor.clone());
        Ok(web::block(move || act(&city.registrar(actor))).await?)
    }

    /// Sends the browser to a page as it now is, so that reloading sends no form again.
    pub(super) fn to(&self, path: &str) -> Answer {
        Answer::see_other(format!("{path}?lang={}", self.language.code())).kept_by_nobody()
    }

    async fn of(req: &HttpRequest, city: &Data<City>) -> Result<Option<Self>, HttpError> {
        let visitor = credentials::visitor(req, city).await?;
        Ok(visitor.map(|visitor| Self {
            city: Data::clone(city),
            actor: account_acts::actor(req, &visitor.user),
            visitor: Arc::new(visitor),
            language: preferences::language(req),
        }))
    }
}

/// Sends a browser to log in, and then back to the page that it asked for.
pub(super) fn to_login(req: &HttpRequest) -> Answer {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("lang", preferences::language(req).code());
    if req.method().is_safe() {
        query.append_pair("next", req.path());
    }
    Answer::see_other(format!("/login?{}", query.finish())).kept_by_nobody()
}
