//! Checks that a layer hangs together: what it names exists, and nothing shows a field to those who may not see it.

use std::collections::BTreeMap;

use super::evolution::evolution_problems;
use crate::merge::MergePolicy;
use crate::policy::Policy;
use crate::{
    Borders, Field, FieldType, GeometryType, Label, Layer, LayerId, MUNICIPALITY_FIELD,
    PrivacyClass, Text, Value,
};

/// Names that the store keeps for itself.
pub(super) const RESERVED: [&str; 5] = ["id", "fid", "rev", "geom", "geometry"];

/// Returns everything that is wrong with a layer on its own.
pub(super) fn layer_problems(layer: &Layer) -> Vec<String> {
    let mut problems = Vec::new();
    if !(is_complete(&layer.title) && is_complete(&layer.description)) {
        problems.push("needs a title and a description in both languages".to_owned());
    }
    if layer.zooms.min > layer.zooms.max {
        problems.push("zooms: `min` is greater than `max`".to_owned());
    }
    if !is_duration(&layer.update_frequency) {
        let given = &layer.update_frequency;
        problems.push(format!(
            "update_frequency `{given}` is not a duration such as P1D, P1W, P1M or P1Y"
        ));
    }
    let owner = named(layer, MUNICIPALITY_FIELD);
    if layer.municipal && owner.is_none_or(|owner| owner.privacy > layer.audience) {
        problems.push(
            "a municipal layer needs the common field `municipality_code`, as public as itself"
                .to_owned(),
        );
    }
    problems.extend(class_problem(layer));
    problems.extend(attachment_problems(layer));
    let borders = layer.borders.as_ref();
    problems.extend(borders.and_then(|borders| borders_problem(layer, borders)));
    problems.extend(schema_problems(&layer.fields));
    problems.extend(row_problems(layer));
    problems.extend(visibility_problems(layer));
    problems.extend(evolution_problems(layer));
    problems
}

fn class_problem(layer: &Layer) -> Option<String> {
    let known: Vec<_> = Policy::in_force()
        .classes
        .iter()
        .map(|class| class.id.as_str())
        .collect();
    let (class, all) = (&layer.class, known.join(", "));
    (!known.contains(&class.as_str()))
        .then(|| format!("class `{class}` is not one of the policy's: {all}"))
}

fn attachment_problems(layer: &Layer) -> Vec<String> {
    let Some(rules) = &layer.attachments else {
        return Vec::new();
    };
    let mut problems = rules.problems(layer.audience);
    if layer.source.is_some() {
        problems.push("attachments: features of an attached table have none".to_owned());
    }
    problems
}

/// Returns the field that has that name now.
pub(super) fn named<'a>(layer: &'a Layer, name: &str) -> Option<&'a Field> {
    layer.fields.iter().find(|field| field.name == name)
}

/// Returns the references of a layer that lead nowhere or tell of a hidden layer; `layers` are all, with their files.
pub(super) fn reference_problems(
    layer: &Layer,
    layers: &BTreeMap<LayerId, (String, Layer)>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for field in &layer.fields {
        for target in targets(field) {
            let seen_by = layer.audience.max(field.privacy);
            let why = match layers.get(target) {
                Some((_, found)) if found.key.is_empty() => "which has no key",
                Some((_, found)) if found.audience > seen_by => "which is less public",
                Some(_) => continue,
                None => "which is not a layer",
            };
            let name = &field.name;
            problems.push(format!("field `{name}` refers to `{target}`, {why}"));
        }
    }
    problems
}

/// Returns the files that claim the borders of the municipalities, when more than one does.
pub(super) fn rival_borders(layers: &BTreeMap<LayerId, (String, Layer)>) -> Vec<(&str, String)> {
    let claims: Vec<_> = layers
        .values()
        .filter(|(_, layer)| layer.borders.is_some())
        .collect();
    let rivals = if claims.len() > 1 { &claims[..] } else { &[] };
    rivals
        .iter()
        .map(|(file, _)| {
            (
                file.as_str(),
                "borders: only one layer may have them".to_owned(),
            )
        })
        .collect()
}

fn borders_problem(layer: &Layer, borders: &Borders) -> Option<String> {
    let areas = matches!(
        layer.geometry,
        Some(GeometryType::Polygon | GeometryType::MultiPolygon)
    );
    let sound = layer.municipal && layer.audience == PrivacyClass::Public && areas;
    if !sound {
        return Some("borders need a public municipal layer of areas".to_owned());
    }
    let name = &borders.field;
    let texts = named(layer, name).is_some_and(|field| {
        field.field_type == FieldType::Text && field.privacy == PrivacyClass::Public
    });
    (!texts).then(|| format!("borders: `{name}` is not a public text field"))
}

/// Returns the layers that a field refers to, itself or by the items of its list.
fn targets(field: &Field) -> Vec<&LayerId> {
    match &field.field_type {
        FieldType::Reference(target) => vec![target],
        FieldType::List(items) => items.iter().flat_map(targets).collect(),
        _ => Vec::new(),
    }
}

