//! A part of the search index that is built once: folded keys in one long text, and all their words in order.

use std::cmp::Reverse;

use layers::FeatureId;

use super::misspelt::distance;
use super::rank::{Match, matches, natural_order};

/// What may be found: a feature and the texts under which it is.
pub(super) struct Entry {
    /// The place of its layer among those searched.
    pub(super) layer: u16,
    pub(super) id: FeatureId,
    /// Folded; the first is the label that is shown.
    pub(super) keys: Vec<String>,
    /// Folded name of its municipality: narrows what is found by other words, and finds nothing alone.
    pub(super) municipality: Option<String>,
}

/// A key that matches, with what decides its place among others.
pub(super) struct Candidate<'a> {
    quality: Match,
    layer: u16,
    place: u8,
    key: &'a str,
    id: FeatureId,
}

/// Keys end with a line break; their words, and after them the municipality's, with a space or a line break.
#[derive(Default)]
pub(super) struct Segment {
    text: String,
    /// Ordered as equally good hits are.
    keys: Vec<Key>,
    /// Ordered by word; the same word by how well its key matches it alone.
    words: Vec<Word>,
}

struct Key {
    start: u32,
    /// Where the key itself ends and the municipality follows.
    own_end: u32,
    end: u32,
    layer: u16,
    /// 0 for the label that is shown, more for other ways of writing.
    place: u8,
    id: FeatureId,
}

struct Word {
    at: u32,
    position: Position,
    key: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Position {
    Only,
    First,
    Later,
}

impl Segment {
    /// Builds a segment; 4 GiB of text is far more than a city has.
    pub(super) fn build<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut keys: Vec<(&Entry, usize)> = entries
            .into_iter()
            .flat_map(|entry| (0..entry.keys.len()).map(move |place| (entry, place)))
            .collect();
        keys.sort_unstable_by(|(a, i), (b, j)| {
            (a.layer, i)
                .cmp(&(b.layer, j))
                .then_with(|| natural_order(&a.keys[*i], &b.keys[*j]))
                .then(a.id.cmp(&b.id))
        });
        let mut segment = Self::default();
        for (entry, place) in keys {
            segment.add(entry, place);
        }
        let mut words = std::mem::take(&mut segment.words);
        words.sort_unstable_by(|a, b| {
            segment
                .word(a)
                .cmp(segment.word(b))
                .then((a.position, a.key).cmp(&(b.position, b.key)))
        });
        segment.words = words;
        segment
    }

    fn add(&mut self, entry: &Entry, place: usize) {
        let own = &entry.keys[place];
        let start = self.text.len() as u32;
        let number = self.keys.len() as u32;
        let mut at = start;
        for (count, word) in own.split(' ').enumerate() {
            let position = match count {
                0 if word.len() == own.len() => Position::Only,
                0 => Position::First,
                _ => Position::Later,
            };
            self.words.push(Word {
                at,
                position,
                key: number,
            });
            at += word.len() as u32 + 1;
        }
        self.text.push_str(own);
        let own_end = self.text.len() as u32;
        if let Some(municipality) = &entry.municipality {
            self.text.push(' ');
            self.text.push_str(municipality);
        }
        let end = self.text.len() as u32;
        self.text.push('\n');
        self.keys.push(Key {
            start,
            own_end,
            end,
            layer: entry.layer,
            place: place as u8,
            id: entry.id,
        });
    }

