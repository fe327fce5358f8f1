//! Why somebody may not do what they ask for, though the program knows who they are, or need not know.

use actix_web::http::StatusCode;
use layers::Text;

use super::text;

/// The reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAllowed {
    /// A page from elsewhere made the browser ask (cross-site request forgery).
    FromElsewhere,
    /// The token is for reading alone.
    TokenOnlyReads,
    /// What was sent is no form of ours.
    BadForm,
}

impl NotAllowed {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::BadForm => StatusCode::BAD_REQUEST,
            _ => StatusCode::FORBIDDEN,
        }
    }

    pub(super) fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::FromElsewhere => ("Požadavek z jiné stránky", "A request from another site"),
            Self::TokenOnlyReads => ("Token je jen ke čtení", "The token only reads"),
            Self::BadForm => ("Formulář nelze přečíst", "The form cannot be read"),
        }
    }

    pub(super) fn detail(self) -> Text {
        let (cs, en) = match self {
            Self::FromElsewhere => (
                "Přihlášení v prohlížeči platí jen pro stránky tohoto serveru. Jiné programy ať pošlou token.",
                "A login in the browser counts only for pages of this server. Other programs send a token.",
            ),
            Self::TokenOnlyReads => (
                "Tímto tokenem lze jen číst. Token i pro zápis si vytvoříte na stránce /account.",
                "This token only reads. Make one that also writes on the page /account.",
            ),
            Self::BadForm => (
                "Vraťte se na stránku s formulářem a odešlete ho znovu.",
                "Go back to the page with the form and send it again.",
            ),
        };
        text(cs, en)
    }
}
