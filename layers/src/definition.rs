//! Layer definitions: what was written in TOML, checked and turned into layers.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_embed::RustEmbed;
use serde::Deserialize;

mod attachment;
mod build;
mod evolution;
mod file;
mod soundness;
mod source;

pub use self::attachment::{AttachmentRules, MediaType};

use self::build::{Vocabulary, build_layer};
use self::file::{CodeListsFile, CommonFieldsFile, GroupEntry, GroupsFile, LayerFile};
use self::soundness::{layer_problems, reference_problems, rival_borders};

use crate::{DefinitionError, Group, Layer, LayerId, LayerSet};

/// The definitions that ship with Obzor.
#[derive(RustEmbed)]
#[folder = "definitions/"]
struct Shipped;

const GROUPS_FILE: &str = "groups.toml";
const CODE_LISTS_FILE: &str = "code-lists.toml";
const COMMON_FIELDS_FILE: &str = "common-fields.toml";

/// Reads the definitions that ship with Obzor and those of an instance (file name, TOML), which win over shipped ones
/// with the same layer id.
///
/// All problems of all files are returned, not the first.
pub fn read_definitions(instance: &[(String, String)]) -> Result<LayerSet, Vec<DefinitionError>> {
    let mut problems = Problems::default();
    let groups = problems.shipped(GROUPS_FILE).map(|f: GroupsFile| f.groups);
    let groups = groups.unwrap_or_default();
    let vocabulary = problems.vocabulary();
    let mut layers = BTreeMap::new();
    for (name, file) in problems.layer_files(instance) {
        let mut found = Vec::new();
        if let Some(layer) = build_layer(file, &vocabulary, &mut found) {
            found.extend(layer_problems(&layer));
            if !groups.iter().any(|group| group.id == layer.group) {
                found.push(format!("there is no group `{}`", layer.group));
            }
            layers.insert(layer.id.clone(), (name.clone(), layer));
        }
        problems.extend(&name, found);
    }
    for (name, layer) in layers.values() {
        problems.extend(name, reference_problems(layer, &layers));
    }
    for (name, problem) in rival_borders(&layers) {
        problems.extend(name, vec![problem]);
    }
    if problems.0.is_empty() {
        let layers = layers.into_values().map(|(_, layer)| layer).collect();
        Ok(in_tree_order(groups, layers))
    } else {
        Err(problems.0)
    }
}

#[derive(Default)]
struct Problems(Vec<DefinitionError>);

impl Problems {
    fn extend(&mut self, file: &str, found: Vec<String>) {
        self.0
            .extend(found.into_iter().map(|problem| DefinitionError {
                file: file.to_owned(),
                problem,
            }));
    }

    fn vocabulary(&mut self) -> Vocabulary {
        let common: Option<CommonFieldsFile> = self.shipped(COMMON_FIELDS_FILE);
        let lists: Option<CodeListsFile> = self.shipped(CODE_LISTS_FILE);
        Vocabulary::new(
            common.map(|file| file.fields).unwrap_or_default(),
            lists.map(|file| file.lists).unwrap_or_default(),
        )
    }

    /// Parses the layer files that ship and those of the instance, each with its file name.
    fn layer_files(&mut self, instance: &[(String, String)]) -> Vec<(String, LayerFile)> {
        let vocabulary = [GROUPS_FILE, CODE_LISTS_FILE, COMMON_FIELDS_FILE];
        let mut files: Vec<(String, LayerFile)> = Vec::new();
        for name in Shipped::iter().filter(|name| !vocabulary.contains(&name.as_ref())) {
            let file = self.shipped(&name);
            files.extend(file.map(|file| (name.into_owned(), file)));
        }
        let shipped = files.len();
        for (name, text) in instance {
            let Some(file) = self.parse::<LayerFile>(name, text) else {
                continue;
            };
            let mut others = files[shipped..].iter();
            if let Some((other, _)) = others.find(|(_, other)| other.id == file.id) {
                let why = format!("{other} defines the layer `{}` as well", file.id);
                self.extend(name, vec![why]);
            }
            files.push((name.clone(), file));
        }
        files
    }

    fn shipped<T: for<'de> Deserialize<'de>>(&mut self, name: &str) -> Option<T> {
        let file = Shipped::get(name).expect("the file is embedded by this module");
        self.parse(name, &String::from_utf8_lossy(&file.data))
    }

    fn parse<T: for<'de> Deserialize<'de>>(&mut self, name: &str, text: &str) -> Option<T> {
        toml::from_str(text)
            .map_err(|error| self.extend(name, vec![error.to_string()]))
            .ok()
    }
}

/// Puts the layers in the order of the groups, and under each in the order that its group names.
fn in_tree_order(groups: Vec<GroupEntry>, mut layers: Vec<Layer>) -> LayerSet {
    layers.sort_by_cached_key(|layer| place(&groups, &layer.group, &layer.id));
    let groups = groups
        .into_iter()
        .map(|group| Group {
            id: group.id,
            title: group.title,
        })
        .collect();
    LayerSet::new(groups, layers.into_iter().map(Arc::new).collect())
}

fn place(groups: &[GroupEntry], group: &str, id: &LayerId) -> (usize, usize, LayerId) {
    let at = groups.iter().position(|entry| entry.id == group);
    let within = at.and_then(|at| {
        groups[at]
            .layers
            .iter()
            .position(|name| name == id.as_str())
    });
    (
        at.unwrap_or(usize::MAX),
        within.unwrap_or(usize::MAX),
        id.clone(),
    )
}

#[cfg(test)]
mod tests;
