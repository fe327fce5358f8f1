//! `obzor user password` and `obzor user link`: two ways to a password.

use std::io::{self, BufRead, IsTerminal};

use anyhow::Context;

use super::{done, now};
use crate::accounts::registrar::Registrar;
use crate::accounts::{links, passwords, users};
use crate::commands::{Refused, print};
use crate::config::Config;

/// Where a browser on the server's own machine finds it, unless the configuration says otherwise.
const HERE: &str = "http://127.0.0.1:8080";

/// Asks for a password and sets it.
pub(super) fn set(by: &Registrar<'_>, name: &str) -> anyhow::Result<()> {
    let password = ask(name)?;
    done(passwords::check(name, &password))?;
    let hash = done(passwords::hash(&password))?;
    done(users::set_password(by, name, &hash))?;
    print(&format!(
        "{name}: heslo nastaveno, přihlášení v prohlížečích skončila"
    ))
}

/// Prints a one-time link of a user.
pub(super) fn link(by: &Registrar<'_>, config: &Config, name: &str) -> anyhow::Result<()> {
    let secret = done(links::make(by, name, now()))?;
    let base = config.public_url.as_deref().unwrap_or(HERE);
    print(&links::address(base, &secret))
}

fn ask(name: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin()
            .lock()
            .read_line(&mut line)
            .context("standard input cannot be read")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let ask = |question: String| {
        rpassword::prompt_password(question).context("the terminal cannot be read")
    };
    let password = ask(format!("Nové heslo pro {name}: "))?;
    if ask("Ještě jednou: ".to_owned())? != password {
        return Err(Refused("hesla nejsou stejná".to_owned()).into());
    }
    Ok(password)
}
