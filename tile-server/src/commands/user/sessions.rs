//! `obzor user sessions`: a user's logins in browsers.

use chrono::{DateTime, Utc};

use super::{done, now};
use crate::accounts::registrar::Registrar;
use crate::accounts::{sessions, users};
use crate::commands::print;

/// Lists the logins, or ends them all.
pub(super) fn run(by: &Registrar<'_>, name: &str, end: bool) -> anyhow::Result<()> {
    if end {
        let count = done(users::end_sessions(by, name))?;
        return print(&format!("{name}: přihlášení ukončeno: {count}"));
    }
    for (_, session) in done(sessions::of_user(by.store, name, now()))? {
        let time = |at: DateTime<Utc>| at.format("%-d. %-m. %Y %H:%M UTC").to_string();
        print(&format!(
            "od {}, naposledy {}",
            time(session.began_at),
            time(session.used_at)
        ))?;
    }
    Ok(())
}
