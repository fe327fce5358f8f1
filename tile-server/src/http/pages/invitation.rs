//! The page of a one-time link: a password, and for the first administrator also a name.

use layers::{Language, Text};
use maud::html;

use crate::accounts::NAME_MAX;
use crate::accounts::links::Invited;
use crate::city::City;
use crate::http::answer::Answer;

use super::login::{kept, notice, password};
use super::{PageHead, page_with, say};

/// What the page shows.
pub(crate) struct InvitationPage {
    /// The secret of the link.
    pub(crate) key: String,
    /// For whom it is; none when it does not work.
    pub(crate) invited: Option<Invited>,
    pub(crate) problem: Option<Text>,
}

/// The form with the new password.
pub(crate) fn invitation(city: &City, language: Language, shown: &InvitationPage) -> Answer {
    let body = html! {
        @if let Some(problem) = &shown.problem { (notice(problem, language)) }
        @match &shown.invited {
            None if shown.problem.is_some() => {},
            None => p.notice { (say(
                language,
                "Odkaz nefunguje: už byl použit, vypršel, nebo není celý. O nový požádejte správce.",
                "The link does not work: it was used, it is too old, or it is not whole. Ask the administrator for another.",
            )) },
            Some(invited) => form method="post" action={ "/invitation?lang=" (language.code()) } {
                div.fields {
                    input type="hidden" name="key" value=(shown.key);
                    label { (say(language, "Jméno", "Name"))
                        @match invited {
                            Invited::User(name) => input name="name" autocomplete="username" value=(name) readonly;,
                            Invited::FirstAdministrator => input name="name" autocomplete="username"
                                autocapitalize="none" required maxlength=(NAME_MAX);,
                        }
                    }
                    (password(language, "password", say(language, "Nové heslo", "New password"), "new-password"))
                    (password(language, "again", say(language, "Nové heslo znovu", "New password again"), "new-password"))
                    button { (say(language, "Nastavit heslo", "Set the password")) }
                }
            },
        }
    };
    let head = PageHead {
        query: kept("key", &shown.key),
        ..PageHead::default()
    };
    let title = match shown.invited {
        Some(Invited::FirstAdministrator) => {
            say(language, "První správce", "The first administrator")
        }
        _ => say(language, "Nastavení hesla", "Set your password"),
    };
    page_with(city, language, title, &[], &head, &body)
}
