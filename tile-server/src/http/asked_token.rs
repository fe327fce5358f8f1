//! Which token somebody asks for with the form of the account.

use std::collections::BTreeSet;

use chrono::Days;
use layers::Text;
use layers::policy::Operation;

use crate::accounts::tokens::{Scope, Token, TokenKind};
use crate::rights::User;

use super::credentials::now;
use super::form::Form;
use super::pages;

/// For how many days a token may work at most.
const DAYS_MAX: u64 = 366;
/// How long the name of a token may be, in characters.
const NAME_MAX: usize = 60;

/// Reads which token somebody wants; whatever is asked for, it never does more than its user.
///
/// Where no municipality is ticked, it works for all of the user's.
pub(super) fn asked_token(form: &Form, user: &User) -> Result<Token, Text> {
    let name = form.text("name").trim();
    let days = form.text("days").parse::<u64>();
    let days = days.ok().filter(|days| (1..=DAYS_MAX).contains(days));
    let length = name.chars().count();
    let (Some(days), 1..=NAME_MAX) = (days, length) else {
        return Err(pages::no_such_token(NAME_MAX, DAYS_MAX));
    };
    let (operations, codes) = (operations(form), form.numbers("municipality"));
    let issued_at = now();
    Ok(Token {
        user: user.name.clone(),
        name: name.to_owned(),
        kind: match form.text("kind") {
            "device" => TokenKind::Device,
            _ => TokenKind::Personal,
        },
        scope: match form.text("without-if-match") {
            _ if operations.is_empty() => Scope::Read,
            "" => Scope::ReadAndWrite,
            _ => Scope::EditWithoutIfMatch,
        },
        operations: (operations.len() < Operation::ALL.len()).then_some(operations),
        municipalities: (!codes.is_empty()).then_some(codes),
        issued_at,
        expires_at: issued_at.checked_add_days(Days::new(days)),
        used_on: None,
    })
}

/// Returns the operations whose boxes are ticked.
fn operations(form: &Form) -> BTreeSet<Operation> {
    let is_ticked = |one: &Operation| form.texts("operation").any(|word| word == one.as_str());
    Operation::ALL.into_iter().filter(is_ticked).collect()
}
