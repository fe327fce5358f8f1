//! Passwords: which are good enough, how they are hashed (Argon2id), and whether one is right.

use std::collections::BTreeSet;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use super::AccountError;

/// The least length, in characters.
pub(crate) const LENGTH_MIN: usize = 12;
/// The greatest length, in characters; more would only cost time.
pub(crate) const LENGTH_MAX: usize = 200;
/// The fewest different characters.
const DIFFERENT_MIN: usize = 5;
/// What one guess costs: KiB of memory, passes over it, threads (OWASP's first choice for Argon2id).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Why a password could be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weakness {
    Short,
    Long,
    Plain,
    SaysWho,
}

impl Weakness {
    /// Says what to do instead, in Czech.
    pub(crate) fn cs(self) -> String {
        match self {
            Self::Short => format!("Heslo musí mít aspoň {LENGTH_MIN} znaků."),
            Self::Long => format!("Heslo smí mít nejvýš {LENGTH_MAX} znaků."),
            Self::Plain => format!("Heslo musí mít aspoň {DIFFERENT_MIN} různých znaků."),
            Self::SaysWho => "Heslo nesmí obsahovat jméno uživatele ani název programu.".to_owned(),
        }
    }

    /// Says what to do instead, in English.
    pub(crate) fn en(self) -> String {
        match self {
            Self::Short => format!("The password must have {LENGTH_MIN} characters at least."),
            Self::Long => format!("The password may have {LENGTH_MAX} characters at most."),
            Self::Plain => {
                format!("The password must have {DIFFERENT_MIN} different characters at least.")
            }
            Self::SaysWho => {
                "The password must not hold the user's name nor the program's.".to_owned()
            }
        }
    }
}

/// Refuses a password of a user that could be guessed.
pub(crate) fn check(user: &str, password: &str) -> Result<(), AccountError> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let different: BTreeSet<_> = lower.chars().collect();
    let weakness = if length < LENGTH_MIN {
        Weakness::Short
    } else if length > LENGTH_MAX {
        Weakness::Long
    } else if different.len() < DIFFERENT_MIN {
        Weakness::Plain
    } else if lower.contains("obzor") || (user.len() > 3 && lower.contains(&user.to_lowercase())) {
        Weakness::SaysWho
    } else {
        return Ok(());
    };
    Err(AccountError::WeakPassword(weakness))
}

/// Hashes a password with a salt of its own; takes a tenth of a second and 19 MB.
pub(crate) fn hash(password: &str) -> Result<String, AccountError> {
    let failed =
        |error: argon2::password_hash::Error| AccountError::HashPassword(error.to_string());
    let hash = argon2().hash_password(password.as_bytes());
    Ok(hash.map_err(failed)?.to_string())
}

/// Whether a password is the one that was hashed; where there is none, as much work is done for nothing.
pub(crate) fn is_right(password: &str, stored: Option<&str>) -> Result<bool, AccountError> {
    let Some(stored) = stored else {
        hash(password)?;
        return Ok(false);
    };
    let parsed = PasswordHash::new(stored);
    let parsed = parsed.map_err(|error| AccountError::HashPassword(error.to_string()))?;
    Ok(argon2()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok())
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, threads) = COST;
    let params = Params::new(memory, passes, threads, None).expect("the cost is within limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let hash = hash("koza leze pro vodu").expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        for (password, stored, expected) in [
            ("koza leze pro vodu", Some(hash.as_str()), true),
            ("koza leze pro vodU", Some(hash.as_str()), false),
            ("koza leze pro vodu", None, false),
        ] {
            assert_eq!(is_right(password, stored).expect("an answer"), expected);
        }
    }

    #[test]
    fn what_could_be_guessed_is_refused() {
        let long = "ab cd ".repeat(40);
        for (password, weakness) in [
            ("koza leze", Some(Weakness::Short)),
            (long.as_str(), Some(Weakness::Long)),
            ("aaaabbbbaaaa", Some(Weakness::Plain)),
            ("Jana.Novakova1", Some(Weakness::SaysWho)),
            ("muj-obzor-2026", Some(Weakness::SaysWho)),
            ("koza leze pro vodu", None),
        ] {
            let refused = match check("jana.novakova", password) {
                Err(AccountError::WeakPassword(weakness)) => Some(weakness),
                _ => None,
            };
            assert_eq!(refused, weakness, "{password}");
        }
    }
}
