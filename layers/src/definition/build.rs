//! Builds layers from definition files and reports what stands in the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::{CodeEntry, CodeListEntry, CodeValue, FieldEntry, LayerFile, SearchEntry};
use super::source::build_source;
use crate::{Code, CodeList, Field, FieldType, Label, Layer, LayerId, Search, Text, Value, Zooms};

/// The common fields and code lists that layers are built from.
pub(super) struct Vocabulary {
    common: Vec<FieldEntry>,
    lists: BTreeMap<String, Arc<CodeList>>,
}

impl Vocabulary {
    pub(super) fn new(common: Vec<FieldEntry>, lists: Vec<CodeListEntry>) -> Self {
        let lists = lists
            .into_iter()
            .map(|entry| (entry.id.clone(), Arc::new(code_list(entry))))
            .collect();
        Self { common, lists }
    }
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

/// Builds a layer; without a layer there is a problem that says why.
pub(super) fn build_layer(
    file: LayerFile,
    vocabulary: &Vocabulary,
    problems: &mut Vec<String>,
) -> Option<Layer> {
    let Some(id) = LayerId::new(&file.id) else {
        let why = "is not a layer id: use a–z, 0–9 and hyphens";
        problems.push(format!("`{}` {why}", file.id));
        return None;
    };
    let source = build_source(&file, problems);
    let mut build = Build {
        vocabulary,
        problems,
    };
    let fields = build.schema(&file);
    let label = build.label(&file.label);
    let search = file.search.map(|entry| build.search(&entry));
    Some(Layer {
        id,
        alias: file.alias,
        title: file.title,
        description: file.description,
        group: file.group,
        class: file.class,
        geometry: file.geometry,
        fields,
        audience: file.audience,
        municipal: file.municipal,
        coverage: file.coverage,
        borders: file.borders,
        key: file.key,
        public_if: file.public_if,
        label,
        tile_fields: file.tile_fields,
        zooms: file.zooms.unwrap_or(Zooms { min: 12, max: 16 }),
        search,
        steward: file.steward,
        update_frequency: file.update_frequency,
        source,
        attachments: file.attachments,
    })
}

struct Build<'a> {
    vocabulary: &'a Vocabulary,
    problems: &'a mut Vec<String>,
}

impl Build<'_> {
    fn schema(&mut self, file: &LayerFile) -> Vec<Field> {
        let mut fields = self.common_fields(&file.common);
        fields.extend(self.fields(&file.fields));
        fields.extend(self.common_fields(&file.common_last));
        fields
    }

    fn common_fields(&mut self, wanted: &[String]) -> Vec<Field> {
        let common = &self.vocabulary.common;
        let mut fields = Vec::new();
        for name in wanted {
            match common.iter().find(|entry| &entry.name == name) {
                Some(entry) => fields.extend(self.field(entry)),
                None => self
                    .problems
                    .push(format!("there is no common field `{name}`")),
            }
        }
        fields
    }

    fn fields(&mut self, entries: &[FieldEntry]) -> Vec<Field> {
        entries
            .iter()
            .filter_map(|entry| self.field(entry))
            .collect()
    }

    fn field(&mut self, entry: &FieldEntry) -> Option<Field> {
        let codes = entry.codes.as_ref().and_then(|id| self.codes(entry, id));
        Some(Field {
            name: entry.name.clone(),
            alias: entry.alias.clone(),
            title: entry.title.clone(),
            field_type: self.field_type(entry)?,
            unit: entry.unit.clone(),
            mandatory: entry.mandatory,
            codes,
            range: entry.range,
            privacy: entry.privacy,
            merge: entry.merge,
            indexed: entry.indexed,
            was: entry.was.clone(),
            retired: entry.retired,
        })
    }

    fn codes(&mut self, entry: &FieldEntry, id: &str) -> Option<Arc<CodeList>> {
        let list = self.vocabulary.lists.get(id).cloned();
        if list.is_none() {
            self.field_problem(entry, &format!("there is no code list `{id}`"));
        }
        list
    }

    fn field_type(&mut self, entry: &FieldEntry) -> Option<FieldType> {
        let field_type = match entry.field_type.as_str() {
            "text" => FieldType::Text,
            "integer" => FieldType::Integer,
            "real" => FieldType::Real,
            "boolean" => FieldType::Boolean,
            "date" => FieldType::Date,
            "timestamp" => FieldType::Timestamp,
            "list" => FieldType::List(self.fields(&entry.items)),
            "reference" => FieldType::Reference(self.target(entry)?),
            other => {
                let known = "text, integer, real, boolean, date, timestamp, list, reference";
                self.field_problem(entry, &format!("type `{other}` is not one of {known}"));
                return None;
            }
        };
        Some(field_type)
    }

    fn target(&mut self, entry: &FieldEntry) -> Option<LayerId> {
        let target = entry.layer.as_deref().and_then(LayerId::new);
        if target.is_none() {
            self.field_problem(entry, "a reference needs `layer`");
        }
        target
    }

    fn field_problem(&mut self, entry: &FieldEntry, why: &str) {
        self.problems.push(format!("field `{}`: {why}", entry.name));
    }

    fn search(&mut self, entry: &SearchEntry) -> Search {
        Search {
            label: self.label(&entry.label),
            also: entry.also.iter().map(|also| self.label(also)).collect(),
            rank: entry.rank,
        }
    }

    fn label(&mut self, pattern: &str) -> Label {
        Label::parse(pattern).unwrap_or_else(|why| {
            self.problems.push(why);
            Label::default()
        })
    }
}
