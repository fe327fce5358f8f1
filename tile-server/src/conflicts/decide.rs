//! Deciding a conflict: an operation like any other, committed together with what was decided.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use layers::merge::{
    Asked, Batch, Choice, ConflictId, Content, Decision, Edit, Held, Judgement, Operation,
    OperationId, Outcome, SentGeometry, edits, geometry_edit, receive_deciding,
};
use layers::policy::Operation as Act;
use layers::{Audience, Finding, LayerView, Revision, StoreError, Text, to_json};
use serde_json::Value as Json;

use super::{Case, DEVICE, Desk, id_of, may_do};
use crate::edit::Which;

/// What somebody decides, and what they saw when they did.
#[derive(Clone, Debug)]
pub(crate) struct Resolution {
    pub(crate) choice: Choice,
    /// What was typed, where something else was chosen.
    pub(crate) typed: Option<Typed>,
    /// The mark of what was shown.
    pub(crate) seen: String,
    /// The identity of the operation.
    pub(crate) operation: OperationId,
    pub(crate) at: DateTime<Utc>,
    pub(crate) reason: String,
}

/// Something that is neither side's.
#[derive(Clone, Debug)]
pub(crate) enum Typed {
    /// A value, as JSON.
    Value(Json),
    /// A geometry, in the coordinates of an EPSG code.
    Geometry { crs: i32, geometry: Json },
}

/// Why nothing was decided; nothing was written.
#[derive(Debug)]
pub(crate) enum DeskError {
    /// The conflict is not there, or not for this person.
    NoSuchConflict,
    /// What was shown does not stand any more; this does.
    Overtaken(Box<Case>),
    /// It cannot be done with this conflict.
    Undecidable(Text),
    /// This person may not add or remove the feature, or it is somebody else's by now.
    NotYours,
    /// Everything that is wrong with the value.
    Wrong(LayerView, Vec<Finding>),
    /// The store did not do it.
    Store(StoreError),
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Desk<'_> {
    /// Decides a conflict and returns it as it is then.
    pub(crate) fn decide(
        &self,
        id: &ConflictId,
        resolution: &Resolution,
    ) -> Result<Case, DeskError> {
        let case = self.seen(id, &resolution.seen)?;
        if !case.is_open() {
            return Err(undecidable(
                "Konflikt už je rozhodnutý. Nejdřív vezměte rozhodnutí zpět.",
                "The conflict is decided already. Take the decision back first.",
            ));
        }
        let operation = self.wanted(&case, resolution)?;
        let decision = Decision {
            choice: resolution.choice,
            operation: resolution.operation,
            by: self.user.name.clone(),
            at: resolution.at,
        };
        match self.commit(&case, resolution, operation, Some(&decision))? {
            outcome if stands(&outcome) => self.again(id),
            Outcome::Unpermitted => Err(DeskError::NotYours),
            Outcome::Rejected(findings) => Err(DeskError::Wrong(case.view, findings)),
            // Somebody was faster.
            _ => Err(self.overtaken(id)),
        }
    }

    /// Returns a conflict whose shown state still stands.
    pub(super) fn seen(&self, id: &ConflictId, seen: &str) -> Result<Case, DeskError> {
        let case = self.case(id)?.ok_or(DeskError::NoSuchConflict)?;
        if case.mark() == seen {
            Ok(case)
        } else {
            Err(DeskError::Overtaken(Box::new(case)))
        }
    }

    pub(super) fn again(&self, id: &ConflictId) -> Result<Case, DeskError> {
        self.case(id)?.ok_or(DeskError::NoSuchConflict)
    }

