//! What revisions made of features, as somebody sees it, part by part; knows no HTTP.

use chrono::{DateTime, Utc};
use layers::policy::Operation;
use layers::store::{HistoryStart, ShownVersion, shown_versions};
use layers::{
    ChangeKind, Feature, FeatureId, Layer, LayerView, Municipalities, Revision, RevisionInfo,
    Store, StoreError, Value,
};

use crate::rights::User;

mod moved;

pub(crate) use self::moved::Moved;

/// One version of a feature as somebody sees it.
pub(crate) struct Step {
    pub(crate) revision: Revision,
    pub(crate) at: DateTime<Utc>,
    /// Who made it, and why; none for those who are not to know.
    pub(crate) signature: Option<Signature>,
    pub(crate) kind: ChangeKind,
    pub(crate) differences: Differences,
}

/// Who made a version, and why.
pub(crate) struct Signature {
    pub(crate) author: String,
    pub(crate) reason: String,
}

/// What is otherwise than before; nothing of what was removed.
#[derive(Default)]
pub(crate) struct Differences {
    pub(crate) values: Vec<ValueDifference>,
    pub(crate) geometry: Option<GeometryDifference>,
}

/// A value that is otherwise than before.
pub(crate) struct ValueDifference {
    /// The place of the field among those of the view.
    pub(crate) place: usize,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

/// What happened to a geometry.
pub(crate) enum GeometryDifference {
    /// There was none before.
    Came,
    /// There is none any more.
    Went,
    /// It is another.
    Changed(Moved),
}

/// Part of the history of a feature, the newest version first.
pub(crate) struct FeatureHistory {
    pub(crate) steps: Vec<Step>,
    /// The feature as it was shown last within this part.
    pub(crate) shown: Option<Feature>,
    /// Before which revision there is more.
    pub(crate) next: Option<Revision>,
    /// The oldest state of the layer that is kept; none when all are.
    pub(crate) start: Option<HistoryStart>,
}

impl FeatureHistory {
    /// Reads at most so many versions that were made before a revision.
    pub(crate) fn read(
        store: &dyn Store,
        user: Option<&User>,
        view: &LayerView,
        id: FeatureId,
        before: Option<Revision>,
        limit: u64,
    ) -> Result<Self, StoreError> {
        // One more than asked for tells whether there is more.
        let mut versions = shown_versions(store, view, id, before, limit + 1)?;
        let is_more = versions.len() as u64 > limit;
        versions.truncate(limit as usize);
        let last = versions.last().filter(|_| is_more);
        let next = last.map(|version| version.revision.revision);
        let shown = versions.iter().find_map(|one| one.after.clone());
        let shown = shown.or_else(|| versions.first()?.before.clone());
        let theirs = theirs(user, view.layer());
        let steps = versions.into_iter().map(|one| step(view, &theirs, one));
        Ok(Self {
            steps: steps.collect(),
            shown,
            next,
            start: store.history_start(&view.layer().id)?,
        })
    }
}

/// Returns of whose features of a layer somebody is told who changed them, and why: names are personal data, so only
/// those learn them who change these features too.
pub(crate) fn theirs(user: Option<&User>, layer: &Layer) -> Municipalities {
    user.map_or(Municipalities::NONE, |user| {
        user.may(Operation::Update, layer)
    })
}

fn step(view: &LayerView, theirs: &Municipalities, version: ShownVersion) -> Step {
    let ShownVersion {
        revision,
        before,
        after,
    } = version;
    let states = [before.as_ref(), after.as_ref()];
    let mut states = states.into_iter().flatten();
    let is_theirs = states.any(|one| theirs.include(view.layer(), view.municipality_of(one)));
    let RevisionInfo {
        revision,
        at,
        author,
        reason,
    } = revision;
    Step {
        revision,
        at,
        signature: is_theirs.then_some(Signature { author, reason }),
        kind: kind(before.as_ref(), after.as_ref()),
        differences: Differences::between(before.as_ref(), after.as_ref()),
    }
}

/// Returns what was done, as it looks to somebody who saw both states.
pub(crate) fn kind(before: Option<&Feature>, after: Option<&Feature>) -> ChangeKind {
    match (before, after) {
        (None, _) => ChangeKind::Insert,
        (Some(_), Some(_)) => ChangeKind::Update,
        (Some(_), None) => ChangeKind::Delete,
    }
}

impl Differences {
    /// Compares two states of a feature, both read through one view.
    pub(crate) fn between(before: Option<&Feature>, after: Option<&Feature>) -> Self {
        let Some(after) = after else {
            return Self::default();
        };
        let old = |place: usize| before.map_or(Value::Null, |one| one.values[place].clone());
        let values = after.values.iter().enumerate();
        let values = values.map(|(place, new)| ValueDifference {
            place,
            old: old(place),
            new: new.clone(),
        });
        let was = before.and_then(|one| one.geometry.as_ref());
        Self {
            values: values.filter(|one| one.old != one.new).collect(),
            geometry: match (was, &after.geometry) {
                (None, None) => None,
                (None, Some(_)) => Some(GeometryDifference::Came),
                (Some(_), None) => Some(GeometryDifference::Went),
                (Some(old), Some(new)) => {
                    (old != new).then(|| GeometryDifference::Changed(Moved::between(old, new)))
                }
            },
        }
    }
}
