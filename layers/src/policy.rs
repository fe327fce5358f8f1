//! The policy: which role sees and does what, read from one file, `layers/policy.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::{Audience, Layer, Municipalities, PrivacyClass, Text};

mod file;

use self::file::PolicyFile;

/// Stands for every class of layers.
const EVERY_CLASS: &str = "*";

/// What is done with one feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Adding it.
    Create,
    /// Changing it.
    Update,
    /// Removing it.
    Delete,
}

impl Operation {
    /// All operations, in the order in which people read them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    /// Returns the word that records and forms write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// What is done beside features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duty {
    /// Making releases of datasets.
    Publish,
    /// Reading who saw and did what.
    Audit,
    /// Managing users, their roles and tokens.
    Administer,
}

/// A role that somebody has, and for whose features.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// The role's id in the policy; an unknown one grants nothing.
    pub role: String,
    /// For whose features it holds.
    pub municipalities: Municipalities,
}

/// Kinds of layers that are treated alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerClass {
    /// The id that definitions name.
    pub id: String,
    /// What people read.
    pub title: Text,
}

/// What those see and do who have a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The id that assignments name.
    pub id: String,
    /// What people read.
    pub title: Text,
    /// What it is for, in a sentence or two.
    pub description: Text,
    /// Whether it is given for some municipalities, not for all.
    pub municipal: bool,
    seen: [Classes; 2],
    done: [Classes; 3],
    duties: BTreeSet<Duty>,
}

/// Some classes of layers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Classes {
    All,
    Listed(BTreeSet<String>),
}

impl Classes {
    fn has(&self, class: &str) -> bool {
        match self {
            Self::All => true,
            Self::Listed(classes) => classes.contains(class),
        }
    }
}

impl Role {
    /// Returns up to which privacy class the role sees layers of a class.
    pub fn clearance(&self, class: &str) -> PrivacyClass {
        let [internal, personal] = &self.seen;
        if personal.has(class) {
            PrivacyClass::Personal
        } else if internal.has(class) {
            PrivacyClass::Internal
        } else {
            PrivacyClass::Public
        }
    }

    /// Whether the role does that with features of layers of a class.
    pub fn does(&self, operation: Operation, class: &str) -> bool {
        self.done[operation as usize].has(class)
    }

    /// Whether the role has a duty.
    pub fn has(&self, duty: Duty) -> bool {
        self.duties.contains(&duty)
    }
}

/// The whole policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The classes of layers, in the order in which people should read them.
    pub classes: Vec<LayerClass>,
    /// The roles beside the public, in the order in which people should read them.
    pub roles: Vec<Role>,
}

impl Policy {
    /// Returns the policy in force.
    pub fn in_force() -> &'static Self {
        static IN_FORCE: LazyLock<Policy> = LazyLock::new(|| {
            Policy::parse(include_str!("../policy.toml")).expect("a test reads the same file")
        });
        &IN_FORCE
    }

    /// Reads a policy, or returns everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: PolicyFile = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        file.resolve()
    }

    /// Returns the role of that id.
    pub fn role(&self, id: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// Returns for whom something is read that people with these assignments ask for.
    pub fn audience(&self, assignments: &[Assignment]) -> Audience {
        let mut grants = Vec::new();
        for (role, municipalities) in self.held(assignments) {
            for class in &self.classes {
                let clearance = role.clearance(&class.id);
                if clearance > PrivacyClass::Public {
                    grants.push(Grant {
                        class: class.id.clone(),
                        municipalities: municipalities.clone(),
                        clearance,
                    });
                }
            }
        }
        Audience::granted(grants)
    }

    /// Returns with whose features of a layer people with these assignments do something.
    pub fn municipalities(
        &self,
        assignments: &[Assignment],
        operation: Operation,
        layer: &Layer,
    ) -> Municipalities {
        self.held(assignments)
            .filter(|(role, _)| role.does(operation, &layer.class))
            .fold(Municipalities::NONE, |so_far, (_, municipalities)| {
                so_far.and(municipalities)
            })
    }

    /// Whether one of these assignments brings a duty; one that is narrowed to municipalities brings none.
    pub fn has(&self, assignments: &[Assignment], duty: Duty) -> bool {
        self.held(assignments)
            .any(|(role, whose)| role.has(duty) && *whose == Municipalities::All)
    }

    /// Returns the roles of assignments, each with for whose features it holds.
    fn held<'a>(
        &'a self,
        assignments: &'a [Assignment],
    ) -> impl Iterator<Item = (&'a Role, &'a Municipalities)> {
        assignments.iter().filter_map(|assignment| {
            let role = self.role(&assignment.role)?;
            Some((role, &assignment.municipalities))
        })
    }
}

/// What somebody sees of the layers of one class, in the features of some municipalities.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Grant {
    pub(crate) class: String,
    pub(crate) municipalities: Municipalities,
    pub(crate) clearance: PrivacyClass,
}

#[cfg(test)]
mod tests;
