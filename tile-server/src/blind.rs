//! Blind writers: programs that change features without saying which version they saw, as QGIS does. What they had on the
//! screen is worked out from what they were shown, and the edit is received as an operation of theirs. Knows no HTTP.

mod screen;
mod served;

use std::collections::BTreeMap;

use geo_types::Geometry;
use layers::crs::Crs;
use layers::geojson::write_geometry;
use layers::merge::{Edit, Operation, OperationId, Outcome, Part, SentGeometry};
use layers::policy::Operation as Act;
use layers::{Feature, FeatureId, FeatureQuery, LayerView, Revision, to_json};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::edit::{Draft, EditError, Editor, Seen, Sent, Which};
use crate::operations::Sender;

use self::screen::{Looking, Screen};

pub(crate) use self::served::Served;

/// What became of a blind edit.
pub(crate) struct Written {
    /// The operation as which it was received; none where nothing was to be changed.
    pub(crate) operation: Option<OperationId>,
    /// What was left to a person; of these parts the committed state stands.
    pub(crate) open: Vec<Part>,
    /// The feature as it stands; none when it is not there.
    pub(crate) seen: Option<Seen>,
}

/// A feature that is about to be edited blindly.
struct Aim {
    id: FeatureId,
    screen: Screen,
    /// As it stands, or stood a moment ago; none when it is not there.
    current: Option<Feature>,
    /// The newest revision before that was read.
    head: Revision,
}

impl Aim {
    /// Returns the revision that the writer counts as having seen: the newest where the screen shows what stands, so that
    /// the writer's own edits are nobody else's.
    fn base(&self) -> Revision {
        let shown = &self.screen.feature;
        let stands = |current: &Feature| {
            shown.geometry == current.geometry && shown.values == current.values
        };
        if self.current.as_ref().is_some_and(stands) {
            self.head
        } else {
            self.screen.base
        }
    }
}

impl Written {
    /// Says that an edit was made as it was asked for.
    pub(crate) fn wholly(seen: Option<Seen>) -> Self {
        Self {
            operation: None,
            open: Vec::new(),
            seen,
        }
    }
}

impl Editor<'_> {
    /// Changes what is mentioned of a feature, or all of it, as the writer saw it.
    pub(crate) fn update_blindly(
        &self,
        writer: &str,
        which: Which,
        sent: &Sent,
    ) -> Result<Written, EditError> {
        let view = self.view()?;
        let aim = self.aim(Act::Update, &view, writer, which)?;
        let shown = &aim.screen.feature;
        let mut draft = Draft::of(&view, shown.clone());
        draft.put(sent);
        let findings = draft.unfit();
        if !findings.is_empty() {
            return Err(EditError::Wrong(view, findings));
        }
        let (geometry, values) = draft.changes_from(shown);
        if geometry.is_none() && values.is_empty() {
            let feature = aim.current.ok_or(EditError::NoSuchFeature)?;
            return Ok(Written::wholly(Some(Seen { view, feature })));
        }
        let mut operation = self.operation(writer, &view, Act::Update, &aim);
        for (name, new) in values {
            let (place, field) = view.field(&name).expect("it is a field of the view");
            let old = &shown.values[place];
            let edit = Edit {
                old: Some(to_json(&field.field_type, old)),
                new: to_json(&field.field_type, &new),
            };
            operation.set.insert(name, edit);
        }
        operation.geometry = geometry.map(|new| SentGeometry {
            crs: Crs::SJtsk.epsg(),
            old: shown.geometry.as_ref().map(in_metres),
            new: in_metres(&new),
        });
        self.have_judged(view, operation)
    }

    /// Removes a feature, if it is what the writer saw.
    pub(crate) fn remove_blindly(&self, writer: &str, which: Which) -> Result<Written, EditError> {
        let view = self.view()?;
        let aim = self.aim(Act::Delete, &view, writer, which)?;
        let operation = self.operation(writer, &view, Act::Delete, &aim);
        self.have_judged(view, operation)
    }

    /// Returns which feature is meant, as it stands and as the writer saw it.
    fn aim(
        &self,
        act: Act,
        view: &LayerView,
        writer: &str,
        which: Which,
    ) -> Result<Aim, EditError> {
        let head = self.store.head()?;
        let current = match self.find(act, view, which) {
            Ok(current) => Some(current),
            // Who edits what somebody else removed meets them.
            Err(EditError::NoSuchFeature) => None,
            Err(error) => return Err(error),
        };
        let id = match (which, &current) {
            (Which::Id(id), _) => id,
            (Which::Fid(_), Some(current)) => current.id,
            (Which::Fid(_), None) => return Err(EditError::NoSuchFeature),
        };
        let looking = Looking {
            store: self.store,
            view,
            writer,
            id,
        };
        let nothing_shown = match current {
            Some(_) => EditError::NotShown,
            None => EditError::NoSuchFeature,
        };
        Ok(Aim {
            id,
            screen: looking.look()?.ok_or(nothing_shown)?,
            current,
            head,
        })
    }

    fn operation(&self, writer: &str, view: &LayerView, act: Act, aim: &Aim) -> Operation {
        Operation {
            id: Uuid::now_v7().into(),
            device: writer.to_owned(),
            author: self.user.name.clone(),
            after: None,
            layer: view.layer().id.clone(),
            feature: aim.id,
            act,
            base: aim.base(),
            set: BTreeMap::new(),
            geometry: None,
            at: self.at,
        }
    }

    fn have_judged(&self, view: LayerView, operation: Operation) -> Result<Written, EditError> {
        let (id, feature) = (operation.id, operation.feature);
        let sender = Sender {
            store: self.store,
            user: self.user,
        };
        let (_, received) = sender.send(vec![operation], self.reason, self.at, true)?;
        let mut outcomes = received.judgement.outcomes.into_iter();
        let open = match outcomes.next() {
            Some((_, Outcome::Rejected(findings))) => {
                return Err(EditError::Wrong(view, findings));
            }
            Some((_, Outcome::Unpermitted)) => return Err(EditError::NotYours),
            Some((_, Outcome::Conflict { parts, .. })) => parts,
            _ => Vec::new(),
        };
        let query = FeatureQuery {
            at: Some(received.revision),
            ..Which::Id(feature).query(view.clone())
        };
        let stands = self.store.read(&query)?.next().transpose()?;
        Ok(Written {
            operation: Some(id),
            open,
            seen: stands.map(|feature| Seen { view, feature }),
        })
    }
}

/// Writes a geometry as GeoJSON in metres of EPSG:5514, finer than any two places are told apart.
fn in_metres(geometry: &Geometry<f64>) -> Json {
    let mut out = Vec::new();
    write_geometry(&mut out, Some(geometry));
    serde_json::from_slice(&out).expect("what is written is JSON")
}
