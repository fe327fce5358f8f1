//! The page on which an administrator looks after one user.

use chrono::{DateTime, Utc};
use layers::policy::Policy;
use layers::{Language, Text};
use maud::{Markup, html};

use crate::accounts::sessions::Session;
use crate::accounts::tokens::Token;
use crate::accounts::users::Account;
use crate::city::City;
use crate::http::answer::Answer;
use crate::municipality_names::MunicipalityNames;

use super::account::moment;
use super::choices::{RoleChoice, role_choice};
use super::login::notice;
use super::tokens::token_table;
use super::users::{credentials, last_login, role, state};
use super::{page, say};

/// What just happened.
pub(crate) enum UserNotice {
    Nothing,
    /// A one-time link was made; this is its address.
    Link(String),
    /// Something must be mended.
    Problem(Text),
}

/// What the page shows.
pub(crate) struct UserPage {
    pub(crate) account: Account,
    /// With their keys.
    pub(crate) sessions: Vec<(String, Session)>,
    /// With what names them.
    pub(crate) tokens: Vec<(String, Token)>,
    pub(crate) municipalities: MunicipalityNames,
    pub(crate) now: DateTime<Utc>,
    pub(crate) notice: UserNotice,
    /// The role to add, as it was chosen.
    pub(crate) chosen: RoleChoice,
}

/// Returns the path of a user's page.
pub(crate) fn user_path(name: &str) -> String {
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("/users/{name}")
}

/// Everything about one user.
pub(crate) fn user(city: &City, language: Language, shown: &UserPage) -> Answer {
    let account = &shown.account;
    let name = &account.user.name;
    let tokens = shown.tokens.iter().map(|(_, token)| token);
    let body = html! {
        @match &shown.notice {
            UserNotice::Nothing => {},
            UserNotice::Link(address) => (fresh_link(address, language)),
            UserNotice::Problem(problem) => (notice(problem, language)),
        }
        dl {
            dt { (say(language, "Stav", "State")) } dd { (state(account, language)) }
            dt { (say(language, "Naposledy přihlášen", "Last login")) } dd { (last_login(account, language)) }
            dt { (say(language, "Čím se hlásí", "Logs in by")) } dd { (credentials(account, tokens, language)) }
        }
        (roles(shown, language))
        @if !account.by_broker && !account.disabled { (password_link(account, language)) }
        (sessions(shown, language))
        h2 { (say(language, "Tokeny a zařízení", "Tokens and devices")) }
        (token_table(&shown.tokens, &shown.municipalities, shown.now, &act(name, "tokens/revoke"), language))
        @if shown.tokens.len() > 1 {
            (button(name, "tokens/revoke", say(language, "Zrušit všechny", "Revoke all"), language))
        }
        (access(account, language))
    };
    let trail = [(say(language, "Uživatelé", "Users"), "/users")];
    page(city, language, name, &trail, &body)
}

/// Returns the address to which a form about a user goes.
fn act(name: &str, act: &str) -> String {
    format!("{}/{act}", user_path(name))
}

/// A form that is nothing but a button.
fn button(name: &str, to: &str, title: &str, language: Language) -> Markup {
    html! {
        form method="post" action={ (act(name, to)) "?lang=" (language.code()) } { button.plain { (title) } }
    }
}

fn fresh_link(address: &str, language: Language) -> Markup {
    html! {
        div.notice role="status" {
            p { (say(
                language,
                "Odkaz je vytvořen. Zkopírujte ho a předejte uživateli jen vy; znovu se neukáže. Platí jednou a 24 hodin, kdo ho \
                 otevře, zvolí si heslo.",
                "The link is made. Copy it and hand it to the user yourself; it is not shown again. It works once, within 24 \
                 hours; whoever opens it chooses the password.",
            )) }
            code.secret { (address) }
        }
    }
}

