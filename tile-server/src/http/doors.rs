//! Doors: the one way in which a route is added, so that each has its methods, its rights and the same manners.

use std::fmt;

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ALLOW};
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route};

use super::error::HttpError;

/// The methods of a door that only reads.
pub(crate) const READ_METHODS: &str = "GET, HEAD, OPTIONS";

/// Who may pass a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody, without logging in; sees what the public audience sees.
    Everybody,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everybody => "everybody",
        })
    }
}

/// One route: its path, who may use it and what answers.
pub(crate) struct Door {
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    pub(crate) methods: &'static str,
    route: Route,
}

impl Door {
    /// Makes a door through which everybody may read: GET and HEAD.
    pub(crate) fn read<H, Args>(path: &'static str, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        let route = web::route().guard(reading()).to(handler);
        Self {
            path,
            who: Who::Everybody,
            methods: READ_METHODS,
            route,
        }
    }

    /// Adds the door to the application; OPTIONS says what is allowed, every other method is refused.
    pub(crate) fn open(self, app: &mut ServiceConfig) {
        let allowed = self.methods;
        let resource = Resource::new(self.path)
            .route(self.route)
            .route(web::method(Method::OPTIONS).to(async move || allowed_methods(allowed)))
            .default_service(web::to(async move || refuse_method(allowed)));
        match self.who {
            Who::Everybody => app.service(resource),
        };
    }
}

fn reading() -> impl Guard {
    guard::Any(guard::Get()).or(guard::Head())
}

fn allowed_methods(allowed: &'static str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ALLOW, allowed))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, allowed))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "86400"))
        .finish()
}

fn refuse_method(allowed: &'static str) -> Result<HttpResponse, HttpError> {
    Err(HttpError::MethodNotAllowed { allowed })
}
