//! What can go wrong with definitions and stores, said so that a person knows what to do.

use crate::{FeatureId, Finding, LayerId};

/// A definition file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct DefinitionError {
    /// The file's name.
    pub file: String,
    /// What is wrong and what is expected.
    pub problem: String,
}

/// One change that was not accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// The place of the change in its set, from 0.
    pub index: usize,
    /// The layer it names.
    pub layer: LayerId,
    /// The feature it names.
    pub id: FeatureId,
    /// Everything wrong with it.
    pub findings: Vec<Finding>,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Changes that break a rule; nothing was written.
    #[error("{} changes were rejected, the first in layer {}: {}", .0.len(), first_layer(.0), first_finding(.0))]
    Rejected(Vec<Rejection>),
    /// Records that have moved on since their author read them; nothing was written.
    #[error("records changed meanwhile: {}; read them again", .0.join(", "))]
    StaleRecords(Vec<String>),
    /// The store has no layer of that name.
    #[error("the store has no layer {0}")]
    UnknownLayer(LayerId),
    /// A query names a field that its audience does not see.
    #[error("layer {layer} has no field {field}")]
    UnknownField {
        /// The layer.
        layer: LayerId,
        /// The name that is not there.
        field: String,
    },
    /// The file or database is not what it should be.
    #[error("the store cannot be used: {0}")]
    Unusable(String),
    /// Another program holds the store for writing longer than we wait.
    #[error("another program is writing to the store; try again in a moment")]
    Busy,
    /// The engine below failed; the detail is for the log, not for a client.
    #[error("the store failed while it was to {act}: {detail}")]
    Engine {
        /// What was being done.
        act: &'static str,
        /// What the engine said.
        detail: String,
    },
}

fn first_layer(rejections: &[Rejection]) -> String {
    rejections
        .first()
        .map(|r| r.layer.to_string())
        .unwrap_or_default()
}

fn first_finding(rejections: &[Rejection]) -> String {
    rejections
        .first()
        .and_then(|r| r.findings.first())
        .map(ToString::to_string)
        .unwrap_or_default()
}