fn roles(shown: &UserPage, language: Language) -> Markup {
    let user = &shown.account.user;
    html! {
        h2 { "Role" @if language == Language::English { "s" } }
        @if user.roles.is_empty() { p.soft { (say(language, "Žádná: vidí to co veřejnost.", "None: sees what the public sees.")) } }
        ul.rows { @for held in &user.roles { li {
            span { (role(held, &shown.municipalities, language)) }
            @if !shown.account.by_broker { (withdrawal(&user.name, &held.role, language)) }
        } } }
        @if shown.account.by_broker {
            p { (say(
                language,
                "Role určují skupiny v přihlašovací službě města; zde se nemění. Zakázat lze uživatele i zde.",
                "The roles come from the groups of the city's login service and are not changed here. The user can be disabled here.",
            )) }
        } @else {
            h3 { (say(language, "Přidat roli", "Add a role")) }
            p.soft { (say(
                language,
                "Roli, kterou už uživatel má, tím změníte obce: platí jen ty, které teď zaškrtnete.",
                "For a role that the user has already, this changes the municipalities: those ticked now are all.",
            )) }
            form method="post" action={ (act(&user.name, "roles")) "?lang=" (language.code()) } { div.fields.broad {
                (role_choice(&shown.chosen, &shown.municipalities, language))
                button { (say(language, "Přidat roli", "Add the role")) }
            } }
        }
    }
}

fn withdrawal(name: &str, role: &str, language: Language) -> Markup {
    let title = Policy::in_force().role(role);
    let title = title.map_or(role, |role| role.title.in_language(language));
    let word = say(language, "Odebrat", "Withdraw");
    html! {
        form method="post" action={ (act(name, "roles/withdraw")) "?lang=" (language.code()) } {
            input type="hidden" name="role" value=(role);
            button.plain aria-label={ (word) " " (title) } { (word) }
        }
    }
}

fn password_link(account: &Account, language: Language) -> Markup {
    html! {
        h2 { (say(language, "Heslo", "Password")) }
        p {
            @if account.has_password {
                (say(language, "Zapomněl-li uživatel heslo, vytvořte mu odkaz k novému.", "For a forgotten password, make a link to a new one."))
            } @else {
                (say(language, "Uživatel zatím nemá heslo. Vytvořte mu odkaz, na kterém si ho zvolí.", "The user has no password yet. Make a link with which to choose one."))
            }
            " " (say(language, "Starší odkazy tím přestanou platit.", "Older links stop working."))
        }
        (button(&account.user.name, "link", say(language, "Vytvořit odkaz k nastavení hesla", "Make a link to set the password"), language))
    }
}

fn sessions(shown: &UserPage, language: Language) -> Markup {
    html! {
        h2 { (say(language, "Přihlášení v prohlížečích", "Logins in browsers")) }
        @if shown.sessions.is_empty() { p.soft { (say(language, "Teď žádné.", "None now.")) } }
        @else {
            ul { @for (_, session) in &shown.sessions { li {
                (say(language, "od", "since")) " " (moment(session.began_at, language)) ", "
                (say(language, "naposledy", "last")) " " (moment(session.used_at, language))
            } } }
            (button(&shown.account.user.name, "sessions/end", say(language, "Ukončit všechna přihlášení", "End all logins"), language))
        }
    }
}

fn access(account: &Account, language: Language) -> Markup {
    let name = &account.user.name;
    html! {
        h2 { (say(language, "Přístup", "Access")) }
        @if account.disabled {
            p { (say(language, "Uživatel se nepřihlásí a jeho tokeny neplatí.", "The user cannot log in and the tokens do not work.")) }
            (button(name, "enable", say(language, "Povolit uživatele", "Enable the user"), language))
        } @else {
            p { (say(
                language,
                "Zákazem skončí všechna přihlášení a přestanou platit tokeny; povolením začnou tokeny zase platit. Co uživatel \
                 udělal, zůstává v historii.",
                "Disabling ends all logins and makes the tokens rest; enabling makes them work again. What the user did stays in \
                 the history.",
            )) }
            (button(name, "disable", say(language, "Zakázat uživatele", "Disable the user"), language))
        }
    }
}
