//! The search index of one audience: what the store held when it was built, and what was committed since.

use std::collections::HashMap;

use layers::{
    Audience, Feature, FeatureId, FeatureQuery, FeatureStore, Language, LayerView, Revision,
    StoreError,
};

use super::fold::fold;
use super::segment::{Candidate, Entry, Segment};

/// The common field that says to which municipality a feature belongs.
const MUNICIPALITY_FIELD: &str = "municipality_code";

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
    /// Features that changed since the base was built, with their keys now; none when they are gone.
    changed: HashMap<(u16, FeatureId), Vec<String>>,
    recent: Segment,
}

impl Index {
    /// Reads everything that the audience may find.
    pub(super) fn build(store: &dyn FeatureStore, audience: Audience) -> Result<Self, StoreError> {
        // What is committed while reading is taken in by the next `follow`, some of it a second time.
        let revision = store.head()?;
        let all = store
            .layers()
            .iter()
            .filter_map(|layer| audience.view(layer));
        let mut views: Vec<_> = all.filter(|view| view.layer().search.is_some()).collect();
        views.sort_by_key(|view| view.layer().search.as_ref().map(|search| search.rank));
        let mut index = Self {
            audience,
            revision,
            municipalities: municipality_names(store, audience)?,
            views,
            base: Segment::default(),
            changed: HashMap::new(),
            recent: Segment::default(),
        };
        let mut entries = Vec::new();
        for (layer, view) in index.views.iter().enumerate() {
            for feature in store.read(&FeatureQuery::new(view.clone()))? {
                let feature = feature?;
                entries.push(Entry {
                    layer: layer as u16,
                    id: feature.id,
                    keys: index.keys(view, &feature),
                });
            }
        }
        index.base = Segment::build(entries.into_iter());
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
        if self.changed.len() + changes.len() > MAX_RECENT {
            *self = Self::build(store, self.audience)?;
            return Ok(());
        }
        for change in changes {
            let touched = change.touched;
            let Some(layer) = self
                .views
                .iter()
                .position(|view| view.layer().id == touched.layer)
            else {
                continue;
            };
            let view = &self.views[layer];
            let query = FeatureQuery {
                id: Some(touched.id),
                ..FeatureQuery::new(view.clone())
            };
            let feature = store.read(&query)?.next().transpose()?;
            let keys = feature
                .map(|feature| self.keys(view, &feature))
                .unwrap_or_default();
            self.changed.insert((layer as u16, touched.id), keys);
        }
        let entries = self.changed.iter().map(|((layer, id), keys)| Entry {
            layer: *layer,
            id: *id,
            keys: keys.clone(),
        });
        self.recent = Segment::build(entries);
        self.revision = head;
        Ok(())
    }

    /// Returns the best features for a folded query, the best first.
    pub(super) fn find(&self, query: &str, limit: usize) -> Vec<(LayerView, FeatureId)> {
        if query.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<Candidate<'_>> = self.base.find(query, limit, |layer, id| {
            !self.changed.contains_key(&(layer, id))
        });
        found.extend(self.recent.find(query, limit, |_, _| true));
        found.sort_unstable_by(Candidate::order);
        let mut best: Vec<(u16, FeatureId)> = Vec::new();
        for candidate in found {
            if best.len() < limit && !best.contains(&(candidate.layer, candidate.id)) {
                best.push((candidate.layer, candidate.id));
            }
        }
        best.into_iter()
            .map(|(layer, id)| (self.views[layer as usize].clone(), id))
            .collect()
    }

    /// Returns the texts under which a feature is found: its label and the other ways of writing it in both languages,
    /// each also with the municipality after it.
    fn keys(&self, view: &LayerView, feature: &Feature) -> Vec<String> {
        let value = |name: &str| {
            view.field(name)
                .map(|(place, field)| (field, &feature.values[place]))
        };
        let municipality = value(MUNICIPALITY_FIELD)
            .and_then(|(_, code)| self.municipalities.get(&code.as_integer()?));
        let mut keys: Vec<String> = Vec::new();
        let mut add = |key: String| {
            if !key.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        };
        for label in view
            .layer()
            .search
            .iter()
            .flat_map(|search| std::iter::once(&search.label).chain(&search.also))
        {
            for language in [Language::Czech, Language::English] {
                let key = fold(&label.write(language, &value));
                let further = municipality.filter(|name| !key.contains(name.as_str()));
                let longer = further.map(|name| format!("{key} {name}"));
                add(key);
                longer.into_iter().for_each(&mut add);
            }
        }
        keys
    }
}

/// Reads the names of municipalities from the layer whose features are named by their municipality code alone.
fn municipality_names(
    store: &dyn FeatureStore,
    audience: Audience,
) -> Result<HashMap<i64, String>, StoreError> {
    let mut names = HashMap::new();
    let layer = store
        .layers()
        .iter()
        .find(|layer| layer.key == [MUNICIPALITY_FIELD]);
    let Some(view) = layer.and_then(|layer| audience.view(layer)) else {
        return Ok(names);
    };
    for feature in store.read(&FeatureQuery::new(view.clone()))? {
        let feature = feature?;
        let value = |name: &str| {
            view.field(name)
                .map(|(place, field)| (field, &feature.values[place]))
        };
        let code = value(MUNICIPALITY_FIELD).and_then(|(_, code)| code.as_integer());
        let name = fold(&view.layer().label.write(Language::Czech, &value));
        names.extend(code.map(|code| (code, name)));
    }
    Ok(names)
}
