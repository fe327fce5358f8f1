//! One conflict as somebody at the desk sees it: what met, and how the feature stands now.

use layers::merge::{Held, KeptConflict, Part, Signature};
use layers::{Feature, FeatureQuery, Field, Layer, LayerView, Revision, Store, StoreError};

use super::Side;
use super::side::{side, through};
use crate::edit::Version;

/// A conflict, and the feature that it is about.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) kept: KeptConflict,
    /// What its reader sees of the layer.
    pub(crate) view: LayerView,
    /// The feature as it stands; none when it is gone, or is not theirs any more.
    pub(crate) now: Option<Feature>,
    /// The revision at which it was read.
    pub(crate) at: Revision,
    /// Who made what stands.
    pub(crate) now_by: Option<Signature>,
}

impl Case {
    pub(super) fn read(
        store: &dyn Store,
        view: LayerView,
        kept: KeptConflict,
    ) -> Result<Self, StoreError> {
        let at = store.head()?;
        let query = FeatureQuery {
            at: Some(at),
            id: Some(kept.conflict.feature),
            limit: Some(1),
            ..FeatureQuery::new(view.clone())
        };
        let now = store.read(&query)?.next().transpose()?;
        let mut case = Self {
            kept,
            view,
            now,
            at,
            now_by: None,
        };
        case.now_by = case.author_of_what_stands(store)?;
        Ok(case)
    }

    /// Returns who made what stands: as noted when they met, or whoever changed the feature since.
    fn author_of_what_stands(&self, store: &dyn Store) -> Result<Option<Signature>, StoreError> {
        let conflict = &self.kept.conflict;
        if self.stands() == self.theirs() {
            return Ok(conflict.theirs_by.clone());
        }
        let last = store.last_change(&conflict.layer, conflict.feature)?;
        Ok(last.map(|info| Signature {
            author: info.author,
            at: info.at,
            revision: Some(info.revision),
        }))
    }

    pub(crate) fn layer(&self) -> &Layer {
        self.view.layer()
    }

    /// Returns the field that it is about, if it is about one.
    pub(crate) fn field(&self) -> Option<&Field> {
        match &self.kept.conflict.part {
            Part::Field(name) => self.view.field(name).map(|(_, field)| field),
            Part::Geometry | Part::Feature => None,
        }
    }

    /// Returns what there was before both.
    pub(crate) fn base(&self) -> Side {
        self.side(&self.kept.conflict.base)
    }

    /// Returns what was committed when they met.
    pub(crate) fn theirs(&self) -> Side {
        self.side(&self.kept.conflict.theirs)
    }

    /// Returns what waits.
    pub(crate) fn mine(&self) -> Side {
        self.side(&self.kept.conflict.mine)
    }

    /// Returns what stands now of the part.
    pub(crate) fn stands(&self) -> Side {
        let now = self.now.as_ref();
        match &self.kept.conflict.part {
            Part::Feature => Side::Feature(now.cloned()),
            Part::Geometry => Side::Geometry(now.and_then(|now| now.geometry.clone())),
            Part::Field(name) => {
                let value = self.view.field(name).zip(now);
                let value = value.map(|((place, _), now)| now.values[place].clone());
                Side::Value(value.unwrap_or_default())
            }
        }
    }

    /// Returns the feature by which it can be named: as it stands, or as it was last seen.
    pub(crate) fn named_by(&self) -> Option<Feature> {
        let conflict = &self.kept.conflict;
        let held = [&conflict.theirs, &conflict.base, &conflict.mine];
        let mut whole = held.into_iter().filter_map(|held| match held {
            Held::Feature(content) => through(&self.view, conflict.feature, content.as_ref()?),
            Held::Value(_) | Held::Geometry(_) => None,
        });
        self.now.clone().or_else(|| whole.next())
    }

    /// Whether nothing was decided yet.
    pub(crate) fn is_open(&self) -> bool {
        self.kept.decision.is_none()
    }

    /// Whether what waits can still be taken: the feature is there, or comes back by it; the field is in use.
    pub(crate) fn can_take_mine(&self) -> bool {
        let is_there = self.now.is_some();
        match &self.kept.conflict.part {
            Part::Feature => is_there || matches!(self.mine(), Side::Feature(Some(_))),
            Part::Geometry => is_there,
            Part::Field(_) => is_there && self.field().is_some_and(|field| !field.retired),
        }
    }

    /// Whether something else can be typed.
    pub(crate) fn can_take_typed(&self) -> bool {
        self.can_take_mine() && self.kept.conflict.part != Part::Feature
    }

    /// Returns the mark of what is shown, by which a decision says what its author saw.
    pub(crate) fn mark(&self) -> String {
        let version = self.now.as_ref().map(|now| Version::of(&self.view, now));
        let version = version.map_or_else(|| "gone".to_owned(), |version| version.to_string());
        let decision = self.kept.decision.as_ref();
        let decision =
            decision.map_or_else(|| "open".to_owned(), |made| made.operation.to_string());
        format!("{version}.{decision}")
    }

    fn side(&self, held: &Held) -> Side {
        side(&self.view, self.kept.conflict.feature, held)
    }
}
