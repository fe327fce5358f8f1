//! Who asks, and what is read for them therefore.

use actix_web::HttpRequest;
use actix_web::web::Data;
use layers::{Audience, LayerView, Store, StoreError};

use crate::audit::Actor;
use crate::city::City;
use crate::finding::Finder;
use crate::rights::{User, audience};

use super::credentials;
use super::error::HttpError;
use super::request_id::RequestId;

/// Somebody who reads: a user, or everybody.
pub(crate) struct Asker {
    user: Option<User>,
    audience: Audience,
    request: RequestId,
}

impl Asker {
    /// Finds out who asks; wrong credentials are an error, none are everybody's.
    pub(crate) async fn of(req: &HttpRequest, city: &Data<City>) -> Result<Self, HttpError> {
        Ok(Self::new(req, credentials::user(req, city).await?))
    }

    /// Finds out likewise who sends a question as a document.
    pub(crate) async fn of_reader(req: &HttpRequest, city: &Data<City>) -> Result<Self, HttpError> {
        Ok(Self::new(req, credentials::reader(req, city).await?))
    }

    fn new(req: &HttpRequest, user: Option<User>) -> Self {
        Self {
            audience: audience(user.as_ref()),
            user,
            request: RequestId::of(req),
        }
    }

    /// Returns the user, if it is one.
    pub(crate) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// Returns the user as events name them; none of everybody, of whom nothing is written down.
    pub(crate) fn actor(&self) -> Option<Actor> {
        let user = self.user.as_ref()?;
        Some(Actor::user(user, self.request.as_str()))
    }

    /// Returns for whom is read.
    pub(crate) fn audience(&self) -> &Audience {
        &self.audience
    }

    /// Returns what is seen of a layer; hidden and absent layers give the same answer.
    pub(crate) fn view(&self, city: &City, layer: &str) -> Result<LayerView, HttpError> {
        city.view(&self.audience, layer)
            .ok_or(HttpError::NoSuchLayer)
    }

    /// Returns what is seen of layers named with commas between; a table has no tiles and counts as not there.
    pub(crate) fn drawable_views(
        &self,
        city: &City,
        names: &str,
    ) -> Result<Vec<LayerView>, HttpError> {
        let drawable = |name: &str| {
            let view = self.view(city, name)?;
            let has_geometry = view.layer().geometry.is_some();
            has_geometry.then_some(view).ok_or(HttpError::NoSuchLayer)
        };
        names.split(',').map(drawable).collect()
    }

    /// Notes that features of a layer are about to be shown to somebody who may edit without saying what they saw.
    pub(crate) fn note_served(&self, city: &City, view: &LayerView) -> Result<(), StoreError> {
        let (store, layer) = (&*city.store, &view.layer().id);
        let shown_for = city.config.shown_for;
        city.served
            .note(store, self.user(), layer, credentials::now(), shown_for)
    }

    /// Returns what finds features where is read from.
    pub(crate) fn finder<'a>(&self, city: &'a City) -> Finder<'a> {
        city.finder(self.user.as_ref())
    }

    /// Returns where is read from.
    pub(crate) fn store<'a>(&self, city: &'a City) -> &'a dyn Store {
        city.store_for(self.user.as_ref())
    }
}
