//! The conflict desk: which conflicts somebody may decide, and what they see of them; knows no HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use layers::merge::{ConflictId, ConflictQuery, KeptConflict, Part, ReceiptQuery};
use layers::policy::{Duty, Operation as Act};
use layers::{
    Audience, Layer, LayerId, LayerView, Municipalities, Revision, Rows, Store, StoreError,
};

use crate::rights::User;

mod case;
mod decide;
mod list;
mod permit;
mod reopen;
mod side;

pub(crate) use self::case::Case;
pub(crate) use self::decide::{DeskError, Resolution, Typed};
pub(crate) use self::list::{Filter, Listing};
pub(crate) use self::permit::{may_do, sees_all_that_changes};
pub(crate) use self::side::Side;

/// The device of the operations by which conflicts are decided.
const DEVICE: &str = "conflict desk";

/// Somebody at the desk.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) user: &'a User,
}

/// How many conflicts are open, by layer and municipality; none are nobody's.
pub(crate) type OpenCounts = BTreeMap<(LayerId, Option<i64>), u64>;

impl Desk<'_> {
    /// Returns what this person sees of a layer; an administrator also the fields that are retired, because a conflict
    /// about one is seen by nobody else.
    fn view(&self, layer: &Arc<Layer>) -> Option<LayerView> {
        if self.user.has(Duty::Administer) {
            return Audience::OFFICE.view(layer);
        }
        self.user.audience().view(layer)
    }

    /// Returns the view of a layer, if this person decides conflicts about a part of its features there.
    fn decides(
        &self,
        layer: &LayerId,
        municipality: Option<i64>,
        part: &Part,
    ) -> Option<LayerView> {
        let layer = self.store.layers().get(layer)?;
        let view = self.view(layer)?;
        let may = self.user.may(Act::Update, layer);
        let is_theirs = may.include(layer, municipality) && shows(&view, municipality, part);
        is_theirs.then_some(view)
    }

    /// Whether there is any layer in which this person decides conflicts.
    pub(crate) fn has_a_say(&self) -> bool {
        self.whose() != Municipalities::NONE
    }

    /// Returns in whose features of any layer this person decides conflicts.
    fn whose(&self) -> Municipalities {
        let layers = self.store.layers().iter();
        let own = layers.map(|layer| self.user.may(Act::Update, layer));
        own.fold(Municipalities::NONE, |all, one| all.and(&one))
    }

    /// Counts the open conflicts that this person may decide.
    pub(crate) fn count(&self) -> Result<OpenCounts, StoreError> {
        let mut counts = OpenCounts::new();
        for ((layer, municipality, part), count) in self.store.count_conflicts()? {
            if self.decides(&layer, municipality, &part).is_some() {
                *counts.entry((layer, municipality)).or_default() += count;
            }
        }
        Ok(counts)
    }

    /// Returns a conflict; none when it is not there or not for this person.
    pub(crate) fn case(&self, id: &ConflictId) -> Result<Option<Case>, StoreError> {
        let query = ConflictQuery {
            id: Some(id.clone()),
            limit: Some(1),
            ..ConflictQuery::default()
        };
        let kept = self.store.conflicts(&query)?.into_iter().next();
        kept.map_or(Ok(None), |kept| self.look(kept))
    }

    /// Reads how the feature of a conflict stands; none when the conflict is not for this person.
    fn look(&self, kept: KeptConflict) -> Result<Option<Case>, StoreError> {
        let conflict = &kept.conflict;
        let view = self.decides(&conflict.layer, conflict.municipality, &conflict.part);
        view.map(|view| Case::read(self.store, view, kept))
            .transpose()
    }
}

/// Whether a view shows a part of the features of a municipality.
fn shows(view: &LayerView, municipality: Option<i64>, part: &Part) -> bool {
    let is_among = |codes: &BTreeSet<i64>| municipality.is_some_and(|code| codes.contains(&code));
    let shows_row = match view.rows() {
        Rows::All => true,
        Rows::PublicOrOf(codes) | Rows::Of(codes) => is_among(codes),
    };
    let shows_part = match part {
        Part::Field(name) => view
            .field(name)
            .is_some_and(|(place, _)| view.shown_only_in(place).is_none_or(is_among)),
        Part::Geometry | Part::Feature => true,
    };
    shows_row && shows_part
}

/// Returns the conflict that a revision decided, if it did.
pub(crate) fn decided_by(
    store: &dyn Store,
    revision: Revision,
) -> Result<Option<ConflictId>, StoreError> {
    let receipts = store.receipts(&ReceiptQuery {
        revision: Some(revision),
        limit: Some(1),
        ..ReceiptQuery::default()
    })?;
    let operation = receipts
        .into_iter()
        .map(|receipt| receipt.recorded.operation)
        .next();
    let Some(operation) = operation.filter(|operation| operation.device == DEVICE) else {
        return Ok(None);
    };
    let decided = store.conflicts(&ConflictQuery {
        layer: Some(operation.layer),
        feature: Some(operation.feature),
        is_open: Some(false),
        ..ConflictQuery::default()
    })?;
    let is_it = |kept: &&KeptConflict| {
        let decision = kept.decision.as_ref();
        decision.is_some_and(|decision| decision.operation == operation.id)
    };
    Ok(decided.iter().find(is_it).map(id_of))
}

/// Returns the identity of a conflict.
pub(crate) fn id_of(kept: &KeptConflict) -> ConflictId {
    ConflictId {
        operation: kept.conflict.operation,
        part: kept.conflict.part.clone(),
    }
}