    /// Returns the best candidates for a folded query, in no order.
    ///
    /// `names_municipality` tells whether a word may be meant to narrow; `is_current`, which features still count.
    pub(super) fn find(
        &self,
        query: &str,
        limit: usize,
        names_municipality: impl Fn(&str) -> bool,
        is_current: impl Fn(u16, FeatureId) -> bool,
    ) -> Vec<Candidate<'_>> {
        let candidate = |word: &Word| {
            let key = &self.keys[word.key as usize];
            let text = &self.text[key.start as usize..key.end as usize];
            let quality = matches(text, (key.own_end - key.start) as usize, query)?;
            let found = Candidate {
                quality,
                layer: key.layer,
                place: key.place,
                key: text,
                id: key.id,
            };
            is_current(key.layer, key.id).then_some(found)
        };
        // A feature may be found under several keys; this many keep enough different ones.
        let enough = limit * 4;
        if !query.contains(' ') {
            return self
                .groups(query)
                .flat_map(|same| same.iter().filter_map(candidate).take(enough))
                .collect();
        }
        let ranges = self.finding_all(query, names_municipality);
        let mut found: Vec<_> = ranges.into_iter().flatten().filter_map(candidate).collect();
        if found.len() > enough {
            found.select_nth_unstable_by(enough, Candidate::order);
            found.truncate(enough);
        }
        found
    }

    /// Returns words whose keys are all that can match a query of several words: those of its rarest word, because
    /// every word must match; of all its words, when each may only narrow.
    fn finding_all(&self, query: &str, names_municipality: impl Fn(&str) -> bool) -> Vec<&[Word]> {
        let (narrowing, telling): (Vec<_>, Vec<_>) =
            query.split(' ').partition(|word| names_municipality(word));
        let found = |words: Vec<&str>| {
            words
                .into_iter()
                .map(|word| self.beginning_with(word))
                .collect::<Vec<_>>()
        };
        let rarest = found(telling).into_iter().min_by_key(|words| words.len());
        rarest.map_or_else(|| found(narrowing), |rarest| vec![rarest])
    }

    /// Whether a word begins as typed.
    pub(super) fn knows(&self, typed: &str) -> bool {
        !self.beginning_with(typed).is_empty()
    }

    /// Returns the word that was probably meant, with how much it differs and how rarely it stands in keys.
    pub(super) fn nearest(&self, typed: &str) -> Option<((usize, Reverse<usize>), &str)> {
        let first = typed.chars().next()?.to_string();
        let near = self.groups(&first).filter_map(|same| {
            let word = std::str::from_utf8(self.word(&same[0])).ok()?;
            Some(((distance(typed, word)?, Reverse(same.len())), word))
        });
        near.min()
    }

    /// Returns the words that begin as typed, those that are equal together.
    fn groups(&self, typed: &str) -> impl Iterator<Item = &[Word]> {
        let mut rest = self.beginning_with(typed);
        std::iter::from_fn(move || {
            let first = self.word(rest.first()?);
            let is_same = |word: &Word| self.word(word) == first;
            // Most words are rare, so that looking at the next few finds the end sooner than halving does.
            let length = match rest.iter().take(8).position(|word| !is_same(word)) {
                Some(length) => length,
                None => rest.partition_point(is_same),
            };
            let (same, after) = rest.split_at(length);
            rest = after;
            Some(same)
        })
    }

    fn beginning_with(&self, typed: &str) -> &[Word] {
        let head = |word: &Word| {
            let word = self.word(word);
            &word[..word.len().min(typed.len())]
        };
        let start = self
            .words
            .partition_point(|word| head(word) < typed.as_bytes());
        let length = self.words[start..].partition_point(|word| head(word) == typed.as_bytes());
        &self.words[start..start + length]
    }

    fn word(&self, word: &Word) -> &[u8] {
        let rest = &self.text.as_bytes()[word.at as usize..];
        let end = rest.iter().position(|b| matches!(b, b' ' | b'\n'));
        &rest[..end.unwrap_or(rest.len())]
    }
}

impl Candidate<'_> {
    /// Returns the place of the layer among those searched, and the feature.
    pub(super) fn feature(&self) -> (u16, FeatureId) {
        (self.layer, self.id)
    }

    /// Orders the better one first; layers are numbered by their rank.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.quality, self.layer, self.place)
            .cmp(&(other.quality, other.layer, other.place))
            .then_with(|| natural_order(self.key, other.key))
            .then_with(|| self.id.cmp(&other.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[&str]) {
        let entry = |number: u8, layer, key: &str, municipality: Option<&str>| Entry {
            layer,
            id: FeatureId::new_v7(0, &[number; 10]),
            keys: vec![key.to_owned()],
            municipality: municipality.map(str::to_owned),
        };
        let segment = Segment::build(&[
            entry(1, 0, "chomutov", None),
            entry(2, 0, "jirkov", None),
            entry(3, 1, "10 chomutov i", Some("chomutov")),
            entry(4, 1, "9 chomutov i", Some("chomutov")),
            entry(5, 1, "9 brezenec", Some("jirkov")),
            entry(6, 1, "90 brezenec", Some("jirkov")),
        ]);
        let is_name = |word: &str| {
            ["chomutov", "jirkov"]
                .iter()
                .any(|name| name.starts_with(word))
        };
        let mut found = segment.find(query, 10, is_name, |_, _| true);
        found.sort_by(Candidate::order);
        let keys: Vec<_> = found.iter().map(|candidate| candidate.key).collect();
        assert_eq!(keys, expected, "{query}");
    }

    #[test]
    fn a_municipality_narrows_and_finds_only_itself() {
        check("jirkov", &["jirkov"]);
        check("9 jirkov", &["9 brezenec jirkov", "90 brezenec jirkov"]);
        check("9 chomutov", &["9 chomutov i chomutov"]);
    }

    #[test]
    fn the_better_match_and_the_smaller_number_come_first() {
        check(
            "chomutov",
            &[
                "chomutov",
                "9 chomutov i chomutov",
                "10 chomutov i chomutov",
            ],
        );
        check(
            "9",
            &[
                "9 brezenec jirkov",
                "9 chomutov i chomutov",
                "90 brezenec jirkov",
            ],
        );
        check(
            "chomutov i",
            &["9 chomutov i chomutov", "10 chomutov i chomutov"],
        );
        check("ova", &[]);
    }
}
