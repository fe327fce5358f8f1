//! A part of the search index that is built once: folded keys in one long text, and all their words in order.

use layers::FeatureId;

use super::rank::{Match, matches, natural_order};

/// What may be found: a feature and the texts under which it is.
pub(super) struct Entry {
    /// The place of its layer among those searched.
    pub(super) layer: u16,
    pub(super) id: FeatureId,
    /// Folded; the first is the label that is shown.
    pub(super) keys: Vec<String>,
}

/// A key that matches, with what decides its place among others.
pub(super) struct Candidate<'a> {
    pub(super) quality: Match,
    pub(super) layer: u16,
    /// 0 for the label that is shown, more for other ways of writing.
    pub(super) place: u8,
    pub(super) key: &'a str,
    pub(super) id: FeatureId,
}

/// The keys end with a line break, their words with a space or a line break.
#[derive(Default)]
pub(super) struct Segment {
    text: String,
    keys: Vec<Key>,
    /// Where words begin, ordered by the text from there on.
    words: Vec<Word>,
}

struct Key {
    start: u32,
    end: u32,
    layer: u16,
    place: u8,
    id: FeatureId,
}

#[derive(Clone, Copy)]
struct Word {
    at: u32,
    key: u32,
}

impl Segment {
    /// Builds a segment; 4 GiB of text is far more than a city has.
    pub(super) fn build(entries: impl Iterator<Item = Entry>) -> Self {
        let mut segment = Self::default();
        for entry in entries {
            for (place, key) in entry.keys.iter().enumerate() {
                segment.add(&entry, place as u8, key);
            }
        }
        let text = segment.text.as_bytes();
        segment
            .words
            .sort_unstable_by(|a, b| text[a.at as usize..].cmp(&text[b.at as usize..]));
        segment
    }

    fn add(&mut self, entry: &Entry, place: u8, key: &str) {
        let start = self.text.len() as u32;
        self.text.push_str(key);
        self.text.push('\n');
        let number = self.keys.len() as u32;
        let mut at = start;
        for word in key.split(' ') {
            self.words.push(Word { at, key: number });
            at += word.len() as u32 + 1;
        }
        let end = start + key.len() as u32;
        self.keys.push(Key {
            start,
            end,
            layer: entry.layer,
            place,
            id: entry.id,
        });
    }

    /// Returns the best candidates for a folded query, in no order; `is_current` tells which features still count.
    pub(super) fn find(
        &self,
        query: &str,
        limit: usize,
        is_current: impl Fn(u16, FeatureId) -> bool,
    ) -> Vec<Candidate<'_>> {
        // Every word must match, so that the rarest one finds all keys that can.
        let rarest = query
            .split(' ')
            .map(|word| self.beginning_with(word))
            .min_by_key(|range| range.len());
        let mut found: Vec<_> = rarest
            .unwrap_or_default()
            .iter()
            .filter_map(|word| {
                let key = &self.keys[word.key as usize];
                let text = &self.text[key.start as usize..key.end as usize];
                let quality = matches(text, query).filter(|_| is_current(key.layer, key.id))?;
                Some(Candidate {
                    quality,
                    layer: key.layer,
                    place: key.place,
                    key: text,
                    id: key.id,
                })
            })
            .collect();
        // A feature may be found by several of its keys and words; this many keep enough different ones.
        let enough = limit * 8;
        if found.len() > enough {
            found.select_nth_unstable_by(enough, Candidate::order);
            found.truncate(enough);
        }
        found
    }

    fn beginning_with(&self, word: &str) -> &[Word] {
        let text = self.text.as_bytes();
        let head = |w: &Word| {
            let rest = &text[w.at as usize..];
            &rest[..rest.len().min(word.len())]
        };
        let start = self.words.partition_point(|w| head(w) < word.as_bytes());
        let length = self.words[start..].partition_point(|w| head(w) == word.as_bytes());
        &self.words[start..start + length]
    }
}

impl Candidate<'_> {
    /// Orders the better one first; layers are numbered by their rank.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.quality, self.layer, self.place)
            .cmp(&(other.quality, other.layer, other.place))
            .then_with(|| natural_order(self.key, other.key))
            .then_with(|| self.id.cmp(&other.id))
    }
}
