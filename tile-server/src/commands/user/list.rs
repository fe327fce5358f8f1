//! `obzor user list`: every user with what it may do, and its tokens.

use chrono::{DateTime, Utc};
use layers::Store;

use super::roles::described;
use super::{done, now};
use crate::accounts::tokens::{self, Scope, Token, TokenKind};
use crate::accounts::users;
use crate::commands::print;
use crate::municipality_names::MunicipalityNames;

/// Prints the list.
pub(super) fn run(store: &dyn Store) -> anyhow::Result<()> {
    let tokens = done(tokens::all(store))?;
    for account in done(users::all(store))? {
        let user = &account.user;
        let mut marks = String::new();
        if account.has_password {
            marks.push_str(", má heslo");
        }
        if account.disabled {
            marks.push_str(", zakázán");
        }
        let nameless = MunicipalityNames::default();
        let roles = user.roles.iter().map(|one| described(one, &nameless));
        let roles: Vec<_> = roles.collect();
        print(&format!("{}: {}{marks}", user.name, roles.join(", ")))?;
        for (id, token) in tokens.iter().filter(|(_, token)| token.user == user.name) {
            print(&format!("  {}", line(id, token)))?;
        }
    }
    Ok(())
}

fn line(id: &str, token: &Token) -> String {
    let day = |at: DateTime<Utc>| at.format("%-d. %-m. %Y").to_string();
    let end = token.expires_at.map_or_else(|| "zrušení".to_owned(), day);
    let kind = match token.kind {
        TokenKind::Personal => "osobní",
        TokenKind::Application => "pro systém",
        TokenKind::Device => "zařízení",
    };
    let scope = match token.scope {
        Scope::Read => "jen čte",
        Scope::ReadAndWrite => "čte i zapisuje",
        Scope::EditWithoutIfMatch => "čte i zapisuje, i bez If-Match",
    };
    let mut line = format!(
        "token {id} {kind}, {scope}, vydán {}, platí do {end}",
        day(token.issued_at)
    );
    if !token.name.is_empty() {
        line = format!("{line}, „{}“", token.name);
    }
    if let Some(used) = token.used_on {
        line = format!("{line}, použit {}", used.format("%-d. %-m. %Y"));
    }
    if !token.works(now()) {
        line.push_str(", neplatí");
    }
    line
}
