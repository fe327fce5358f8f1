//! Query parameters: each is known and well-formed, or the answer names the one that is not (OGC API Common).

use std::borrow::Cow;
use std::str::FromStr;

use actix_web::HttpRequest;
use layers::Text;

use super::error::HttpError;

/// The parameter that every page knows.
const LANGUAGE: &str = "lang";

/// The query of one request.
#[derive(Debug)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Reads the query; refuses a parameter that is not among the known ones or stands there twice.
    pub(crate) fn read(req: &HttpRequest, known: &[&str]) -> Result<Self, HttpError> {
        Self::parse(req.query_string(), known)
    }

    fn parse(query: &str, known: &[&str]) -> Result<Self, HttpError> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in decoded(query) {
            if name != LANGUAGE && !known.contains(&&*name) {
                return Err(HttpError::UnknownParameter {
                    nearest: nearest(&name, known),
                    name: name.into_owned(),
                });
            }
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(bad(
                    &name,
                    "smí být v dotazu jen jednou",
                    "may be given only once",
                ));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        let parameters = Self { pairs };
        parameters.one_of(LANGUAGE, &["cs", "en"])?;
        Ok(parameters)
    }

    /// Leaves out what has no value, as forms send what nobody filled in.
    #[must_use]
    pub(crate) fn filled(mut self) -> Self {
        self.pairs.retain(|(_, value)| !value.is_empty());
        self
    }

    /// Returns the names and values in the order of the query.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the value as written.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the value, if it is one of those allowed.
    pub(crate) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<&str>, HttpError> {
        match self.text(name) {
            Some(value) if !allowed.contains(&value) => {
                let list = allowed.join(", ");
                Err(bad(
                    name,
                    &format!("musí být jedno z: {list}"),
                    &format!("must be one of: {list}"),
                ))
            }
            value => Ok(value),
        }
    }

    /// Returns a whole number, at least `min`.
    pub(crate) fn whole_number<T>(&self, name: &str, min: T) -> Result<Option<T>, HttpError>
    where
        T: Copy + FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if number >= min => Ok(Some(number)),
            _ => Err(bad(
                name,
                &format!("musí být celé číslo od {min}"),
                &format!("must be a whole number from {min}"),
            )),
        }
    }

    /// Returns the query with some parameters replaced or, with none, left out; for links to other pages.
    pub(crate) fn with(&self, changes: &[(&str, Option<String>)]) -> String {
        let kept = self
            .pairs()
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let added = changes
            .iter()
            .filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        encoded(kept.chain(added))
    }
}

/// Makes the refusal of a parameter's value; the texts go on after its name.
pub(crate) fn bad(name: &str, cs: &str, en: &str) -> HttpError {
    HttpError::BadParameter {
        name: name.to_owned(),
        problem: Text {
            cs: cs.to_owned(),
            en: en.to_owned(),
        },
    }
}

fn decoded(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.as_bytes())
}

fn encoded<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    query.finish()
}

/// Returns the known name that was probably meant.
pub(crate) fn nearest(name: &str, known: &[&str]) -> Option<String> {
    let known = known.iter().map(|known| (*known, *known));
    layers::nearest(name, known).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["limit", "bbox", "f"];

    fn check_refused(query: &str, part: &str) {
        let refusal = Parameters::parse(query, &KNOWN)
            .and_then(|p| p.whole_number("limit", 1_u64).map(|_| ()))
            .expect_err(query);
        assert!(
            format!("{refusal:?}").contains(part),
            "{refusal:?} does not say {part}"
        );
    }

    #[test]
    fn an_unknown_parameter_is_named_with_the_nearest_known_one() {
        check_refused("limt=3", "nearest: Some(\"limit\")");
        check_refused("colour=red", "nearest: None");
    }

    #[test]
    fn a_bad_value_is_refused() {
        for query in [
            "limit=0",
            "limit=ten",
            "limit=1&limit=2",
            "limit=-5",
            "lang=de",
        ] {
            check_refused(query, "BadParameter");
        }
    }

    #[test]
    fn a_link_keeps_the_rest_of_the_query() {
        let parameters = Parameters::parse("limit=5&f=json", &KNOWN).expect("sound");
        assert_eq!(
            parameters.with(&[("bbox", Some("1,2".into())), ("f", None)]),
            "limit=5&bbox=1%2C2"
        );
    }
}
