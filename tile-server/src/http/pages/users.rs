//! The page of all users, and the form of a new one.

use layers::policy::{Assignment, Policy};
use layers::{Language, Municipalities, Text};
use maud::{Markup, html};

use crate::accounts::NAME_MAX;
use crate::accounts::tokens::{Token, TokenKind};
use crate::accounts::users::Account;
use crate::city::City;
use crate::http::answer::Answer;
use crate::municipality_names::MunicipalityNames;

use super::account::moment;
use super::choices::{RoleChoice, role_choice};
use super::login::notice;
use super::user::user_path;
use super::wide::wide;
use super::{page, say};

/// What the page shows.
pub(crate) struct UsersPage {
    pub(crate) accounts: Vec<Account>,
    /// Of all users, with what names them.
    pub(crate) tokens: Vec<(String, Token)>,
    pub(crate) municipalities: MunicipalityNames,
    pub(crate) problem: Option<Text>,
    /// The name and the role of a new user, as they were typed.
    pub(crate) name: String,
    pub(crate) chosen: RoleChoice,
}

/// All users.
pub(crate) fn users(city: &City, language: Language, shown: &UsersPage) -> Answer {
    let body = html! {
        @if let Some(problem) = &shown.problem { (notice(problem, language)) }
        p { (say(
            language,
            "Kdo smí víc než veřejnost. Změna platí hned, na všech serverech; kdo ji udělal, stojí v auditní stopě.",
            "Who may do more than the public. A change holds at once, on all servers; who made it stands in the audit log.",
        )) }
        (wide(say(language, "Uživatelé", "Users"), &html! {
            thead { tr {
                th { (say(language, "Jméno", "Name")) }
                th { (say(language, "Role", "Roles")) }
                th { (say(language, "Stav", "State")) }
                th { (say(language, "Naposledy přihlášen", "Last login")) }
                th { (say(language, "Čím se hlásí", "Logs in by")) }
            } }
            tbody { @for account in &shown.accounts { (row(account, shown, language)) } }
        }))
        (new_user(shown, language))
    };
    page(
        city,
        language,
        say(language, "Uživatelé", "Users"),
        &[],
        &body,
    )
}

fn row(account: &Account, shown: &UsersPage, language: Language) -> Markup {
    let name = &account.user.name;
    let tokens = shown.tokens.iter().map(|(_, token)| token);
    html! { tr {
        td { a href={ (user_path(name)) "?lang=" (language.code()) } { (name) } }
        td { @for (place, held) in account.user.roles.iter().enumerate() {
            @if place > 0 { br; }
            (role(held, &shown.municipalities, language))
        } }
        td { (state(account, language)) }
        td { (last_login(account, language)) }
        td { (credentials(account, tokens.filter(|token| token.user == *name), language)) }
    } }
}

/// Says a role, and of which municipalities it is.
pub(super) fn role(held: &Assignment, known: &MunicipalityNames, language: Language) -> String {
    let found = Policy::in_force().role(&held.role);
    let title = found.map_or(held.role.as_str(), |role| role.title.in_language(language));
    let is_municipal = found.is_none_or(|role| role.municipal);
    if is_municipal || held.municipalities != Municipalities::All {
        return format!("{title}: {}", known.list(&held.municipalities, language));
    }
    title.to_owned()
}

pub(super) fn state(account: &Account, language: Language) -> Markup {
    html! {
        @if account.disabled { span.late { (say(language, "zakázán", "disabled")) } }
        @else { (say(language, "povolen", "enabled")) }
    }
}

pub(super) fn last_login(account: &Account, language: Language) -> Markup {
    html! { @match account.logged_in_at {
        Some(at) => (moment(at, language)),
        None => (say(language, "dosud ne", "not yet")),
    } }
}

/// Names by what somebody can show who they are.
pub(super) fn credentials<'a>(
    account: &Account,
    tokens: impl Iterator<Item = &'a Token>,
    language: Language,
) -> String {
    let (devices, programs): (Vec<_>, Vec<_>) =
        tokens.partition(|token| token.kind == TokenKind::Device);
    let mut kinds = Vec::new();
    if account.by_broker {
        kinds.push(say(language, "účet města", "the city's account").to_owned());
    }
    if account.has_password {
        kinds.push(say(language, "heslo", "password").to_owned());
    }
    for (count, cs, en) in [
        (programs.len(), "tokeny", "tokens"),
        (devices.len(), "zařízení", "devices"),
    ] {
        if count > 0 {
            kinds.push(format!("{}: {count}", say(language, cs, en)));
        }
    }
    if kinds.is_empty() {
        return say(language, "zatím ničím", "nothing yet").to_owned();
    }
    kinds.join(", ")
}

fn new_user(shown: &UsersPage, language: Language) -> Markup {
    html! {
        h2 { (say(language, "Nový uživatel", "A new user")) }
        p { (say(
            language,
            "Kdo se hlásí účtem města, objeví se tu sám po prvním přihlášení; zde se zakládají jen místní účty.",
            "Who logs in with the city's account appears here after the first login; only local accounts are made here.",
        )) }
        form method="post" action={ "/users?lang=" (language.code()) } { div.fields.broad {
            label { (say(language, "Jméno, jak bude stát v historii změn", "The name, as it will stand in the history"))
                span.soft { (say(language, "Písmena, číslice a .-_@, třeba jana.novakova.", "Letters, digits and .-_@, such as jana.novakova.")) }
                input name="name" required maxlength=(NAME_MAX) autocapitalize="none" autocomplete="off"
                    value=(shown.name);
            }
            (role_choice(&shown.chosen, &shown.municipalities, language))
            button { (say(language, "Přidat uživatele", "Add the user")) }
        } }
    }
}
