//! The four answers about rights in the state's vocabulary of terms of use (podmínky užití).

use serde_json::{Value as Json, json};

use crate::{Licence, PersonalData, Protection, TermsOfUse};

const NO_WORKS: &str = "https://data.gov.cz/podmínky-užití/neobsahuje-autorská-díla/";
const NO_DATABASE_WORK: &str =
    "https://data.gov.cz/podmínky-užití/není-autorskoprávně-chráněnou-databází/";
const NO_DATABASE_RIGHT: &str =
    "https://data.gov.cz/podmínky-užití/není-chráněna-zvláštním-právem-pořizovatele-databáze/";
const NO_PERSONAL_DATA: &str = "https://data.gov.cz/podmínky-užití/neobsahuje-osobní-údaje/";
const PERSONAL_DATA: &str = "https://data.gov.cz/podmínky-užití/obsahuje-osobní-údaje/";

impl Licence {
    /// Returns the address of the licence's text, which is also its IRI.
    pub fn iri(self) -> &'static str {
        match self {
            Self::Cc0 => "https://creativecommons.org/publicdomain/zero/1.0/",
            Self::CcBy4 => "https://creativecommons.org/licenses/by/4.0/",
        }
    }
}

/// Writes the answers as the specification of a distribution's terms of use; names the author where a licence asks for it.
pub(super) fn specification(terms: &TermsOfUse) -> Json {
    let mut specification = json!({
        "typ": "Specifikace podmínek užití",
        "autorské_dílo": answer(terms.works, NO_WORKS),
        "databáze_jako_autorské_dílo": answer(terms.database_work, NO_DATABASE_WORK),
        "databáze_chráněná_zvláštními_právy": answer(terms.database_right, NO_DATABASE_RIGHT),
        "osobní_údaje": match terms.personal_data {
            PersonalData::None => NO_PERSONAL_DATA,
            PersonalData::Contained => PERSONAL_DATA,
        },
    });
    if let Some(author) = &terms.author {
        if terms.works == Protection::CcBy4 {
            specification["autor"] = json!({ "cs": author });
        }
        if terms.database_work == Protection::CcBy4 {
            specification["autor_databáze"] = json!({ "cs": author });
        }
    }
    specification
}

fn answer(protection: Protection, unprotected: &'static str) -> &'static str {
    match protection {
        Protection::None => unprotected,
        Protection::Cc0 => Licence::Cc0.iri(),
        Protection::CcBy4 => Licence::CcBy4.iri(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_author_is_named_where_a_licence_asks_for_it() {
        let terms = TermsOfUse {
            works: Protection::None,
            database_work: Protection::CcBy4,
            database_right: Protection::Cc0,
            personal_data: PersonalData::None,
            author: Some("Obec Děčany".to_owned()),
            decided_by: "Starosta".to_owned(),
            decided_on: chrono::NaiveDate::MIN,
            reason: "Vlastní databáze obce.".to_owned(),
        };
        let written = specification(&terms);
        assert_eq!(written["autor_databáze"], json!({ "cs": "Obec Děčany" }));
        assert_eq!(written.get("autor"), None);
        assert_eq!(written["autorské_dílo"], NO_WORKS);
        assert_eq!(written["databáze_jako_autorské_dílo"], Licence::CcBy4.iri());
        assert_eq!(
            written["databáze_chráněná_zvláštními_právy"],
            Licence::Cc0.iri()
        );
    }
}
