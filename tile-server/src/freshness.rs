//! How the age of what an attached table shows is told: to programs as members of JSON, to people as a sentence.

use chrono::SecondsFormat;
use layers::{Freshness, Language};
use serde_json::{Value as Json, json};

/// Adds `as_of` and `live` to the description of a layer that shows an attached table.
pub(crate) fn add_to(description: &mut Json, freshness: Option<Freshness>) {
    if let Some(Freshness { as_of, live }) = freshness {
        description["as_of"] = json!(as_of.to_rfc3339_opts(SecondsFormat::Secs, true));
        description["live"] = json!(live);
    }
}

/// Says to people how old what is shown may be.
pub(crate) fn in_words(freshness: Freshness, language: Language) -> String {
    let as_of = freshness.as_of;
    match (freshness.live, language) {
        (true, Language::Czech) => "živě: změny se ukazují hned".to_owned(),
        (true, Language::English) => "live: changes show at once".to_owned(),
        (false, Language::Czech) => as_of.format("stav k %-d. %-m. %Y %H:%M UTC").to_string(),
        (false, Language::English) => as_of.format("as of %-d %B %Y, %H:%M UTC").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_said_in_both_languages() {
        let as_of = "2026-11-03T09:05:59Z".parse().expect("a time");
        let say = |live, language| in_words(Freshness { as_of, live }, language);
        assert_eq!(say(false, Language::Czech), "stav k 3. 11. 2026 09:05 UTC");
        assert_eq!(
            say(false, Language::English),
            "as of 3 November 2026, 09:05 UTC"
        );
        assert!(say(true, Language::Czech).starts_with("živě"));
        assert!(say(true, Language::English).starts_with("live"));
    }
}
