//! The page on which somebody logs in, and the problems of accounts in plain words.

use actix_web::http::header::HeaderName;
use layers::{Language, Text};
use maud::{Markup, html};

use crate::accounts::{AccountError, NAME_MAX};
use crate::city::City;
use crate::http::answer::Answer;

use super::{PageHead, page, page_with, say};

/// Why nobody was logged in; who exists is not told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LoginProblem {
    /// The name or the password.
    Wrong,
    /// Too many attempts.
    TooOften { seconds: u64 },
}

/// What the page shows.
pub(crate) struct LoginPage<'a> {
    /// Where to go afterwards.
    pub(crate) next: &'a str,
    pub(crate) problem: Option<LoginProblem>,
    /// Whether people may come by the broker too.
    pub(crate) by_broker: bool,
}

/// Why the broker let nobody in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BrokerProblem {
    /// The login was begun in another browser, too long ago, or is over.
    NotBegunHere,
    /// The broker, or what it sent, does not say that this is somebody.
    Refused,
    /// Nothing may be done by any of the groups.
    NoRole,
    /// Somebody else here has the name.
    NameTaken,
    /// The broker cannot be asked.
    Away,
}

/// The form with name and password.
pub(crate) fn login(city: &City, language: Language, shown: &LoginPage<'_>) -> Answer {
    let body = html! {
        @if let Some(problem) = shown.problem { (notice(&in_words(problem), language)) }
        @if shown.by_broker {
            p { a.button href={ "/login/oidc?lang=" (language.code()) (kept("next", shown.next)) } {
                (say(language, "Přihlásit se účtem města", "Log in with the city's account"))
            } }
            h2 { (say(language, "Místní účet", "Local account")) }
        }
        form method="post" action={ "/login?lang=" (language.code()) } {
            div.fields {
                input type="hidden" name="next" value=(shown.next);
                label { (say(language, "Jméno", "Name"))
                    input name="name" autocomplete="username" autocapitalize="none" required maxlength=(NAME_MAX);
                }
                (password(language, "password", say(language, "Heslo", "Password"), "current-password"))
                button { (say(language, "Přihlásit se", "Log in")) }
            }
        }
        p.soft { (say(
            language,
            "Účet a odkaz k nastavení hesla dává správce. QGIS a jiné programy se hlásí tokenem z vašeho účtu.",
            "The administrator gives you an account and a link to set its password. QGIS and other programs log in with \
             a token of your account.",
        )) }
    };
    let head = PageHead {
        query: kept("next", shown.next),
        ..PageHead::default()
    };
    let title = say(language, "Přihlášení", "Log in");
    page_with(city, language, title, &[], &head, &body)
}

/// Says why the broker let nobody in, and where to begin again.
pub(crate) fn not_logged_in(city: &City, language: Language, problem: BrokerProblem) -> Answer {
    let (cs, en) = match problem {
        BrokerProblem::NotBegunHere => (
            "Toto přihlášení nezačalo v tomto prohlížeči, trvalo moc dlouho, nebo už proběhlo.",
            "This login was not begun in this browser, took too long, or is over.",
        ),
        BrokerProblem::Refused => (
            "Přihlašovací služba města přihlášení nepotvrdila.",
            "The city's login service did not confirm the login.",
        ),
        BrokerProblem::NoRole => (
            "Váš účet tu zatím nemá žádnou roli. Požádejte o ni správce.",
            "Your account has no role here yet. Ask the administrator for one.",
        ),
        BrokerProblem::NameTaken => (
            "Jméno vašeho účtu tu už má někdo jiný, nebo ho tu nelze použít. Obraťte se na správce.",
            "Somebody else has the name of your account here, or it cannot be used here. Ask the administrator.",
        ),
        BrokerProblem::Away => (
            "Přihlašovací služba města teď neodpovídá. Zkuste to za chvíli.",
            "The city's login service does not answer now. Try again in a moment.",
        ),
    };
    let body = html! {
        p.notice role="alert" { (say(language, cs, en)) }
        p { a href={ "/login?lang=" (language.code()) } { (say(language, "Přihlásit se znovu", "Log in again")) } }
    };
    page(
        city,
        language,
        say(language, "Nepřihlášeno", "Not logged in"),
        &[],
        &body,
    )
}

