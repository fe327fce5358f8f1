//! The search index of one audience: what the store held when it was built, and what was committed since.

use std::collections::HashMap;

use layers::{
    Audience, Feature, FeatureId, FeatureQuery, FeatureStore, Language, LayerId, LayerSet,
    LayerView, LoggedChange, Revision, Scope, StoreError,
};

use crate::city::{title, written};

use super::fold::fold;
use super::segment::{Candidate, Entry, Segment};

/// After how many changed features the index is built anew.
const MAX_RECENT: usize = 4_000;

pub(super) struct Index {
    audience: Audience,
    revision: Revision,
    /// The layers that can be searched, those with a lower rank first.
    views: Vec<LayerView>,
    /// Folded names of municipalities by their code.
    municipalities: HashMap<i64, String>,
    base: Segment,
    /// Features that changed since the base was built, as they are now; without keys when they are gone.
    changed: HashMap<(u16, FeatureId), Entry>,
    recent: Segment,
}

impl Index {
    /// Reads everything that the audience may find.
    pub(super) fn build(store: &dyn FeatureStore, audience: &Audience) -> Result<Self, StoreError> {
        // What is committed while reading is taken in by the next `follow`, some of it a second time.
        let revision = store.head()?;
        let views = searchable(store.layers(), audience);
        let mut index = Self {
            audience: audience.clone(),
            revision,
            municipalities: municipality_names(store, audience)?,
            views,
            base: Segment::default(),
            changed: HashMap::new(),
            recent: Segment::default(),
        };
        let mut entries = Vec::new();
        for (layer, view) in index.views.iter().enumerate() {
            let query = FeatureQuery::new(view.clone());
            entries.extend(
                unless_away(view, index.entries(store, layer, &query))?.unwrap_or_default(),
            );
        }
        index.base = Segment::build(&entries);
        Ok(index)
    }

    /// Returns the newest revision that is taken in.
    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    /// Takes in what was committed since.
    pub(super) fn follow(&mut self, store: &dyn FeatureStore) -> Result<(), StoreError> {
        let head = store.head()?;
        let changes = store.changes(self.revision)?;
        let is_whole = |change: &LoggedChange| match &change.scope {
            Scope::WholeLayer(layer) => self.has(layer),
            Scope::Feature(_) => false,
        };
        if self.changed.len() + changes.len() > MAX_RECENT || changes.iter().any(is_whole) {
            *self = Self::build(store, &self.audience.clone())?;
            return Ok(());
        }
        for touched in changes.iter().filter_map(LoggedChange::feature) {
            let Some(layer) = self
                .views
                .iter()
                .position(|view| view.layer().id == touched.layer)
            else {
                continue;
            };
            let view = self.views[layer].clone();
            let query = FeatureQuery {
                id: Some(touched.id),
                ..FeatureQuery::new(view)
            };
            let entries = unless_away(&query.view, self.entries(store, layer, &query))?;
            let entry = entries
                .and_then(|mut entries| entries.pop())
                .unwrap_or_else(|| self.entry(layer, touched.id, None));
            self.changed.insert((entry.layer, entry.id), entry);
        }
        self.recent = Segment::build(self.changed.values());
        self.revision = head;
        Ok(())
    }

    /// Reads features of a layer and returns what the index knows of them.
    fn entries(
        &self,
        store: &dyn FeatureStore,
        layer: usize,
        query: &FeatureQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        let found = store.read(query)?;
        let entry = |feature: Feature| self.entry(layer, feature.id, Some(&feature));
        found.map(|feature| feature.map(entry)).collect()
    }

    fn has(&self, layer: &LayerId) -> bool {
        self.views.iter().any(|view| view.layer().id == *layer)
    }

    /// Returns the best features for a folded query, the best first; when there are none, for words that were probably
    /// meant.
    pub(super) fn find(&self, query: &str, limit: usize) -> Vec<(LayerView, FeatureId)> {
        let found = self.find_as_typed(query, limit);
        if !found.is_empty() {
            return found;
        }
        let meant: Vec<&str> = query.split(' ').map(|word| self.meant(word)).collect();
        match meant.join(" ") {
            meant if meant == query => found,
            meant => self.find_as_typed(&meant, limit),
        }
    }

