//! Who may do more than the public and how they show it: users, passwords, sessions, tokens and one-time links.
//!
//! All of them are records of the office. A secret is kept only as its SHA-256, a password only as its Argon2 hash.

use layers::StoreError;

mod counter;
pub(crate) mod guard;
pub(crate) mod links;
pub(crate) mod passwords;
mod records;
pub(crate) mod refusals;
pub(crate) mod registrar;
pub(crate) mod roles;
pub(crate) mod sealed;
mod secret;
pub(crate) mod sessions;
pub(crate) mod tokens;
mod user_record;
pub(crate) mod users;

/// How long a user's name may be.
pub(crate) const NAME_MAX: usize = 100;

/// Why the accounts stayed as they were.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// The name cannot stand in the history.
    #[error("`{0}` is no name of a user: write 1 to {NAME_MAX} letters, digits or `.-_@`")]
    BadName(String),
    /// There is such a user.
    #[error("there is a user {0} already")]
    UserExists(String),
    /// There is no such user.
    #[error("there is no user {0}; `obzor user list` names all")]
    NoSuchUser(String),
    /// The user has no such token.
    #[error("there is no token {0}; `obzor user list` names all")]
    NoSuchToken(String),
    /// The policy has no such role.
    #[error("there is no role `{0}`; there are {list}", list = roles::known())]
    NoSuchRole(String),
    /// The role is for some municipalities, and none was named.
    #[error(
        "role {0} is for municipalities: name them by --municipality CODE, or say --all-municipalities"
    )]
    NoMunicipality(String),
    /// The role is for all municipalities, and some were named.
    #[error("role {0} is for all municipalities: name none")]
    ForAllMunicipalities(String),
    /// There are no municipalities with these codes.
    #[error("there are no municipalities with the codes {0:?}")]
    NoSuchMunicipalities(Vec<i64>),
    /// Nobody who can log in would be left to give rights to others.
    #[error("{0} is the only administrator who can log in; let another one log in first")]
    LastAdministrator(String),
    /// The one-time link is wrong, used or too old.
    #[error("the link does not work: it was used, it is too old, or it is not whole")]
    NoSuchLink,
    /// The password could be guessed.
    #[error("{}", .0.en())]
    WeakPassword(passwords::Weakness),
    /// A password cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    HashPassword(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    DrawSecret(getrandom::Error),
    /// A record is not what it should be.
    #[error("the record {0} cannot be read")]
    ReadRecord(String),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
