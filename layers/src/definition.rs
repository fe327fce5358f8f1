//! Layer definitions: what was written in TOML, checked and turned into layers.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_embed::RustEmbed;
use serde::Deserialize;

mod file;

use self::file::{
    CodeEntry, CodeListEntry, CodeListsFile, CodeValue, CommonFieldsFile, FieldEntry, GroupEntry,
    GroupsFile, LayerFile,
};

use crate::{
    Code, CodeList, DefinitionError, Field, FieldType, Group, Label, Layer, LayerId, LayerSet,
    Search, Text, Value, Zooms,
};

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
    let mut reader = DefinitionReader::default();
    let groups: Option<GroupsFile> = reader.shipped(GROUPS_FILE);
    let common: Option<CommonFieldsFile> = reader.shipped(COMMON_FIELDS_FILE);
    if let Some(file) = reader.shipped::<CodeListsFile>(CODE_LISTS_FILE) {
        reader.lists = file
            .lists
            .into_iter()
            .map(|entry| (entry.id.clone(), Arc::new(code_list(entry))))
            .collect();
    }
    reader.common = common.map(|file| file.fields).unwrap_or_default();
    let special = [GROUPS_FILE, CODE_LISTS_FILE, COMMON_FIELDS_FILE];
    for name in Shipped::iter().filter(|name| !special.contains(&name.as_ref())) {
        let file = reader.shipped::<LayerFile>(&name);
        reader.layer(&name, file);
    }
    for (name, text) in instance {
        let file = reader.parse::<LayerFile>(name, text);
        reader.layer(name, file);
    }
    reader.finish(groups.map(|file| file.groups).unwrap_or_default())
}

fn code_list(entry: CodeListEntry) -> CodeList {
    let code = |entry: CodeEntry| Code {
        value: match entry.code {
            CodeValue::Integer(number) => Value::Integer(number),
            CodeValue::Text(text) => Value::Text(text),
        },
        title: Text {
            cs: entry.cs,
            en: entry.en,
        },
    };
    CodeList {
        id: entry.id,
        source: entry.source,
        codes: entry.codes.into_iter().map(code).collect(),
    }
}

#[derive(Default)]
struct DefinitionReader {
    common: Vec<FieldEntry>,
    lists: BTreeMap<String, Arc<CodeList>>,
    layers: BTreeMap<LayerId, (String, Layer)>,
    problems: Vec<DefinitionError>,
}

impl DefinitionReader {
    fn problem(&mut self, file: &str, problem: impl Into<String>) {
        self.problems.push(DefinitionError {
            file: file.to_owned(),
            problem: problem.into(),
        });
    }

    fn shipped<T: for<'de> Deserialize<'de>>(&mut self, name: &str) -> Option<T> {
        let Some(file) = Shipped::get(name) else {
            self.problem(name, "is not part of this program");
            return None;
        };
        let text = String::from_utf8_lossy(&file.data).into_owned();
        self.parse(name, &text)
    }

    fn parse<T: for<'de> Deserialize<'de>>(&mut self, name: &str, text: &str) -> Option<T> {
        toml::from_str(text)
            .map_err(|error| self.problem(name, error.to_string()))
            .ok()
    }

    fn layer(&mut self, name: &str, file: Option<LayerFile>) {
        let Some(file) = file else { return };
        let Some(id) = LayerId::new(&file.id) else {
            return self.problem(
                name,
                format!("`{}` is not a layer id: use a–z, 0–9 and hyphens", file.id),
            );
        };
        let fields = self.layer_fields(name, &file);
        let label = self.label(name, &file.label, &fields);
        let search = file.search.as_ref().map(|entry| Search {
            label: self.label(name, &entry.label, &fields),
            also: entry
                .also
                .iter()
                .map(|pattern| self.label(name, pattern, &fields))
                .collect(),
            rank: entry.rank,
        });
        let named = file
            .key
            .iter()
            .chain(&file.tile_fields)
            .chain(&file.public_if);
        for missing in named.filter(|name| !fields.iter().any(|field| &field.name == *name)) {
            self.problems.push(DefinitionError {
                file: name.to_owned(),
                problem: format!("there is no field `{missing}`"),
            });
        }
        if file.municipal && !fields.iter().any(|field| field.name == "municipality_code") {
            self.problem(
                name,
                "a municipal layer needs the common field `municipality_code`",
            );
        }
        let layer = Layer {
            id: id.clone(),
            alias: file.alias,
            title: file.title,
            description: file.description,
            group: file.group,
            geometry: file.geometry,
            fields,
            audience: file.audience,
            municipal: file.municipal,
            coverage: file.coverage,
            key: file.key,
            public_if: file.public_if,
            label,
            tile_fields: file.tile_fields,
            zooms: file.zooms.unwrap_or(Zooms { min: 12, max: 16 }),
            search,
            steward: file.steward,
            update_frequency: file.update_frequency,
        };
        self.layers.insert(id, (name.to_owned(), layer));
    }

    fn layer_fields(&mut self, name: &str, file: &LayerFile) -> Vec<Field> {
        let mut entries = self.common_fields(name, &file.common);
        entries.extend(file.fields.iter().cloned());
        entries.extend(self.common_fields(name, &file.common_last));
        let fields: Vec<Field> = entries
            .iter()
            .filter_map(|entry| self.field(name, entry))
            .collect();
        for (place, field) in fields.iter().enumerate() {
            if fields[..place].iter().any(|other| other.name == field.name) {
                self.problem(name, format!("the field `{}` is defined twice", field.name));
            }
        }
        fields
    }

