//! Checks what a definition says of its own past: former names of fields, and fields that nobody is to use any more.

use super::soundness::{RESERVED, is_snake_case, named};
use crate::{Field, FieldType, Layer, MUNICIPALITY_FIELD};

/// Returns everything that is wrong with former names and retired fields.
pub(super) fn evolution_problems(layer: &Layer) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, field) in layer.fields.iter().enumerate() {
        let found = former_name_problems(layer, place, field);
        let found = found.into_iter().chain(retirement_problems(layer, field));
        let found = found.chain(item_problems(field));
        let name = &field.name;
        problems.extend(found.map(|why| format!("field `{name}`: {why}")));
    }
    problems
}

fn former_name_problems(layer: &Layer, place: usize, field: &Field) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, former) in field.was.iter().enumerate() {
        let mut earlier = layer.fields[..place].iter().flat_map(|other| &other.was);
        if !is_snake_case(former) || RESERVED.contains(&former.as_str()) {
            problems.push(format!("`was` has `{former}`, which is not a field's name"));
        }
        if named(layer, former).is_some() {
            problems.push(format!(
                "`was` has `{former}`, which is the name of a field now"
            ));
        }
        if earlier.any(|other| other == former) || field.was[..number].contains(former) {
            problems.push(format!("`was` has `{former}`, which `was` has already"));
        }
    }
    problems
}

fn retirement_problems(layer: &Layer, field: &Field) -> Vec<String> {
    if !field.retired {
        return Vec::new();
    }
    let name = &field.name;
    let searched = layer.search.iter();
    let searched = searched.flat_map(|search| std::iter::once(&search.label).chain(&search.also));
    let border = layer.borders.as_ref().map(|borders| &borders.field);
    let places = [
        ("is mandatory", field.mandatory),
        ("is part of the key", layer.key.contains(name)),
        (
            "says which rows are public",
            layer.public_if.as_ref() == Some(name),
        ),
        (
            "is in the label",
            layer.label.field_names().contains(&name.as_str()),
        ),
        (
            "is searched",
            searched
                .flat_map(|label| label.field_names())
                .any(|used| used == name),
        ),
        ("is in tile_fields", layer.tile_fields.contains(name)),
        ("says how well a border is known", border == Some(name)),
        (
            "says whose a feature is",
            layer.municipal && name == MUNICIPALITY_FIELD,
        ),
    ];
    let used = places.into_iter().filter(|(_, is_used)| *is_used);
    used.map(|(how, _)| format!("is retired and yet {how}"))
        .collect()
}

/// A list is one value, kept as it was written, so its items cannot change their names.
fn item_problems(field: &Field) -> Option<String> {
    let FieldType::List(items) = &field.field_type else {
        return None;
    };
    let changed = items
        .iter()
        .any(|item| item.retired || !item.was.is_empty());
    changed.then(|| "items of a list have no `was` and no `retired`; make a new list".to_owned())
}
