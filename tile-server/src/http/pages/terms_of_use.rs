//! Terms of use in plain words: the licence, the four answers behind it, and who gave them.

use catalog::{Licence, PersonalData, Protection, TermsOfUse};
use layers::Language;
use maud::{Markup, html};

use super::dataset::day;
use super::say;

/// What users must know about rights.
pub(super) fn terms_of_use(terms: &TermsOfUse, language: Language) -> Markup {
    let licence = terms.licence();
    html! {
        h2 { (say(language, "Podmínky užití", "Terms of use")) }
        p {
            (in_plain_words(terms, language)) " "
            a href=(licence.iri()) rel="license" { (licence.title()) }
        }
        dl {
            dt { (say(language, "Autorská díla v datech", "Works in the data")) }
            dd { (answer(terms.works, say(language, "žádná", "none"), language)) }
            dt { (say(language, "Databáze jako autorské dílo", "The database as a work")) }
            dd { (answer(terms.database_work, say(language, "není", "no"), language)) }
            dt { (say(language, "Zvláštní právo pořizovatele databáze", "Right of the maker of the database")) }
            dd { (answer(terms.database_right, say(language, "není", "none"), language)) }
            dt { (say(language, "Osobní údaje", "Personal data")) }
            dd { (personal_data(terms.personal_data, language)) }
            dt { (say(language, "Rozhodl", "Decided by")) }
            dd { (terms.decided_by) ", " (day(terms.decided_on, language)) ". " (terms.reason) }
        }
    }
}

fn in_plain_words(terms: &TermsOfUse, language: Language) -> String {
    match terms.licence() {
        Licence::Cc0 => say(
            language,
            "Data smíte použít k čemukoli, i k podnikání, bez ptaní a bez uvedení zdroje.",
            "You may use the data for anything, also commercially, without asking and without naming the source.",
        )
        .to_owned(),
        Licence::CcBy4 => format!(
            "{}: {}.",
            say(
                language,
                "Data smíte použít k čemukoli, i k podnikání, když uvedete autora",
                "You may use the data for anything, also commercially, if you name the author",
            ),
            terms.author.as_deref().unwrap_or_default()
        ),
    }
}

fn answer(protection: Protection, unprotected: &'static str, language: Language) -> &'static str {
    match protection {
        Protection::None => unprotected,
        Protection::Cc0 => say(
            language,
            "ano, práv se jejich nositel vzdal (CC0 1.0)",
            "yes, waived by their holder (CC0 1.0)",
        ),
        Protection::CcBy4 => say(
            language,
            "ano, užití s uvedením autora (CC BY 4.0)",
            "yes, may be used by naming the author (CC BY 4.0)",
        ),
    }
}

fn personal_data(answer: PersonalData, language: Language) -> &'static str {
    match answer {
        PersonalData::None => say(language, "žádné", "none"),
        PersonalData::Contained => say(
            language,
            "ano; kdo je zpracovává, řídí se GDPR",
            "yes; whoever processes them is bound by the GDPR",
        ),
    }
}
