//! `obzor user token` and `obzor user revoke`: tokens for programs.

use chrono::Days;
use clap::Args;
use layers::Municipalities;

use super::{NamedUser, done, now};
use crate::accounts::registrar::Registrar;
use crate::accounts::roles::checked;
use crate::accounts::tokens::{self, Scope, Token, TokenKind};
use crate::commands::print;
use crate::municipality_names::MunicipalityNames;

/// What may be typed after `obzor user token`.
#[derive(Args, Debug)]
pub(super) struct TokenArgs {
    #[command(flatten)]
    user: NamedUser,
    /// What to call it in lists.
    #[arg(long, value_name = "TEXT", default_value = "")]
    label: String,
    /// After how many days it stops working; without it, when it is revoked.
    #[arg(long, value_name = "DAYS")]
    expires: Option<u32>,
    /// Only reading.
    #[arg(long)]
    read_only: bool,
    /// May write without saying which version of a feature was seen: for QGIS.
    #[arg(long, conflicts_with = "read_only")]
    edit_without_if_match: bool,
    /// Only for municipalities with these RÚIAN codes, among those of the user.
    #[arg(long = "municipality", value_name = "CODE", num_args = 1..)]
    codes: Vec<i64>,
}

/// Makes a token and prints its secret.
pub(super) fn issue(args: &TokenArgs) -> anyhow::Result<()> {
    let office = args.user.office()?;
    let known = MunicipalityNames::read(&*office.store)?;
    let issued_at = now();
    let end = |days: u32| issued_at.checked_add_days(Days::new(days.into()));
    let only = match done(checked(&args.codes, &known))? {
        Municipalities::All => None,
        Municipalities::Listed(codes) => Some(codes.into_iter().collect()),
    };
    let secret = done(tokens::issue(
        &office.registrar(),
        &Token {
            user: args.user.name.clone(),
            name: args.label.clone(),
            kind: TokenKind::Application,
            scope: match (args.read_only, args.edit_without_if_match) {
                (true, _) => Scope::Read,
                (false, false) => Scope::ReadAndWrite,
                (false, true) => Scope::EditWithoutIfMatch,
            },
            operations: None,
            municipalities: only,
            issued_at,
            expires_at: args.expires.and_then(end),
            used_on: None,
        },
    ))?;
    // Alone on its line, so that a script can take it as it is.
    print(&secret)
}

/// Makes one token useless, or all of the user.
pub(super) fn revoke(by: &Registrar<'_>, name: &str, token: Option<&str>) -> anyhow::Result<()> {
    if let Some(id) = token {
        done(tokens::revoke(by, name, id))?;
        return print(&format!("{name}: token {id} zrušen"));
    }
    let count = done(tokens::revoke_all(by, name))?;
    print(&format!("{name}: tokenů zrušeno: {count}"))
}
