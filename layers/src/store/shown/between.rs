//! What changed of a layer between two revisions.

use std::iter::Peekable;

use crate::{Feature, FeatureQuery, FeatureStore, FeatureStream, LayerView, Revision, StoreError};

/// A feature that a view shows otherwise than before, or only before, or only after.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownChange {
    /// As it was shown before; none when it was not.
    pub before: Option<Feature>,
    /// As it is shown after; none when it is not.
    pub after: Option<Feature>,
}

impl ShownChange {
    /// Returns the feature as it is shown, or was shown last.
    ///
    /// # Panics
    /// When it was shown neither before nor after, which no change of a store is.
    pub fn feature(&self) -> &Feature {
        let shown = self.after.as_ref().or(self.before.as_ref());
        shown.expect("a feature that changed was shown before or after")
    }
}

/// The changes between two revisions, ordered by the `fid` of the features.
///
/// Made to what was shown at the first, in their order, they give what is shown at the second: a feature that was
/// removed and put back has a larger `fid` than before, so that its removal comes first.
pub struct ShownChanges<'a> {
    before: Peekable<FeatureStream<'a>>,
    after: Peekable<FeatureStream<'a>>,
}

/// Compares what a view shows of a layer at two revisions, of the features with a larger `fid` than `after_fid`.
pub fn shown_changes<'a>(
    store: &'a dyn FeatureStore,
    view: &LayerView,
    since: Revision,
    until: Revision,
    after_fid: Option<i64>,
) -> Result<ShownChanges<'a>, StoreError> {
    let at = |revision| FeatureQuery {
        at: Some(revision),
        touched: Some((since, until)),
        after_fid,
        ..FeatureQuery::new(view.clone())
    };
    if since.0 <= 0 {
        // Nothing was there, so that all is new.
        let all = FeatureQuery {
            touched: None,
            ..at(until)
        };
        let nothing: FeatureStream<'_> = Box::new(std::iter::empty());
        return Ok(ShownChanges {
            before: nothing.peekable(),
            after: store.read(&all)?.peekable(),
        });
    }
    Ok(ShownChanges {
        before: store.read(&at(since))?.peekable(),
        after: store.read(&at(until))?.peekable(),
    })
}

impl ShownChanges<'_> {
    /// Returns the next feature that was touched, whether it is shown otherwise or not.
    ///
    /// What was erased from the past looks as if it never was there, so that its erasure shows no difference.
    pub fn next_touched(&mut self) -> Result<Option<ShownChange>, StoreError> {
        let fid = |next: Option<&Result<Feature, StoreError>>| match next {
            Some(Ok(feature)) => feature.fid,
            // An error comes at once, the end last.
            Some(Err(_)) => i64::MIN,
            None => i64::MAX,
        };
        let (old, new) = (fid(self.before.peek()), fid(self.after.peek()));
        let before = self.before.next_if(|_| old <= new).transpose()?;
        let after = self.after.next_if(|_| new <= old).transpose()?;
        let is_over = before.is_none() && after.is_none();
        Ok((!is_over).then_some(ShownChange { before, after }))
    }
}

impl Iterator for ShownChanges<'_> {
    type Item = Result<ShownChange, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_touched().transpose()? {
                Ok(change) if is_same(change.before.as_ref(), change.after.as_ref()) => {}
                other => return Some(other),
            }
        }
    }
}

/// Whether both show the same; how often a feature was committed shows nothing.
pub(super) fn is_same(one: Option<&Feature>, other: Option<&Feature>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            (one.id, one.fid) == (other.id, other.fid)
                && one.geometry == other.geometry
                && one.values == other.values
        }
        (None, None) => true,
        _ => false,
    }
}
