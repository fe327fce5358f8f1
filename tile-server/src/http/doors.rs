//! Doors: the one way in which a route is added, so that each has its methods, its rights and the same manners.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ALLOW,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route};

use super::credentials;
use super::error::{HttpError, NotWritten};

/// Whether pages from elsewhere may read the answer: what everybody may read anyway.
pub(crate) fn is_shared(method: &Method, path: &str) -> bool {
    static SHARED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let doors = super::doors().into_iter();
        doors
            .filter(Door::is_shared)
            .map(|door| door.path)
            .collect()
    });
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) && SHARED.contains(path)
}

/// The methods by which is read.
const READ_METHODS: &str = "GET, HEAD, OPTIONS";
/// The request headers that a page from elsewhere may send; none by which it says who asks.
const ALLOWED_HEADERS: &str = "If-None-Match, Range";

/// Who may pass a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody, and everybody sees the same.
    Everybody,
    /// Everybody; each sees what its audience sees.
    EachAudience,
    /// Whom the policy lets do it with the feature.
    Editors,
    /// Who sent what is asked about, and administrators.
    Senders,
    /// Whom the policy lets change the features that conflicts are about.
    Deciders,
    /// Who is logged in with a browser, about the own account.
    LoggedIn,
    /// Who manages users and is logged in with a browser.
    Administrators,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everybody => "everybody",
            Self::EachAudience => "everybody; more for who sees more",
            Self::Editors => "who may by the policy",
            Self::Senders => "who sent it, and administrators",
            Self::Deciders => "who may change the features concerned",
            Self::LoggedIn => "who is logged in, about the own account",
            Self::Administrators => "administrators who are logged in",
        })
    }
}

/// One path and the ways through it.
pub(crate) struct Door {
    pub(crate) path: &'static str,
    pub(crate) ways: Vec<Way>,
    /// What it says of itself to who asks by OPTIONS.
    says: &'static [(&'static str, &'static str)],
}

/// Some methods of a path, who may use them and what answers.
pub(crate) struct Way {
    pub(crate) methods: &'static str,
    pub(crate) who: Who,
    route: Route,
}

impl Door {
    /// Makes a door through which everybody reads the same: GET and HEAD.
    pub(crate) fn read<H, Args>(path: &'static str, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        Self::read_by(Who::Everybody, path, handler)
    }

    /// Makes a door that shows each audience what it sees.
    pub(crate) fn view<H, Args>(path: &'static str, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        Self::read_by(Who::EachAudience, path, handler)
    }

    /// Makes a door through which some may read.
    pub(crate) fn read_by<H, Args>(who: Who, path: &'static str, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        let way = Way {
            methods: READ_METHODS,
            who,
            route: web::route().guard(asking(READ_METHODS)).to(handler),
        };
        Self {
            ways: vec![way],
            ..Self::at(path)
        }
    }

    /// Makes a door without any way through it yet.
    pub(crate) fn at(path: &'static str) -> Self {
        Self {
            path,
            ways: Vec::new(),
            says: &[],
        }
    }

    /// Adds headers to what it answers to OPTIONS.
    pub(crate) fn saying(self, says: &'static [(&'static str, &'static str)]) -> Self {
        Self { says, ..self }
    }

    /// Adds a method by which editors write.
    pub(crate) fn write<H, Args>(self, method: &'static str, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        self.write_by(Who::Editors, method, handler)
    }

    /// Makes a door through which a page sends its form.
    pub(crate) fn form<H, Args>(who: Who, path: &'static str, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        Self::at(path).write_by(who, "POST", handler)
    }

    /// Adds a method by which some write.
    pub(crate) fn write_by<H, Args>(mut self, who: Who, method: &'static str, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        self.ways.push(Way {
            methods: method,
            who,
            route: web::route().guard(asking(method)).to(handler),
        });
        self
    }

    /// Whether it shows what everybody may see.
    fn is_shared(&self) -> bool {
        let public = [Who::Everybody, Who::EachAudience];
        self.ways.iter().any(|way| public.contains(&way.who))
    }

    /// Adds the door to the application; OPTIONS says what is allowed, every other method is refused.
    pub(crate) fn open(self, app: &mut ServiceConfig) {
        let allowed: Vec<_> = self.ways.iter().map(|way| way.methods).collect();
        let allowed = allowed.join(", ");
        let refused = allowed.clone();
        let (is_shared, says) = (self.is_shared(), self.says);
        let options = web::method(Method::OPTIONS).to(move || {
            let answer = allowed_methods(&allowed, is_shared, says);
            async { answer }
        });
        let mut resource = Resource::new(self.path).route(options);
        for way in self.ways {
            if way.who == Who::Editors {
                let refusal = web::route()
                    .guard(asking(way.methods))
                    .guard(without_credentials());
                resource = resource.route(refusal.to(async || refuse_strangers()));
            }
            resource = resource.route(way.route);
        }
        app.service(resource.default_service(web::to(move || {
            let allowed = refused.clone();
            async { refuse_method(allowed) }
        })));
    }
}

/// Matches requests of these methods.
fn asking(methods: &'static str) -> impl Guard {
    guard::fn_guard(move |request| {
        let method = request.head().method.as_str();
        methods.split(", ").any(|one| one == method)
    })
}

fn without_credentials() -> impl Guard {
    guard::fn_guard(|request| !credentials::are_shown(request.head()))
}

/// Says that a token is needed before any handler looks at the layer, so that nobody learns which layers there are.
fn refuse_strangers() -> Result<HttpResponse, HttpError> {
    Err(NotWritten::NotLoggedIn.into())
}

/// Says what may be done here, and to pages from elsewhere that they may read.
fn allowed_methods(
    allowed: &str,
    is_shared: bool,
    says: &[(&'static str, &'static str)],
) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((ALLOW, allowed));
    for header in says {
        answer.insert_header(*header);
    }
    if is_shared {
        answer
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, READ_METHODS))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "86400"));
    }
    answer.finish()
}

fn refuse_method(allowed: String) -> Result<HttpResponse, HttpError> {
    Err(HttpError::MethodNotAllowed { allowed })
}
