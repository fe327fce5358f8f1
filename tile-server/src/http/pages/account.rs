//! The page of one's own account: password, sessions and tokens.

use chrono::{DateTime, Utc};
use layers::policy::{Policy, Role};
use layers::{Language, Text};
use maud::{Markup, html};

use crate::accounts::sessions::{Session, Visitor};
use crate::accounts::tokens::{Scope, Token, TokenKind};
use crate::city::City;
use crate::http::answer::Answer;
use crate::rights::User;

use super::dataset::day;
use super::login::{LoginProblem, in_words, notice, password};
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
        (tokens(shown, language))
        (new_token(language))
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
    }
}

fn tokens(shown: &AccountPage<'_>, language: Language) -> Markup {
    html! {
        h2 { (say(language, "Tokeny a zařízení", "Tokens and devices")) }
        @if shown.tokens.is_empty() { p.soft { (say(language, "Zatím žádné.", "None yet.")) } }
        @else {
            div.wide { table {
                thead { tr {
                    th { (say(language, "Název", "Name")) }
                    th { (say(language, "Smí", "May")) }
                    th { (say(language, "Platí do", "Works until")) }
                    th { (say(language, "Naposledy použit", "Last used")) }
                    th { (say(language, "Zrušit", "Revoke")) }
                } }
                tbody { @for (id, token) in &shown.tokens { (token_row(id, token, shown.now, language)) } }
            } }
        }
    }
}

fn token_row(id: &str, token: &Token, now: DateTime<Utc>, language: Language) -> Markup {
    html! { tr {
        td { (named(token)) " " span.soft { (kind(token.kind, language)) } }
        td { (scope(token.scope, language)) }
        td {
            @match token.expires_at {
                Some(end) => (day(end.date_naive(), language)),
                None => (say(language, "zrušení", "it is revoked")),
            }
            @if !token.works(now) { " " span.late { (say(language, "neplatí", "over")) } }
        }
        td { @match token.used_on {
            Some(used) => (day(used, language)),
            None => (say(language, "dosud ne", "not yet")),
        } }
        td { form method="post" action={ "/account/tokens/revoke?lang=" (language.code()) } {
            input type="hidden" name="token" value=(id);
            button.plain aria-label={ (say(language, "Zrušit", "Revoke")) " " (named(token)) } {
                (say(language, "Zrušit", "Revoke"))
            }
        } }
    } }
}

/// Returns what a token is called; one without a name was made on the command line.
pub(super) fn named(token: &Token) -> &str {
    if token.name.is_empty() {
        "obzor user token"
    } else {
        &token.name
    }
}

pub(super) fn kind(kind: TokenKind, language: Language) -> &'static str {
    match kind {
        TokenKind::Personal => say(language, "program", "program"),
        TokenKind::Application => say(language, "jiný systém", "another system"),
        TokenKind::Device => say(language, "zařízení", "device"),
    }
}

pub(super) fn scope(scope: Scope, language: Language) -> &'static str {
    match scope {
        Scope::Read => say(language, "číst", "read"),
        Scope::ReadAndWrite => say(language, "číst i zapisovat", "read and write"),
    }
}

fn new_token(language: Language) -> Markup {
    let option = |value: &str, title: &str| html! { option value=(value) { (title) } };
    html! {
        h3 { (say(language, "Nový token", "New token")) }
        form method="post" action={ "/account/tokens?lang=" (language.code()) } { div.fields {
            label { (say(language, "Název, podle kterého ho poznáte", "A name by which you know it"))
                input name="name" required maxlength="60" autocomplete="off";
            }
            label { (say(language, "K čemu je", "What it is for"))
                select name="kind" {
                    (option("personal", say(language, "program, třeba QGIS", "a program, such as QGIS")))
                    (option("device", say(language, "telefon nebo tablet", "a phone or tablet")))
                }
            }
            label { (say(language, "Co smí", "What it may do"))
                select name="scope" {
                    (option("read", scope(Scope::Read, language)))
                    (option("read-and-write", scope(Scope::ReadAndWrite, language)))
                }
            }
            label { (say(language, "Kolik dní platí", "For how many days it works"))
                input name="days" type="number" min="1" max="366" value="90" required;
            }
            button { (say(language, "Vytvořit token", "Make the token")) }
        } }
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
    let time = |at: DateTime<Utc>| html! { (day(at.date_naive(), language)) " " (at.format("%H:%M")) " UTC" };
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

/// Says what a token must have.
pub(crate) fn no_such_token(name_max: usize, days_max: u64) -> Text {
    Text {
        cs: format!("Token potřebuje název do {name_max} znaků a platnost 1 až {days_max} dní."),
        en: format!(
            "A token needs a name of at most {name_max} characters and 1 to {days_max} days."
        ),
    }
}
