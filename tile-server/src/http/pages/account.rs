//! The page of one's own account: password, sessions and tokens.

use chrono::{DateTime, Utc};
use layers::policy::{Duty, Policy, Role};
use layers::{Language, Text};
use maud::{Markup, html};

use crate::accounts::sessions::{Session, Visitor};
use crate::accounts::tokens::Token;
use crate::city::City;
use crate::http::answer::Answer;
use crate::municipality_names::MunicipalityNames;
use crate::rights::User;

use super::dataset::day;
use super::login::{LoginProblem, in_words, notice, password};
use super::tokens::{new_token, token_table};
use super::{page, say};

/// What just happened.
pub(crate) enum Notice {
    Nothing,
    /// A token was made; this is its secret.
    Secret(String),
    /// The password stays, because the present one was not shown.
    NotChanged(LoginProblem),
    /// Something must be mended.
    Problem(Text),
}

/// What the page shows.
pub(crate) struct AccountPage<'a> {
    pub(crate) visitor: &'a Visitor,
    pub(crate) has_password: bool,
    /// With their keys.
    pub(crate) sessions: Vec<(String, Session)>,
    /// With what names them.
    pub(crate) tokens: Vec<(String, Token)>,
    pub(crate) municipalities: MunicipalityNames,
    /// How many conflicts wait for this user; none for who decides none.
    pub(crate) open_conflicts: Option<u64>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) notice: Notice,
}

/// Everything about one's own account.
pub(crate) fn account(city: &City, language: Language, shown: &AccountPage<'_>) -> Answer {
    let lang = language.code();
    let body = html! {
        @match &shown.notice {
            Notice::Nothing => {},
            Notice::Secret(secret) => (fresh_secret(secret, language)),
            Notice::NotChanged(problem) => (notice(&in_words(*problem), language)),
            Notice::Problem(problem) => (notice(problem, language)),
        }
        p.lead { (say(language, "Přihlášen:", "Logged in:")) " " strong { (shown.visitor.user.name) } }
        form method="post" action={ "/logout?lang=" (lang) } { button { (say(language, "Odhlásit se", "Log out")) } }
        (roles(&shown.visitor.user, language))
        @if let Some(count) = shown.open_conflicts {
            p { a href={ "/conflicts?lang=" (lang) } { (say(language, "Konflikty k rozhodnutí", "Conflicts to decide")) }
                ": " strong.number { (count) }
            }
        }
        h2 { (say(language, "Tokeny a zařízení", "Tokens and devices")) }
        (token_table(&shown.tokens, &shown.municipalities, shown.now, "/account/tokens/revoke", language))
        (new_token(&shown.visitor.user, &shown.municipalities, language))
        @if shown.has_password { (new_password(&shown.visitor.user.name, language)) }
        (sessions(shown, language))
    };
    page(city, language, say(language, "Účet", "Account"), &[], &body)
}

fn fresh_secret(secret: &str, language: Language) -> Markup {
    html! {
        div.notice role="status" {
            p { (say(
                language,
                "Token je vytvořen. Zkopírujte si ho hned, znovu se neukáže. V QGIS je to heslo, jméno může být jakékoli.",
                "The token is made. Copy it now, it is not shown again. In QGIS it is the password, with any name.",
            )) }
            code.secret { (secret) }
        }
    }
}

/// Names the roles of a user, each with where it is explained.
fn roles(user: &User, language: Language) -> Markup {
    let roles = user.roles.iter();
    let roles: Vec<&Role> = roles
        .filter_map(|held| Policy::in_force().role(&held.role))
        .collect();
    html! {
        p { (say(language, "Role:", "Roles:"))
            @for role in &roles {
                " " a href={ "/rights?lang=" (language.code()) "#" (role.id) } { (role.title.in_language(language)) }
            }
            @if roles.is_empty() { " " (say(language, "žádné", "none")) }
        }
        @if user.has(Duty::Administer) {
            p { a href={ "/users?lang=" (language.code()) } { (say(language, "Spravovat uživatele", "Manage users")) } }
        }
    }
}

fn new_password(name: &str, language: Language) -> Markup {
    html! {
        h2 { (say(language, "Heslo", "Password")) }
        p { (say(
            language,
            "Změna hesla ukončí všechna ostatní přihlášení. Tokeny platí dál.",
            "A new password ends all other logins. Tokens go on working.",
        )) }
        form method="post" action={ "/account/password?lang=" (language.code()) } { div.fields {
            // Programs that keep passwords want to know whose it is.
            input name="name" autocomplete="username" value=(name) readonly hidden;
            (password(language, "current", say(language, "Dosavadní heslo", "Present password"), "current-password"))
            (password(language, "password", say(language, "Nové heslo", "New password"), "new-password"))
            (password(language, "again", say(language, "Nové heslo znovu", "New password again"), "new-password"))
            button { (say(language, "Změnit heslo", "Change the password")) }
        } }
    }
}

fn sessions(shown: &AccountPage<'_>, language: Language) -> Markup {
    let time = |at: DateTime<Utc>| moment(at, language);
    html! {
        h2 { (say(language, "Přihlášení v prohlížečích", "Logins in browsers")) }
        ul { @for (key, session) in &shown.sessions { li {
            (say(language, "od", "since")) " " (time(session.began_at)) ", "
            (say(language, "naposledy", "last")) " " (time(session.used_at))
            @if *key == shown.visitor.session { " – " strong { (say(language, "toto", "this one")) } }
        } } }
        @if shown.sessions.len() > 1 {
            form method="post" action={ "/account/sessions/end?lang=" (language.code()) } {
                button.plain { (say(language, "Ukončit ostatní přihlášení", "End the other logins")) }
            }
        }
    }
}

/// Says when something was, to the minute.
pub(super) fn moment(at: DateTime<Utc>, language: Language) -> Markup {
    html! { (day(at.date_naive(), language)) " " (at.format("%H:%M")) " UTC" }
}