fn schema_problems(fields: &[Field]) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        let twice = fields[..place].iter().any(|other| other.name == field.name);
        if twice {
            problems.push(format!("the field `{}` is defined twice", field.name));
        }
        let name = &field.name;
        problems.extend(
            field_problems(field)
                .into_iter()
                .map(|why| format!("field `{name}`: {why}")),
        );
    }
    problems
}

fn field_problems(field: &Field) -> Vec<String> {
    let mut problems = Vec::new();
    if !is_snake_case(&field.name) || RESERVED.contains(&field.name.as_str()) {
        problems.push("use snake_case, and not a name that the store keeps".to_owned());
    }
    if !is_complete(&field.title) {
        problems.push("needs a title in both languages".to_owned());
    }
    if field.indexed && matches!(field.field_type, FieldType::List(_)) {
        problems.push("indexed: nobody can ask for features by a list".to_owned());
    }
    if field.range.is_some_and(|(min, max)| min > max) {
        problems.push("the range begins after its end".to_owned());
    }
    problems.extend(codes_problem(field));
    problems.extend(field.merge.misfit(&field.field_type).map(str::to_owned));
    if let FieldType::List(items) = &field.field_type {
        problems.extend(schema_problems(items));
        problems.extend(item_problems(items, field.privacy));
        problems.extend(merged_items(items));
    }
    problems
}

fn codes_problem(field: &Field) -> Option<String> {
    let list = field.codes.as_ref()?;
    let fits = |value: &Value| match field.field_type {
        FieldType::Integer => matches!(value, Value::Integer(_)),
        FieldType::Text => matches!(value, Value::Text(_)),
        _ => false,
    };
    let sound = list.codes.iter().all(|code| fits(&code.value));
    (!sound).then(|| format!("the code list `{}` holds values of another type", list.id))
}

/// A list is shown or hidden whole, so none of its items may be less public.
fn item_problems(items: &[Field], list: PrivacyClass) -> impl Iterator<Item = String> {
    let stricter = items.iter().filter(move |item| item.privacy > list);
    stricter.map(|item| {
        let name = &item.name;
        format!("`{name}` is less public than the list; use a list of its own")
    })
}

/// A list is merged row by row, never cell by cell.
fn merged_items(items: &[Field]) -> impl Iterator<Item = String> {
    let own = items
        .iter()
        .filter(|item| item.merge != MergePolicy::default());
    own.map(|item| format!("`{}` is an item of a list and has no `merge`", item.name))
}

/// Checks the fields that identify rows and say which of them are public.
fn row_problems(layer: &Layer) -> Vec<String> {
    let mut problems = Vec::new();
    for name in &layer.key {
        match named(layer, name) {
            None => problems.push(format!("key: there is no field `{name}`")),
            Some(field) if !field.mandatory => {
                problems.push(format!("`{name}` is part of the key and must be mandatory"));
            }
            Some(_) => {}
        }
    }
    if let Some(name) = &layer.public_if {
        let sound = named(layer, name)
            .is_some_and(|field| field.field_type == FieldType::Boolean && field.mandatory);
        if !sound {
            problems.push(format!(
                "`{name}` says which rows are public and must be a mandatory boolean field"
            ));
        }
    }
    problems
}

/// Checks that whoever may see the layer may see all that its headings, search and tiles show.
fn visibility_problems(layer: &Layer) -> Vec<String> {
    let searched = layer
        .search
        .iter()
        .flat_map(|search| std::iter::once(&search.label).chain(&search.also));
    let mut shown: Vec<(&str, &str)> = Vec::new();
    shown.extend(names("the label uses", &layer.label));
    shown.extend(searched.flat_map(|label| names("search uses", label)));
    shown.extend(
        layer
            .tile_fields
            .iter()
            .map(|name| ("tiles carry", name.as_str())),
    );
    shown
        .into_iter()
        .filter_map(|(place, name)| {
            let why = match named(layer, name) {
                None => "which is not a field",
                Some(field) => hidden_or_nested(field, layer.audience)?,
            };
            Some(format!("{place} `{name}`, {why}"))
        })
        .collect()
}

fn names<'a>(place: &'a str, label: &'a Label) -> impl Iterator<Item = (&'a str, &'a str)> {
    label
        .field_names()
        .into_iter()
        .map(move |name| (place, name))
}

fn hidden_or_nested(field: &Field, audience: PrivacyClass) -> Option<&'static str> {
    if field.privacy > audience {
        Some("which not everybody who sees the layer may see")
    } else if matches!(field.field_type, FieldType::List(_)) {
        Some("which is a list")
    } else {
        None
    }
}

fn is_complete(text: &Text) -> bool {
    ![&text.cs, &text.en]
        .iter()
        .any(|text| text.trim().is_empty())
}

pub(super) fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether the text is an ISO 8601 duration of one part, counted in days, weeks, months or years.
fn is_duration(text: &str) -> bool {
    let number = text
        .strip_prefix('P')
        .and_then(|rest| rest.strip_suffix(['D', 'W', 'M', 'Y']));
    number.is_some_and(|number| number.parse::<u16>().is_ok_and(|number| number > 0))
}