/// Says that somebody is logged out here, and leads on to the broker.
///
/// Not by a redirect: the security policy of pages lets no form lead elsewhere.
pub(crate) fn logged_out(city: &City, language: Language, address: &str) -> Answer {
    let body = html! {
        p { (say(language, "Tady jste odhlášeni.", "You are logged out here.")) }
        p { a.button href=(address) {
            (say(language, "Odhlásit se i z účtu města", "Log out of the city's account too"))
        } }
    };
    let title = say(language, "Odhlášeno", "Logged out");
    let refresh = HeaderName::from_static("refresh");
    page(city, language, title, &[], &body).with(refresh, format!("0;url={address}"))
}

/// What is wrong, where a reader of the screen hears it first.
pub(super) fn notice(text: &Text, language: Language) -> Markup {
    html! { p.notice role="alert" { (text.in_language(language)) } }
}

/// A field for a password.
pub(super) fn password(language: Language, name: &str, title: &str, purpose: &str) -> Markup {
    use crate::accounts::passwords::{LENGTH_MAX, LENGTH_MIN};
    let is_new = purpose == "new-password";
    html! {
        label { (title)
            @if is_new && name == "password" {
                span.soft {
                    (say(language, "Aspoň", "At least")) " " (LENGTH_MIN) " "
                    (say(language, "znaků, nejlépe několik slov.", "characters; several words are best."))
                }
            }
            input type="password" name=(name) autocomplete=(purpose) required maxlength=(LENGTH_MAX)
                minlength=[is_new.then_some(LENGTH_MIN)];
        }
    }
}

/// Returns a parameter as it goes on in an address.
pub(super) fn kept(name: &str, value: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("&{}", query.append_pair(name, value).finish())
}

/// Says why nobody was logged in.
pub(super) fn in_words(problem: LoginProblem) -> Text {
    match problem {
        LoginProblem::Wrong => Text {
            cs: "Jméno nebo heslo nesouhlasí.".to_owned(),
            en: "The name or the password is wrong.".to_owned(),
        },
        LoginProblem::TooOften { seconds } => {
            let minutes = seconds.div_ceil(60);
            Text {
                cs: format!("Příliš mnoho pokusů. Zkuste to znovu za {minutes} min."),
                en: format!("Too many attempts. Try again in {minutes} min."),
            }
        }
    }
}

/// Says what a person can mend; nothing when it is not theirs to mend.
pub(crate) fn in_plain_words(error: &AccountError) -> Option<Text> {
    let (cs, en) = match error {
        AccountError::WeakPassword(weakness) => (weakness.cs(), weakness.en()),
        AccountError::BadName(_) => (
            format!("Jméno má mít 1 až {NAME_MAX} znaků: písmena, číslice a .-_@."),
            format!("A name has 1 to {NAME_MAX} characters: letters, digits and .-_@."),
        ),
        AccountError::UserExists(_) => (
            "Uživatel toho jména už je.".to_owned(),
            "There is a user of that name already.".to_owned(),
        ),
        AccountError::NoSuchUser(_) => (
            "Takový uživatel není.".to_owned(),
            "There is no such user.".to_owned(),
        ),
        AccountError::NoSuchRole(_) => (
            "Vyberte roli ze seznamu.".to_owned(),
            "Choose a role of the list.".to_owned(),
        ),
        AccountError::NoMunicipality(_) => (
            "Tato role platí pro určité obce. Zaškrtněte aspoň jednu, nebo všechny.".to_owned(),
            "This role is for municipalities. Tick one at least, or all of them.".to_owned(),
        ),
        AccountError::ForAllMunicipalities(_) => (
            "Tato role platí vždy pro všechny obce; žádnou nezaškrtávejte.".to_owned(),
            "This role is always for all municipalities; tick none.".to_owned(),
        ),
        AccountError::NoSuchMunicipalities(_) => (
            "Vyberte obce ze seznamu.".to_owned(),
            "Choose municipalities of the list.".to_owned(),
        ),
        AccountError::LastAdministrator(name) => (
            format!(
                "{name} je jediný správce, který se může přihlásit, proto zůstává. Nejdřív ať se přihlásí jiný správce."
            ),
            format!(
                "{name} is the only administrator who can log in, and therefore stays. Let another one log in first."
            ),
        ),
        AccountError::NoSuchLink => (
            "Odkaz už neplatí. O nový požádejte správce.".to_owned(),
            "The link does not work any more. Ask the administrator for another.".to_owned(),
        ),
        _ => return None,
    };
    Some(Text { cs, en })
}

/// Says that a password was typed differently the second time.
pub(crate) fn not_the_same() -> Text {
    Text {
        cs: "Hesla nejsou stejná.".to_owned(),
        en: "The passwords are not the same.".to_owned(),
    }
}
