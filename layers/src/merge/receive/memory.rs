//! What a batch is judged by, read from a store: what the batch needs at once, and what else is asked as it is asked.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::merge::{Batch, Content, OperationId, Past, Recorded};
use crate::store::HistoryStart;
use crate::{
    Audience, Feature, FeatureId, FeatureQuery, Layer, LayerId, Revision, RevisionInfo, Store,
    StoreError, Value,
};

/// Everything that was read so far for one batch.
pub(crate) struct Memory<'a> {
    store: &'a dyn Store,
    head: Revision,
    known: RefCell<HashMap<OperationId, Option<Recorded>>>,
    newest: RefCell<HashMap<(LayerId, FeatureId), Option<Feature>>>,
    held: RefCell<HashMap<(LayerId, FeatureId, Revision), Option<Content>>>,
    /// Where the history of layers began after that was read.
    starts: RefCell<HashMap<LayerId, HistoryStart>>,
}

impl<'a> Memory<'a> {
    /// Reads what the operations of a batch need, each kind of thing at once.
    pub(crate) fn of(store: &'a dyn Store, batch: &Batch) -> Result<Self, StoreError> {
        let memory = Self {
            store,
            head: store.head()?,
            known: RefCell::default(),
            newest: RefCell::default(),
            held: RefCell::default(),
            starts: RefCell::default(),
        };
        let operations = batch.operations.iter();
        let ids = operations.flat_map(|operation| [Some(operation.id), operation.after]);
        memory.learn_operations(&distinct(ids.flatten()))?;
        let mut wanted: BTreeMap<&LayerId, Vec<(FeatureId, Revision)>> = BTreeMap::new();
        let operations = batch.operations.iter();
        for operation in operations.filter(|operation| !memory.knew(operation.id)) {
            let of_layer = wanted.entry(&operation.layer).or_default();
            of_layer.push((operation.feature, operation.base));
        }
        for (id, wanted) in wanted {
            let layer = store
                .layers()
                .get(id)
                .filter(|layer| layer.source.is_none());
            if let Some(layer) = layer {
                memory.learn_newest(layer, &distinct(wanted.iter().map(|(id, _)| *id)))?;
                memory.learn_held(layer, &distinct(wanted.into_iter()))?;
            }
        }
        Ok(memory)
    }

    /// Returns the newest revision when the reading began.
    pub(super) fn head(&self) -> Revision {
        self.head
    }

    /// Whether an operation of the batch was judged before.
    pub(super) fn knew(&self, id: OperationId) -> bool {
        self.known.borrow().get(&id).is_some_and(Option::is_some)
    }

    fn learn_operations(&self, ids: &[OperationId]) -> Result<(), StoreError> {
        let receipts = self.store.known(ids)?.into_iter();
        let mut known = self.known.borrow_mut();
        known.extend(ids.iter().map(|id| (*id, None)));
        known.extend(receipts.map(|receipt| {
            let recorded = receipt.recorded;
            (recorded.operation.id, Some(recorded))
        }));
        Ok(())
    }

    fn learn_newest(&self, layer: &Arc<Layer>, ids: &[FeatureId]) -> Result<(), StoreError> {
        let features = self.store.newest(layer, ids)?;
        let mut newest = self.newest.borrow_mut();
        newest.extend(ids.iter().map(|id| ((layer.id.clone(), *id), None)));
        let features = features.into_iter();
        newest.extend(features.map(|feature| ((layer.id.clone(), feature.id), Some(feature))));
        Ok(())
    }

    fn learn_held(
        &self,
        layer: &Arc<Layer>,
        wanted: &[(FeatureId, Revision)],
    ) -> Result<(), StoreError> {
        // Nothing is known of what is yet to come.
        let (past, rest): (Vec<_>, Vec<_>) =
            wanted.iter().partition(|(_, base)| *base <= self.head);
        let contents = self.store.held(layer, &past)?;
        let contents = contents.into_iter().chain(rest.iter().map(|_| None));
        let places = past.iter().chain(&rest);
        let places = places.map(|(id, base)| (layer.id.clone(), *id, *base));
        self.held.borrow_mut().extend(places.zip(contents));
        if let Some(start) = self.store.history_start(&layer.id)? {
            self.starts.borrow_mut().insert(layer.id.clone(), start);
        }
        Ok(())
    }

    /// Refuses to say that a feature was not there when only its history is not.
    fn remembered(
        &self,
        layer: &Layer,
        revision: Revision,
        content: Option<Content>,
    ) -> Result<Option<Content>, StoreError> {
        match self.starts.borrow().get(&layer.id) {
            Some(start) if content.is_none() => start.require(&layer.id, revision)?,
            _ => {}
        }
        Ok(content)
    }

    /// Returns the layer as the store has it.
    fn layer(&self, layer: &Layer) -> Result<&Arc<Layer>, StoreError> {
        let found = self.store.layers().get(&layer.id);
        found.ok_or_else(|| StoreError::UnknownLayer(layer.id.clone()))
    }

    /// Asks for the one feature that fits.
    fn ask(
        &self,
        layer: &Layer,
        fit: impl FnOnce(&mut FeatureQuery),
    ) -> Result<Option<Feature>, StoreError> {
        let view = Audience::OFFICE.view(self.layer(layer)?);
        let mut query = FeatureQuery::new(view.expect("the office sees every layer"));
        query.limit = Some(1);
        fit(&mut query);
        self.store.read(&query)?.next().transpose()
    }
}

impl Past for Memory<'_> {
    fn current(&self, layer: &Layer, id: FeatureId) -> Result<Option<Feature>, StoreError> {
        if layer.source.is_some() {
            return self.ask(layer, |query| query.id = Some(id));
        }
        let place = (layer.id.clone(), id);
        if let Some(feature) = self.newest.borrow().get(&place) {
            return Ok(feature.clone());
        }
        self.learn_newest(self.layer(layer)?, &[id])?;
        Ok(self.newest.borrow().get(&place).cloned().flatten())
    }

    fn at(
        &self,
        layer: &Layer,
        id: FeatureId,
        revision: Revision,
    ) -> Result<Option<Content>, StoreError> {
        if layer.source.is_some() {
            // Nothing is merged with what others keep; what stands there says who may know of it.
            return Ok(self.current(layer, id)?.map(Content::from));
        }
        let place = (layer.id.clone(), id, revision);
        if !self.held.borrow().contains_key(&place) {
            self.learn_held(self.layer(layer)?, &[(id, revision)])?;
        }
        let content = self.held.borrow().get(&place).cloned().flatten();
        self.remembered(layer, revision, content)
    }

    fn last_change(
        &self,
        layer: &Layer,
        id: FeatureId,
    ) -> Result<Option<RevisionInfo>, StoreError> {
        self.store.last_change(&layer.id, id)
    }

    fn holder(&self, layer: &Layer, key: &[Value]) -> Result<Option<FeatureId>, StoreError> {
        let pairs = layer.key.iter().cloned().zip(key.iter().cloned());
        let holder = self.ask(layer, |query| query.equal = pairs.collect())?;
        Ok(holder.map(|feature| feature.id))
    }

    fn earlier(&self, id: OperationId) -> Result<Option<Recorded>, StoreError> {
        if let Some(known) = self.known.borrow().get(&id) {
            return Ok(known.clone());
        }
        self.learn_operations(&[id])?;
        Ok(self.known.borrow().get(&id).cloned().flatten())
    }
}

/// Returns each of the things once, in the order in which they came first.
fn distinct<T: Copy + Eq + std::hash::Hash>(things: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    things.filter(|thing| seen.insert(*thing)).collect()
}