    fn common_fields(&mut self, file: &str, wanted: &[String]) -> Vec<FieldEntry> {
        let mut entries = Vec::new();
        for name in wanted {
            match self.common.iter().find(|entry| &entry.name == name) {
                Some(entry) => entries.push(entry.clone()),
                None => self.problem(file, format!("there is no common field `{name}`")),
            }
        }
        entries
    }

    fn field(&mut self, file: &str, entry: &FieldEntry) -> Option<Field> {
        let codes = entry.codes.as_ref().and_then(|id| {
            let list = self.lists.get(id).cloned();
            if list.is_none() {
                self.problem(
                    file,
                    format!("field `{}`: there is no code list `{id}`", entry.name),
                );
            }
            list
        });
        let clean = entry.name.starts_with(|c: char| c.is_ascii_lowercase())
            && entry
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !clean || ["id", "fid", "rev", "geom", "geometry"].contains(&entry.name.as_str()) {
            self.problem(
                file,
                format!(
                    "`{}` cannot name a field: use snake_case, not a name the store keeps",
                    entry.name
                ),
            );
            return None;
        }
        Some(Field {
            name: entry.name.clone(),
            alias: entry.alias.clone(),
            title: entry.title.clone(),
            field_type: self.field_type(file, entry)?,
            unit: entry.unit.clone(),
            mandatory: entry.mandatory,
            codes,
            range: entry.range,
            privacy: entry.privacy,
        })
    }

    fn field_type(&mut self, file: &str, entry: &FieldEntry) -> Option<FieldType> {
        let field_type = match entry.field_type.as_str() {
            "text" => FieldType::Text,
            "integer" => FieldType::Integer,
            "real" => FieldType::Real,
            "boolean" => FieldType::Boolean,
            "date" => FieldType::Date,
            "timestamp" => FieldType::Timestamp,
            "list" => FieldType::List(
                entry
                    .items
                    .iter()
                    .filter_map(|item| self.field(file, item))
                    .collect(),
            ),
            "reference" => {
                let target = entry.layer.as_deref().and_then(LayerId::new);
                if target.is_none() {
                    self.problem(
                        file,
                        format!("field `{}`: a reference needs `layer`", entry.name),
                    );
                }
                FieldType::Reference(target?)
            }
            other => {
                let known = "text, integer, real, boolean, date, timestamp, list, reference";
                self.problem(
                    file,
                    format!(
                        "field `{}`: type `{other}` is not one of {known}",
                        entry.name
                    ),
                );
                return None;
            }
        };
        Some(field_type)
    }

    fn label(&mut self, file: &str, pattern: &str, fields: &[Field]) -> Label {
        let label = Label::parse(pattern).unwrap_or_else(|why| {
            self.problem(file, why);
            Label::default()
        });
        for name in label.field_names() {
            if !fields.iter().any(|field| field.name == name) {
                self.problem(
                    file,
                    format!("label `{pattern}`: there is no field `{name}`"),
                );
            }
        }
        label
    }

    /// Puts the layers in the order of the groups and checks what needs all of them.
    fn finish(mut self, groups: Vec<GroupEntry>) -> Result<LayerSet, Vec<DefinitionError>> {
        let mut broken = Vec::new();
        for (file, layer) in self.layers.values() {
            if !groups.iter().any(|group| group.id == layer.group) {
                broken.push((file.clone(), format!("there is no group `{}`", layer.group)));
            }
            for field in &layer.fields {
                let FieldType::Reference(target) = &field.field_type else {
                    continue;
                };
                if self
                    .layers
                    .get(target)
                    .is_none_or(|(_, target)| target.key.is_empty())
                {
                    let why = format!(
                        "field `{}` refers to `{target}`, which is not a layer with a key",
                        field.name
                    );
                    broken.push((file.clone(), why));
                }
            }
        }
        for (file, why) in broken {
            self.problem(&file, why);
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let place = |layer: &Layer| {
            let group = groups.iter().position(|group| group.id == layer.group);
            let within = |at: usize| {
                groups[at]
                    .layers
                    .iter()
                    .position(|id| id == layer.id.as_str())
            };
            (
                group,
                group.and_then(within).unwrap_or(usize::MAX),
                layer.id.clone(),
            )
        };
        let mut layers: Vec<_> = self
            .layers
            .into_values()
            .map(|(_, layer)| Arc::new(layer))
            .collect();
        layers.sort_by_key(|layer| place(layer));
        let groups = groups
            .into_iter()
            .map(|group| Group {
                id: group.id,
                title: group.title,
            })
            .collect();
        Ok(LayerSet::new(groups, layers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_definitions_are_sound() {
        let layers = LayerSet::shipped().expect("sound definitions");
        assert!(layers.named("street-lights").is_some());
    }

    #[test]
    fn every_problem_of_a_bad_definition_is_reported() {
        let text = r#"
            id = "benches"
            alias = "lavicky"
            title = { cs = "Lavičky", en = "Benches" }
            description = { cs = "Lavičky.", en = "Benches." }
            group = "nowhere"
            audience = "public"
            municipal = true
            key = ["missing"]
            label = "{nothing}"
            steward = "x"
            update_frequency = "P1Y"
            fields = [
              { name = "fid", alias = "a", title = { cs = "a", en = "a" }, type = "text" },
              { name = "kind", alias = "a", title = { cs = "a", en = "a" }, type = "colour" },
              { name = "wood", alias = "a", title = { cs = "a", en = "a" }, type = "integer", codes = "none" },
            ]
        "#;
        let problems = read_definitions(&[("benches.toml".into(), text.into())])
            .expect_err("a bad definition");
        let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
        for part in [
            "missing",
            "nothing",
            "nowhere",
            "`fid`",
            "colour",
            "`none`",
            "municipality_code",
        ] {
            assert!(
                all.iter().any(|problem| problem.contains(part)),
                "{part} is not among {all:#?}"
            );
        }
    }
}
