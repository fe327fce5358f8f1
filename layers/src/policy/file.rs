//! What a policy file may hold, exactly as written, and the checks that make a policy of it.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Classes, Duty, EVERY_CLASS, LayerClass, Policy, Role};
use crate::Text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    classes: Vec<LayerClass>,
    roles: Vec<RoleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    id: String,
    title: Text,
    description: Text,
    #[serde(default)]
    municipal: bool,
    #[serde(default)]
    internal: Vec<String>,
    #[serde(default)]
    personal: Vec<String>,
    #[serde(default)]
    create: Vec<String>,
    #[serde(default)]
    update: Vec<String>,
    #[serde(default)]
    delete: Vec<String>,
    #[serde(default)]
    may: BTreeSet<Duty>,
}

impl PolicyFile {
    /// Checks every entry and returns the policy, or everything that is wrong.
    pub(super) fn resolve(self) -> Result<Policy, Vec<String>> {
        let known: BTreeSet<String> = self.classes.iter().map(|one| one.id.clone()).collect();
        let mut problems = Vec::new();
        if known.len() < self.classes.len() {
            problems.push("two classes have the same id".to_owned());
        }
        let mut roles: Vec<Role> = Vec::new();
        for entry in self.roles {
            if roles.iter().any(|role| role.id == entry.id) {
                problems.push(format!("there are two roles `{}`", entry.id));
            }
            roles.push(entry.resolve(&known, &mut problems));
        }
        if problems.is_empty() {
            Ok(Policy {
                classes: self.classes,
                roles,
            })
        } else {
            Err(problems)
        }
    }
}

impl RoleEntry {
    fn resolve(self, known: &BTreeSet<String>, problems: &mut Vec<String>) -> Role {
        if self.municipal && !self.may.is_empty() {
            problems.push(format!(
                "role `{}`: what it may do beside features cannot be a municipality's",
                self.id
            ));
        }
        let id = &self.id;
        let mut classes = |listed: Vec<String>| {
            let unknown = |class: &&String| *class != EVERY_CLASS && !known.contains(*class);
            for class in listed.iter().filter(unknown) {
                problems.push(format!("role `{id}`: there is no class `{class}`"));
            }
            if listed.iter().any(|class| class == EVERY_CLASS) {
                Classes::All
            } else {
                Classes::Listed(listed.into_iter().collect())
            }
        };
        Role {
            seen: [self.internal, self.personal].map(&mut classes),
            done: [self.create, self.update, self.delete].map(&mut classes),
            id: self.id,
            title: self.title,
            description: self.description,
            municipal: self.municipal,
            duties: self.may,
        }
    }
}