    /// Returns the word that was probably meant by one that no key has; any other word as it is.
    fn meant<'a>(&'a self, typed: &'a str) -> &'a str {
        let segments = [&self.base, &self.recent];
        let is_name = self.names().any(|name| name.starts_with(typed));
        if is_name || segments.iter().any(|segment| segment.knows(typed)) {
            return typed;
        }
        let near = segments.iter().filter_map(|segment| segment.nearest(typed));
        near.min().map_or(typed, |(_, word)| word)
    }

    /// Returns the words of the names of municipalities.
    fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.municipalities.values();
        names.flat_map(|name| name.split(' '))
    }

    fn find_as_typed(&self, query: &str, limit: usize) -> Vec<(LayerView, FeatureId)> {
        if query.is_empty() {
            return Vec::new();
        }
        let is_name = |word: &str| self.names().any(|name| name.starts_with(word));
        let is_unchanged = |layer, id| !self.changed.contains_key(&(layer, id));
        let mut found = self.base.find(query, limit, is_name, is_unchanged);
        found.extend(self.recent.find(query, limit, is_name, |_, _| true));
        found.sort_unstable_by(Candidate::order);
        let mut best: Vec<(u16, FeatureId)> = Vec::new();
        for feature in found.iter().map(Candidate::feature) {
            if best.len() < limit && !best.contains(&feature) {
                best.push(feature);
            }
        }
        best.into_iter()
            .map(|(layer, id)| (self.views[layer as usize].clone(), id))
            .collect()
    }

    /// Returns what the index knows of a feature; nothing to find it by when it is gone.
    fn entry(&self, layer: usize, id: FeatureId, feature: Option<&Feature>) -> Entry {
        let mut entry = Entry {
            layer: layer as u16,
            id,
            keys: Vec::new(),
            municipality: None,
        };
        let Some(feature) = feature else {
            return entry;
        };
        let view = &self.views[layer];
        let code = view.municipality_of(feature);
        entry.municipality = code.and_then(|code| self.municipalities.get(&code).cloned());
        entry.keys = keys(view, feature);
        entry
    }
}

/// Returns what was read; nothing of an attached table that cannot be read now, because what is ours must be found all the
/// same. Once it can be read again, the change log names the whole layer.
pub(super) fn unless_away<T>(
    view: &LayerView,
    read: Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    match read {
        Err(error) if view.layer().source.is_some() => {
            let layer = &view.layer().id;
            tracing::warn!(%layer, "an attached table cannot be searched: {error}");
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// Returns the layers that can be searched, those with a lower rank first.
pub(crate) fn searchable(layers: &LayerSet, audience: &Audience) -> Vec<LayerView> {
    let all = layers.iter().filter_map(|layer| audience.view(layer));
    let mut views: Vec<_> = all.filter(|view| view.layer().search.is_some()).collect();
    views.sort_by_key(|view| view.layer().search.as_ref().map(|search| search.rank));
    views
}

/// Returns under which folded texts a feature is found: its label and the other ways of writing it in both languages.
pub(crate) fn keys(view: &LayerView, feature: &Feature) -> Vec<String> {
    let mut keys = Vec::new();
    let search = view.layer().search.iter();
    for label in search.flat_map(|search| std::iter::once(&search.label).chain(&search.also)) {
        for language in [Language::Czech, Language::English] {
            let key = fold(&written(label, view, feature, language));
            if !key.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// Reads the folded names of municipalities.
fn municipality_names(
    store: &dyn FeatureStore,
    audience: &Audience,
) -> Result<HashMap<i64, String>, StoreError> {
    let mut names = HashMap::new();
    let layer = store.layers().borders();
    let Some(view) = layer.and_then(|layer| audience.view(layer)) else {
        return Ok(names);
    };
    for feature in store.read(&FeatureQuery::new(view.clone()))? {
        let feature = feature?;
        let name = fold(&title(&view, &feature, Language::Czech));
        names.extend(view.municipality_of(&feature).map(|code| (code, name)));
    }
    Ok(names)
}