    /// Returns the operation that carries a decision out; one that changes nothing when what stands stays.
    fn wanted(&self, case: &Case, resolution: &Resolution) -> Result<Operation, DeskError> {
        let mut operation = self.operation(case, resolution)?;
        let is_possible = match resolution.choice {
            Choice::Theirs => return Ok(operation),
            Choice::Mine => case.can_take_mine(),
            Choice::Typed => case.can_take_typed(),
        };
        if !is_possible {
            return Err(undecidable(
                "Tady lze jen nechat, co platí.",
                "Here what stands can only be kept.",
            ));
        }
        let conflict = &case.kept.conflict;
        match (&conflict.mine, &resolution.typed) {
            (Held::Value(mine), typed) => {
                let field = case.field().expect("asked above");
                let (place, _) = case.view.field(&field.name).expect("it is of the view");
                let now = case.now.as_ref().map(|now| &now.values[place]);
                let new = match typed {
                    Some(Typed::Value(new)) => new.clone(),
                    _ => to_json(&field.field_type, mine),
                };
                let old = now.map(|now| to_json(&field.field_type, now));
                operation.set = BTreeMap::from([(field.name.clone(), Edit { old, new })]);
            }
            (Held::Geometry(_), Some(Typed::Geometry { crs, geometry })) => {
                operation.geometry = Some(SentGeometry {
                    crs: *crs,
                    old: None,
                    new: geometry.clone(),
                });
            }
            (Held::Geometry(mine), _) => {
                let now = case.now.as_ref().and_then(|now| now.geometry.as_ref());
                operation.geometry = mine.as_ref().map(|mine| geometry_edit(now, mine));
            }
            (Held::Feature(mine), _) => self.make_whole(case, mine.as_ref(), &mut operation)?,
        }
        Ok(operation)
    }

    /// Makes the operation one that makes the whole feature what waits: as it was edited, or gone.
    fn make_whole(
        &self,
        case: &Case,
        mine: Option<&Content>,
        operation: &mut Operation,
    ) -> Result<(), DeskError> {
        let layer = case.view.layer();
        // Also what this person does not see of it.
        let all = Audience::OFFICE
            .view(layer)
            .expect("the office sees every layer");
        let query = Which::Id(case.kept.conflict.feature).query(all);
        let now = self.store.read(&query)?.next().transpose()?;
        let now = now.map(Content::from);
        match mine {
            None => operation.act = Act::Delete,
            Some(mine) => {
                if now.is_none() {
                    operation.act = Act::Create;
                }
                (operation.set, operation.geometry) = edits(layer, now.as_ref(), mine);
            }
        }
        Ok(())
    }

    /// Commits an operation together with what becomes of the conflict, if all of the operation comes to stand.
    pub(super) fn commit(
        &self,
        case: &Case,
        resolution: &Resolution,
        operation: Operation,
        decision: Option<&Decision>,
    ) -> Result<Outcome, DeskError> {
        let batch = Batch {
            author: self.user.name.clone(),
            reason: resolution.reason.clone(),
            at: resolution.at,
            municipalities: self.user.may(operation.act, case.layer()),
            operations: vec![operation],
        };
        let id = id_of(&case.kept);
        let permits = |asked: &Asked<'_>| may_do(self.user, asked);
        let decide = |judgement: &Judgement| {
            let (_, outcome) = judgement.outcomes.first()?;
            let decided = || vec![(id.clone(), decision.cloned())];
            stands(outcome).then(decided)
        };
        match receive_deciding(self.store, &batch, false, &permits, &decide) {
            Ok(received) => {
                let mut outcomes = received.judgement.outcomes.into_iter();
                let (_, outcome) = outcomes.next().expect("one for the one operation");
                Ok(outcome)
            }
            Err(StoreError::StaleRecords(_)) => Err(self.overtaken(&id)),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the error that tells how a conflict is now.
    fn overtaken(&self, id: &ConflictId) -> DeskError {
        match self.again(id) {
            Ok(case) => DeskError::Overtaken(Box::new(case)),
            Err(error) => error,
        }
    }

    /// Returns an operation on the feature of a conflict that changes nothing yet.
    pub(super) fn operation(
        &self,
        case: &Case,
        resolution: &Resolution,
    ) -> Result<Operation, StoreError> {
        let conflict = &case.kept.conflict;
        let base = if case.now.is_some() {
            case.at
        } else {
            // Of what is gone, the last state in which it was there.
            let gone = self.store.last_change(&conflict.layer, conflict.feature)?;
            gone.map_or(case.at, |gone| Revision(gone.revision.0 - 1))
        };
        Ok(Operation {
            id: resolution.operation,
            device: DEVICE.to_owned(),
            author: self.user.name.clone(),
            after: None,
            layer: conflict.layer.clone(),
            feature: conflict.feature,
            act: Act::Update,
            base,
            set: BTreeMap::new(),
            geometry: None,
            at: resolution.at,
        })
    }
}

/// Whether all of an operation stands.
pub(super) fn stands(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Applied { .. } | Outcome::Merged { .. })
}

pub(super) fn undecidable(cs: &str, en: &str) -> DeskError {
    DeskError::Undecidable(Text {
        cs: cs.to_owned(),
        en: en.to_owned(),
    })
}
