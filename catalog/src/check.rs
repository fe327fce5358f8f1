//! Checks the record of a dataset and reports everything that is wrong with it.

use std::fmt;

use layers::{Language, Text};

use crate::{Dataset, Licence, TermsOfUse};

/// What is wrong with one entry of a record, so that programs can tell cases apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is given.
    Missing,
    /// The text is missing in that language.
    MissingIn(Language),
    /// The same thing is given twice.
    Repeated,
    /// It is not a name in kebab-case.
    NotAnId,
    /// It is not a code of RÚIAN of that kind.
    NotACode,
    /// It is not a company number (IČO) with a right check digit.
    NotACompanyNumber,
    /// It is not an e-mail address.
    NotAnEmail,
    /// The licence asks for an author and none is named.
    AuthorNeeded,
}

/// One thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The entry, as in the TOML file, such as `contact.email`.
    pub entry: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.entry)?;
        match &self.problem {
            Problem::Missing => f.write_str("nothing is given"),
            Problem::MissingIn(Language::Czech) => f.write_str("the Czech text is missing"),
            Problem::MissingIn(Language::English) => f.write_str("the English text is missing"),
            Problem::Repeated => f.write_str("the same thing is given twice"),
            Problem::NotAnId => f.write_str("use only a–z, 0–9 and single hyphens"),
            Problem::NotACode => f.write_str("is not a code of RÚIAN"),
            Problem::NotACompanyNumber => {
                f.write_str("is not a company number (IČO) of eight digits")
            }
            Problem::NotAnEmail => f.write_str("is not an e-mail address"),
            Problem::AuthorNeeded => f.write_str("the licence asks for an author to name"),
        }
    }
}

impl Dataset {
    /// Returns everything that is wrong with the record; whether it may be published is another question.
    pub fn check(&self) -> Vec<Finding> {
        let mut check = Check::default();
        check.identity(self);
        check.subject(self);
        check.people(self);
        check.terms_of_use(&self.terms_of_use);
        check.findings
    }
}

#[derive(Default)]
struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn that(&mut self, sound: bool, entry: &str, problem: Problem) {
        if !sound {
            self.findings.push(Finding {
                entry: entry.to_owned(),
                problem,
            });
        }
    }

    fn given(&mut self, entry: &str, text: &str) {
        self.that(!text.trim().is_empty(), entry, Problem::Missing);
    }

    fn text(&mut self, entry: &str, text: &Text) {
        for language in [Language::Czech, Language::English] {
            let given = !text.in_language(language).trim().is_empty();
            self.that(given, entry, Problem::MissingIn(language));
        }
    }

    fn set<T: PartialEq>(&mut self, entry: &str, items: &[T]) {
        self.that(!items.is_empty(), entry, Problem::Missing);
        let repeated = (1..items.len()).any(|place| items[..place].contains(&items[place]));
        self.that(!repeated, entry, Problem::Repeated);
    }

    fn identity(&mut self, dataset: &Dataset) {
        self.that(is_id(&dataset.id), "id", Problem::NotAnId);
        let known = is_municipality_code(dataset.municipality_code);
        self.that(known, "municipality_code", Problem::NotACode);
        self.set("layers", &dataset.layers);
    }

    fn subject(&mut self, dataset: &Dataset) {
        self.set("themes", &dataset.themes);
        self.text("title", &dataset.title);
        self.text("description", &dataset.description);
        self.set("keywords", &dataset.keywords);
        for keyword in &dataset.keywords {
            self.text("keywords", keyword);
        }
        self.set("spatial_coverage", &dataset.spatial_coverage);
        let mut territories = dataset.spatial_coverage.iter();
        let coded = territories.all(|territory| territory.code > 0);
        self.that(coded, "spatial_coverage", Problem::NotACode);
    }

    fn people(&mut self, dataset: &Dataset) {
        self.given("steward", &dataset.steward);
        self.text("publisher.name", &dataset.publisher.name);
        self.that(
            is_company_number(&dataset.publisher.company_number),
            "publisher.company_number",
            Problem::NotACompanyNumber,
        );
        self.text("contact.name", &dataset.contact.name);
        let reachable = is_email(&dataset.contact.email);
        self.that(reachable, "contact.email", Problem::NotAnEmail);
    }

    fn terms_of_use(&mut self, terms: &TermsOfUse) {
        let named = terms
            .author
            .as_ref()
            .is_some_and(|author| !author.trim().is_empty());
        let needed = terms.licence() == Licence::CcBy4;
        self.that(
            named || !needed,
            "terms_of_use.author",
            Problem::AuthorNeeded,
        );
        self.given("terms_of_use.decided_by", &terms.decided_by);
        self.given("terms_of_use.reason", &terms.reason);
    }
}

fn is_id(id: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    id.split('-').all(word)
}

fn is_municipality_code(code: i64) -> bool {
    (500_000..=599_999).contains(&code)
}

/// Whether the text is a company number (IČO): eight digits, the last of which is computed from the others.
fn is_company_number(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    if number.len() != 8 || digits.len() != 8 {
        return false;
    }
    let weighted: u32 = digits
        .iter()
        .zip((2..=8).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    digits[7] == (11 - weighted % 11) % 10
}

/// Whether the text has the shape of an e-mail address; whether it works only a letter can tell.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !text.contains(char::is_whitespace)
    })
}
