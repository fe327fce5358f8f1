//! Editing one feature: rights, version, schema and geometry, then one change set; knows no HTTP.

use std::fmt::{self, Write};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use layers::crs::NamedCrs;
use layers::policy::Operation;
use layers::{
    Change, ChangeSet, Feature, FeatureId, FeatureQuery, Finding, LayerView, Municipalities,
    Problem, Revision, Store, StoreError, to_json,
};
use serde_json::Value as Json;
use xxhash_rust::xxh3::xxh3_128;

use crate::rights::{User, audience};

mod draft;
mod look;

pub(crate) use self::draft::Draft;
pub(crate) use self::look::{look, look_at};

/// Which state of a feature somebody saw: a hash of what it showed. What somebody may not see moves no version, and a
/// feature that was removed and put back has another, because its key in the store is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(u128);

impl Version {
    /// Returns the version of a feature as it was read through a view.
    pub(crate) fn of(view: &LayerView, feature: &Feature) -> Self {
        let mut shown = format!("{} {:?}", feature.fid, feature.geometry);
        for (field, value) in view.fields().zip(&feature.values) {
            if !value.is_null() {
                // The first name: a new one moves no version.
                let name = field.was.first().unwrap_or(&field.name);
                let value = to_json(&field.field_type, value);
                write!(shown, "\n{name} {value}").expect("a string takes every character");
            }
        }
        Self(xxh3_128(shown.as_bytes()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        u128::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_not_hex| ())
    }
}

/// How a path names a feature.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// By its identity.
    Id(FeatureId),
    /// By its key in the store, as tiles do.
    Fid(i64),
}

impl Which {
    /// Returns the query for that feature.
    pub(crate) fn query(self, view: LayerView) -> FeatureQuery {
        let mut query = FeatureQuery::new(view);
        match self {
            Self::Id(id) => query.id = Some(id),
            Self::Fid(fid) => query.fids = Some(vec![fid]),
        }
        query
    }
}

impl FromStr for Which {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match (text.parse(), text.parse()) {
            (Ok(id), _) => Ok(Self::Id(id)),
            (_, Ok(fid)) => Ok(Self::Fid(fid)),
            _ => Err(()),
        }
    }
}

/// What somebody sends of a feature: a GeoJSON document and the coordinate system of its geometry.
pub(crate) struct Sent {
    pub(crate) document: Json,
    pub(crate) crs: NamedCrs,
    /// Whether the document is the whole feature, so that what it does not mention is to be empty.
    pub(crate) is_whole: bool,
}

/// Who edits which layer, when and why.
pub(crate) struct Editor<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) user: &'a User,
    pub(crate) layer: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) at: DateTime<Utc>,
}

/// A feature as it stands, and the view it was read through.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) view: LayerView,
    pub(crate) feature: Feature,
}

/// A feature that somebody else changed first: what stands, and what the edit would have made of it.
#[derive(Debug)]
pub(crate) struct Overtaken {
    pub(crate) view: LayerView,
    pub(crate) current: Feature,
    /// None for a removal.
    pub(crate) yours: Option<Feature>,
}

/// Why an edit was not made; nothing was written.
#[derive(Debug)]
pub(crate) enum EditError {
    /// The layer is not there, or not for this user.
    NoSuchLayer,
    /// The layer shows a table that others keep; says who answers for it.
    Attached(String),
    /// The feature is not there, or not for this user.
    NoSuchFeature,
    /// The feature is, or would become, somebody else's.
    NotYours,
    /// The feature has moved on.
    Overtaken(Box<Overtaken>),
    /// It was not said which version was seen, and nothing is known of what was shown.
    NotShown,
    /// There is a feature with the identity of the new one; none when this user may not see it.
    Exists(Option<Box<Seen>>),
    /// Everything that is wrong with what was sent.
    Wrong(LayerView, Vec<Finding>),
    /// The store did not do it.
    Store(StoreError),
}

