//! Tokens on the pages of the account and of the users: what each may do, and the form of a new one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use layers::policy::{Operation, Policy};
use layers::{Language, Municipalities, Text};
use maud::{Markup, html};

use crate::accounts::tokens::{Scope, Token, TokenKind};
use crate::municipality_names::MunicipalityNames;
use crate::rights::User;

use super::choices::municipality_ticks;
use super::dataset::day;
use super::rights::operation;
use super::say;
use super::wide::wide;

/// The tokens of somebody, each with a button that sends its id to `revoke`.
pub(super) fn token_table(
    tokens: &[(String, Token)],
    known: &MunicipalityNames,
    now: DateTime<Utc>,
    revoke: &str,
    language: Language,
) -> Markup {
    html! {
        @if tokens.is_empty() { p.soft { (say(language, "Zatím žádné.", "None yet.")) } }
        @else {
            (wide(say(language, "Tokeny", "Tokens"), &html! {
                thead { tr {
                    th { (say(language, "Název", "Name")) }
                    th { (say(language, "Smí", "May")) }
                    th { (say(language, "Platí do", "Works until")) }
                    th { (say(language, "Naposledy použit", "Last used")) }
                    th { (say(language, "Zrušit", "Revoke")) }
                } }
                tbody { @for (id, token) in tokens { tr {
                    (facts(token, known, now, language))
                    td { form method="post" action={ (revoke) "?lang=" (language.code()) } {
                        input type="hidden" name="token" value=(id);
                        button.plain aria-label={ (say(language, "Zrušit", "Revoke")) " " (named(token)) } {
                            (say(language, "Zrušit", "Revoke"))
                        }
                    } }
                } } }
            }))
        }
    }
}

fn facts(
    token: &Token,
    known: &MunicipalityNames,
    now: DateTime<Utc>,
    language: Language,
) -> Markup {
    html! {
        td { (named(token)) " " span.soft { (kind(token.kind, language)) } }
        td { (may(token, known, language)) }
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
    }
}

/// Returns what a token is called; one without a name was made on the command line.
fn named(token: &Token) -> &str {
    if token.name.is_empty() {
        "obzor user token"
    } else {
        &token.name
    }
}

fn kind(kind: TokenKind, language: Language) -> &'static str {
    match kind {
        TokenKind::Personal => say(language, "program", "program"),
        TokenKind::Application => say(language, "jiný systém", "another system"),
        TokenKind::Device => say(language, "zařízení", "device"),
    }
}

/// Says what may be done with a token, and for which municipalities if not for all of its user's.
fn may(token: &Token, known: &MunicipalityNames, language: Language) -> String {
    let mut words = vec![say(language, "číst", "read")];
    if token.scope.writes() {
        let all = Operation::ALL.into();
        let left = token.operations.as_ref().unwrap_or(&all);
        words.extend(left.iter().map(|one| operation(*one, language)));
    }
    if token.scope == Scope::EditWithoutIfMatch {
        words.push(say(
            language,
            "i bez If-Match (QGIS)",
            "also without If-Match (QGIS)",
        ));
    }
    let words = words.join(", ");
    let Some(codes) = &token.municipalities else {
        return words;
    };
    let only = Municipalities::Listed(codes.iter().copied().collect());
    format!("{words} – {}", known.list(&only, language))
}

/// The form of a new token: what its user may do, less what is not ticked.
pub(super) fn new_token(user: &User, known: &MunicipalityNames, language: Language) -> Markup {
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
            label { (say(language, "Kolik dní platí", "For how many days it works"))
                input name="days" type="number" min="1" max="366" value="90" required;
            }
            (operation_ticks(user, language))
            @if let Some(own) = own_municipalities(user, known) {
                details {
                    summary { (say(language, "Jen pro některé obce", "For some municipalities only")) }
                    (municipality_ticks(own, &[], say(
                        language,
                        "Obce, pro které token platí; bez zaškrtnutí platí pro všechny vaše.",
                        "The municipalities for which it works; with none ticked, for all of yours.",
                    )))
                }
            }
            button { (say(language, "Vytvořit token", "Make the token")) }
        } }
    }
}

fn operation_ticks(user: &User, language: Language) -> Markup {
    let own = own_operations(user);
    html! {
        @if own.is_empty() {
            p.soft { (say(language, "Token bude jen číst, co vidíte vy.", "The token will only read what you see.")) }
        } @else {
            fieldset {
                legend { (say(language, "Co smí s prvky kromě čtení", "What it may do with features beside reading them")) }
                @for one in own {
                    label.tick { input type="checkbox" name="operation" value=(one.as_str()); (operation(one, language)) }
                }
            }
            label.tick {
                input type="checkbox" name="without-if-match" value="yes";
                (say(
                    language,
                    "Pro QGIS: smí zapisovat, aniž řekne, kterou verzi prvku viděl; server to odvodí z toho, co mu \
                     naposledy ukázal, a co by přepsalo cizí změnu, odloží k rozhodnutí.",
                    "For QGIS: may write without saying which version of a feature was seen; the server works it out \
                     from what it showed, and keeps for a decision what would overwrite somebody else's change.",
                ))
            }
        }
    }
}

/// Returns what somebody does with features of any layer.
fn own_operations(user: &User) -> BTreeSet<Operation> {
    let policy = Policy::in_force();
    let roles: Vec<_> = user
        .roles
        .iter()
        .filter_map(|held| policy.role(&held.role))
        .collect();
    let does = |one: &Operation| {
        let mut classes = policy.classes.iter();
        classes.any(|class| roles.iter().any(|role| role.does(*one, &class.id)))
    };
    Operation::ALL.into_iter().filter(does).collect()
}

/// Returns the municipalities for which somebody has a role; none when there is nothing to choose from.
fn own_municipalities<'a>(
    user: &User,
    known: &'a MunicipalityNames,
) -> Option<Vec<(i64, &'a str)>> {
    let own = user.roles.iter().fold(Municipalities::NONE, |own, held| {
        own.and(&held.municipalities)
    });
    let is_own = |code: &i64| match &own {
        Municipalities::All => true,
        Municipalities::Listed(codes) => codes.contains(code),
    };
    let own: Vec<_> = known.iter().filter(|(code, _)| is_own(code)).collect();
    (own.len() > 1).then_some(own)
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
