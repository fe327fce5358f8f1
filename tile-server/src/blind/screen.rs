//! What a blind writer had on the screen, each part of a feature by itself, as far as the server can tell.

use std::collections::HashMap;

use geo_types::Geometry;
use layers::geojson::read_geometry;
use layers::merge::{ConflictId, ConflictQuery, Edit, Outcome, Part, Receipt, ReceiptQuery};
use layers::{
    Feature, FeatureId, FeatureQuery, Field, LayerView, Revision, Store, StoreError, read_value,
};

use crate::edit::Which;

/// How many of the writer's last operations on the feature are looked at; beyond them counts what was shown.
const WRITES_AT_MOST: u64 = 200;

/// A feature as somebody saw it who did not say what they saw.
pub(super) struct Screen {
    /// Each value, and the geometry, as it was on the screen.
    pub(super) feature: Feature,
    /// The earliest revision at which the writer was shown the feature.
    pub(super) base: Revision,
}

/// Looks for what a writer saw of one feature.
pub(super) struct Looking<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) view: &'a LayerView,
    /// The writer, as notes and operations name it.
    pub(super) writer: &'a str,
    pub(super) id: FeatureId,
}

impl Looking<'_> {
    /// Returns what was on the screen; none when the writer was not shown the feature, as far as is remembered.
    ///
    /// Of each part that is the state of the earliest revision at which the layer was shown since the writer's own last
    /// write of that part; what the writer sent, where nothing was shown since; else the earliest that was shown at all.
    pub(super) fn look(&self) -> Result<Option<Screen>, StoreError> {
        let Some((base, first)) = self.first_shown()? else {
            return Ok(None);
        };
        let mut feature = first;
        let writes = self.writes()?;
        let mut shown = HashMap::new();
        for (place, field) in self.view.fields().enumerate() {
            let mut edits = writes
                .iter()
                .filter_map(|write| Some((write, edit_of(write, field)?)));
            let Some((write, edit)) = edits.next() else {
                continue;
            };
            match self.shown_since(write, &Part::Field(field.name.clone()), &mut shown)? {
                Some(later) => feature.values[place] = later.values[place].clone(),
                None => {
                    if let Ok(sent) = read_value(field, &edit.new) {
                        feature.values[place] = sent;
                    }
                }
            }
        }
        let moved = |write: &&Receipt| write.recorded.operation.geometry.is_some();
        if let Some(write) = writes.iter().find(moved) {
            feature.geometry = match self.shown_since(write, &Part::Geometry, &mut shown)? {
                Some(later) => later.geometry,
                None => drawn(write).or(feature.geometry),
            };
        }
        Ok(Some(Screen { feature, base }))
    }

    /// Returns the earliest revision at which the feature was shown, with the feature.
    fn first_shown(&self) -> Result<Option<(Revision, Feature)>, StoreError> {
        let Some(first) = self.served_since(Revision(0))? else {
            return Ok(None);
        };
        if let Some(feature) = self.at(first)? {
            return Ok(Some((first, feature)));
        }
        // It was not there yet, and came at some revision after that.
        let (mut without, mut with) = (first, self.store.head()?);
        if self.at(with)?.is_none() {
            return Ok(None);
        }
        while with.0 - without.0 > 1 {
            let middle = Revision(without.0.midpoint(with.0));
            match self.at(middle)? {
                Some(_) => with = middle,
                None => without = middle,
            }
        }
        let Some(first) = self.served_since(with)? else {
            return Ok(None);
        };
        Ok(self.at(first)?.map(|feature| (first, feature)))
    }

    /// Returns the writer's operations on the feature of which something was taken over or kept, the last first.
    fn writes(&self) -> Result<Vec<Receipt>, StoreError> {
        let query = ReceiptQuery {
            device: Some(self.writer.to_owned()),
            feature: Some((self.view.layer().id.clone(), self.id)),
            limit: Some(WRITES_AT_MOST),
            ..ReceiptQuery::default()
        };
        let mut writes = self.store.receipts(&query)?;
        // Whoever sends operations gives them any device.
        writes.retain(|write| {
            let outcome = &write.recorded.outcome;
            write.is_blind && !matches!(outcome, Outcome::Rejected(_) | Outcome::Unpermitted)
        });
        Ok(writes)
    }

    /// Returns the feature as it was shown first after a write of a part; none when nothing was shown since.
    fn shown_since(
        &self,
        write: &Receipt,
        part: &Part,
        shown: &mut HashMap<Revision, Option<Feature>>,
    ) -> Result<Option<Feature>, StoreError> {
        let since = self.revision_of(write, part)?;
        if let Some(known) = shown.get(&since) {
            return Ok(known.clone());
        }
        let served = self.served_since(since)?;
        let feature = served.map(|served| self.at(served)).transpose()?.flatten();
        shown.insert(since, feature.clone());
        Ok(feature)
    }

    /// Returns a revision no later than a write after which its result, or what it met, was there to be shown.
    fn revision_of(&self, write: &Receipt, part: &Part) -> Result<Revision, StoreError> {
        if let Some(revision) = write.revision {
            return Ok(revision);
        }
        let operation = &write.recorded.operation;
        let query = ConflictQuery {
            id: Some(ConflictId {
                operation: operation.id,
                part: part.clone(),
            }),
            ..ConflictQuery::default()
        };
        let met = self.store.conflicts(&query)?.into_iter().next();
        let made = met.and_then(|kept| kept.conflict.theirs_by?.revision);
        Ok(made.unwrap_or(operation.base))
    }

    fn served_since(&self, since: Revision) -> Result<Option<Revision>, StoreError> {
        let layer = &self.view.layer().id;
        self.store.first_served(self.writer, layer, since)
    }

    fn at(&self, revision: Revision) -> Result<Option<Feature>, StoreError> {
        let query = FeatureQuery {
            at: Some(revision),
            ..Which::Id(self.id).query(self.view.clone())
        };
        self.store.read(&query)?.next().transpose()
    }
}

/// Returns what a write set a field to, under whatever name.
fn edit_of<'a>(write: &'a Receipt, field: &Field) -> Option<&'a Edit> {
    let mut set = write.recorded.operation.set.iter();
    set.find_map(|(name, edit)| field.is_called(name).then_some(edit))
}

/// Returns the geometry of a blind write, which the server keeps in EPSG:5514.
fn drawn(write: &Receipt) -> Option<Geometry<f64>> {
    let sent = write.recorded.operation.geometry.as_ref()?;
    read_geometry(&sent.new).ok().flatten()
}