impl From<StoreError> for EditError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Editor<'_> {
    /// Adds the feature that is sent.
    pub(crate) fn create(&self, sent: &Sent, new_id: FeatureId) -> Result<Seen, EditError> {
        let view = self.view()?;
        let there = look(self.store, Some(self.user), view.layer(), Which::Id(new_id))?;
        if let Some(there) = there {
            return Err(EditError::Exists(Some(Box::new(there))));
        }
        let mut draft = Draft::empty(&view, new_id);
        draft.put(sent);
        self.must(Operation::Create, &view, &draft.feature)?;
        let findings = draft.findings(self.store)?;
        if !findings.is_empty() {
            return Err(EditError::Wrong(view.clone(), findings));
        }
        let change = Change::Insert {
            layer: view.layer().id.clone(),
            id: new_id,
            geometry: draft.feature.geometry.clone(),
            values: draft.all_values(),
        };
        let (made, revision) = self.commit(&view, new_id, change, draft.feature)?;
        if let Some(writer) = &self.user.blind_as {
            // The answer shows it to them.
            let layer = &view.layer().id;
            let noted = self.store.note_served(writer, layer, revision, self.at);
            noted.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
        }
        Ok(made)
    }

    /// Changes what is mentioned (RFC 7396), and the rest stays; or all of it, if the whole feature is sent.
    pub(crate) fn update(
        &self,
        which: Which,
        seen: &[Version],
        sent: &Sent,
    ) -> Result<Seen, EditError> {
        let view = self.view()?;
        let stored = self.find(Operation::Update, &view, which)?;
        let mut draft = Draft::of(&view, stored.clone());
        draft.put(sent);
        self.must(Operation::Update, &view, &draft.feature)?;
        if !seen.contains(&Version::of(&view, &stored)) {
            return Err(overtaken(&view, stored, Some(draft.feature)));
        }
        let findings = draft.findings(self.store)?;
        if !findings.is_empty() {
            return Err(EditError::Wrong(view.clone(), findings));
        }
        let (geometry, values) = draft.changes_from(&stored);
        if geometry.is_none() && values.is_empty() {
            return Ok(Seen {
                view,
                feature: stored,
            });
        }
        let change = Change::Update {
            layer: view.layer().id.clone(),
            id: stored.id,
            expected_rev: Some(stored.rev),
            geometry,
            set: values,
        };
        let (changed, _) = self.commit(&view, stored.id, change, draft.feature)?;
        Ok(changed)
    }

    /// Removes a feature.
    pub(crate) fn remove(&self, which: Which, seen: &[Version]) -> Result<(), EditError> {
        let view = self.view()?;
        let stored = self.find(Operation::Delete, &view, which)?;
        if !seen.contains(&Version::of(&view, &stored)) {
            return Err(overtaken(&view, stored, None));
        }
        let change = Change::Delete {
            layer: view.layer().id.clone(),
            id: stored.id,
            expected_rev: Some(stored.rev),
        };
        self.apply(&view, change, None).map(|_| ())
    }

    /// Returns what the editor sees of the layer, if it is one that is edited here.
    pub(crate) fn view(&self) -> Result<LayerView, EditError> {
        let layer = self.store.layers().named(self.layer);
        let view = layer.and_then(|layer| audience(Some(self.user)).view(layer));
        let view = view.ok_or(EditError::NoSuchLayer)?;
        match view.layer().source {
            Some(_) => Err(EditError::Attached(view.layer().steward.clone())),
            None => Ok(view),
        }
    }

    /// Returns the feature as its editor sees it, if it may do that with it.
    pub(crate) fn find(
        &self,
        operation: Operation,
        view: &LayerView,
        which: Which,
    ) -> Result<Feature, EditError> {
        let seen = look(self.store, Some(self.user), view.layer(), which)?;
        let stored = seen.ok_or(EditError::NoSuchFeature)?.feature;
        let owner = view.municipality_of(&stored);
        if self
            .user
            .may(operation, view.layer())
            .include(view.layer(), owner)
        {
            Ok(stored)
        } else {
            Err(EditError::NotYours)
        }
    }

    /// Refuses what would be somebody else's; that an owner is missing is a finding and says more to who has some.
    fn must(
        &self,
        operation: Operation,
        view: &LayerView,
        draft: &Feature,
    ) -> Result<(), EditError> {
        let layer = view.layer();
        let theirs = self.user.may(operation, layer);
        let owner = view.municipality_of(draft);
        let unowned = layer.municipal && owner.is_none() && theirs != Municipalities::NONE;
        if unowned || theirs.include(layer, owner) {
            Ok(())
        } else {
            Err(EditError::NotYours)
        }
    }

    /// Commits the change and reads the feature as the new revision has it.
    fn commit(
        &self,
        view: &LayerView,
        id: FeatureId,
        change: Change,
        yours: Feature,
    ) -> Result<(Seen, Revision), EditError> {
        let revision = self.apply(view, change, Some(yours))?;
        let read = read(self.store, view, id, Some(revision));
        // It is written: an error of reading must not sound as if it were not.
        let read = read.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
        let feature = read.ok_or(EditError::NoSuchFeature)?;
        let view = view.clone();
        Ok((Seen { view, feature }, revision))
    }

    fn apply(
        &self,
        view: &LayerView,
        change: Change,
        yours: Option<Feature>,
    ) -> Result<Revision, EditError> {
        let id = change.id();
        let operation = match change {
            Change::Insert { .. } => Operation::Create,
            Change::Update { .. } => Operation::Update,
            Change::Delete { .. } => Operation::Delete,
        };
        let applied = self.store.apply(ChangeSet {
            author: self.user.name.clone(),
            reason: self.reason.to_owned(),
            at: self.at,
            municipalities: self.user.may(operation, view.layer()),
            changes: Box::new(std::iter::once(change)),
        });
        let rejections = match applied {
            Ok(applied) => return Ok(applied.revision),
            Err(StoreError::Rejected(rejections)) => rejections,
            Err(error) => return Err(error.into()),
        };
        let findings: Vec<_> = rejections
            .listed
            .into_iter()
            .flat_map(|rejection| rejection.findings)
            .collect();
        let says = |wanted: fn(&Problem) -> bool| findings.iter().any(|f| wanted(&f.problem));
        if says(|problem| matches!(problem, Problem::NoSuchFeature)) {
            return Err(EditError::NoSuchFeature);
        }
        if says(|problem| matches!(problem, Problem::NotTheirs)) {
            return Err(EditError::NotYours);
        }
        if says(|problem| matches!(problem, Problem::DuplicateId)) {
            return Err(EditError::Exists(None));
        }
        if says(|problem| matches!(problem, Problem::Stale(_))) {
            // Somebody was faster between reading and writing.
            let current = self.find(operation, view, Which::Id(id))?;
            return Err(overtaken(view, current, yours));
        }
        Err(EditError::Wrong(view.clone(), findings))
    }
}

fn overtaken(view: &LayerView, current: Feature, yours: Option<Feature>) -> EditError {
    EditError::Overtaken(Box::new(Overtaken {
        view: view.clone(),
        current,
        yours,
    }))
}

fn read(
    store: &dyn Store,
    view: &LayerView,
    id: FeatureId,
    at: Option<Revision>,
) -> Result<Option<Feature>, StoreError> {
    let query = FeatureQuery {
        at,
        ..Which::Id(id).query(view.clone())
    };
    store.read(&query)?.next().transpose()
}
