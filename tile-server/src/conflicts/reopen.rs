//! Taking a decision back: what stood before it comes back unless somebody went on, and the conflict is open again.

use layers::merge::{ConflictId, Operation, Outcome, ReceiptQuery};
use layers::policy::Operation as Act;
use layers::undo::{Undo, way_back};

use super::decide::{stands, undecidable};
use super::{Case, Desk, DeskError, Resolution};

impl Desk<'_> {
    /// Takes the decision of a conflict back and returns the conflict as it is then.
    ///
    /// Where somebody went on from the decision, what they made stays: the conflict is open again over that.
    pub(crate) fn reopen(
        &self,
        id: &ConflictId,
        resolution: &Resolution,
    ) -> Result<Case, DeskError> {
        let case = self.seen(id, &resolution.seen)?;
        if let Some(operation) = self.way_back(&case, resolution)? {
            match self.commit(&case, resolution, operation, None)? {
                outcome if stands(&outcome) => return self.again(id),
                Outcome::Unpermitted => return Err(DeskError::NotYours),
                _ => {}
            }
        }
        let nothing = self.operation(&case, resolution)?;
        match self.commit(&case, resolution, nothing, None)? {
            outcome if stands(&outcome) => self.again(id),
            _ => Err(DeskError::NotYours),
        }
    }

    /// Returns the operation that takes a decision back; none when it changed no feature.
    fn way_back(
        &self,
        case: &Case,
        resolution: &Resolution,
    ) -> Result<Option<Operation>, DeskError> {
        let Some(decision) = &case.kept.decision else {
            return Err(undecidable(
                "Konflikt není rozhodnutý, není co vzít zpět.",
                "The conflict is not decided, there is nothing to take back.",
            ));
        };
        let query = ReceiptQuery {
            id: Some(decision.operation),
            limit: Some(1),
            ..ReceiptQuery::default()
        };
        let receipt = self.store.receipts(&query)?.into_iter().next();
        let Some(revision) = receipt.and_then(|receipt| receipt.revision) else {
            return Ok(None);
        };
        let conflict = &case.kept.conflict;
        let undo = Undo {
            revision,
            author: self.user.name.clone(),
            reason: resolution.reason.clone(),
            at: resolution.at,
            municipalities: self.user.may(Act::Update, case.layer()),
            strict: false,
        };
        let feature = (&conflict.layer, conflict.feature);
        Ok(way_back(self.store, feature, &undo, &|| {
            resolution.operation
        })?)
    }
}
