//! Names of fields and functions, and which one was probably meant.

use std::fmt::Write;

use super::{Binder, GEOMETRY};
use crate::cql2::{Expression, Operator};
use crate::{Field, FieldType, nearest};

/// A field that is asked about.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    /// Its place in the layer's schema.
    pub(super) place: usize,
    pub(super) field: &'a Field,
}

impl<'a> Binder<'a> {
    /// Whether a name is that of the geometry.
    pub(super) fn is_geometry(&self, name: &str) -> bool {
        name == GEOMETRY && self.view.layer().geometry.is_some() && self.view.field(name).is_none()
    }

    /// Returns the visible field of a name.
    pub(super) fn field(&mut self, found: &Expression, name: &str) -> Option<Named<'a>> {
        let view = self.view;
        let Some((place, field)) = view.field(name) else {
            return self.unknown_field(found, name);
        };
        Some(Named {
            place: view.places()[place],
            field,
        })
    }

    /// Returns a visible list and one of its columns, for a name such as `list.column`.
    pub(super) fn column(&mut self, found: &Expression, name: &str) -> Option<(Named<'a>, usize)> {
        let view = self.view;
        let (list, column) = name.split_once('.').unwrap_or((name, ""));
        let listed = view.field(list).and_then(|(place, field)| {
            let FieldType::List(columns) = &field.field_type else {
                return None;
            };
            let column = columns.iter().position(|one| one.is_called(column))?;
            let place = view.places()[place];
            Some((Named { place, field }, column))
        });
        if listed.is_some() {
            return listed;
        }
        match view.field(list) {
            Some((_, field)) if !matches!(field.field_type, FieldType::List(_)) => self.refuse(
                found,
                format!("údaj `{list}` není seznam"),
                format!("the property `{list}` is no list"),
            ),
            Some((_, field)) => self.refuse_list(found, field),
            None => self.unknown_field(found, name),
        }
    }

    /// Refuses a list where a single value is wanted.
    pub(super) fn refuse_list<T>(&mut self, found: &Expression, field: &Field) -> Option<T> {
        let name = &field.name;
        let columns = match &field.field_type {
            FieldType::List(columns) => columns.as_slice(),
            _ => &[],
        };
        let columns: Vec<_> = columns
            .iter()
            .map(|one| format!("{name}.{}", one.name))
            .collect();
        let columns = columns.join(", ");
        self.refuse(
            found,
            format!("`{name}` je seznam; ptejte se funkcemi A_… na jeho sloupce: {columns}"),
            format!("`{name}` is a list; ask for its columns with the functions A_…: {columns}"),
        )
    }

    fn unknown_field<T>(&mut self, found: &Expression, name: &str) -> Option<T> {
        let view = self.view;
        let has_geometry = view.layer().geometry.is_some();
        let geometry = has_geometry.then_some((GEOMETRY, GEOMETRY));
        let names = view.fields().flat_map(|field| {
            let aliases = field.names().chain([field.alias.as_str()]);
            aliases.map(|alias| (alias, field.name.as_str()))
        });
        let (mut cs, mut en) = (
            format!("vrstva nemá údaj `{name}`"),
            format!("the layer has no property `{name}`"),
        );
        if let Some(meant) = nearest(name, names.chain(geometry)) {
            let _ = write!(cs, ", mysleli jste `{meant}`?");
            let _ = write!(en, "; did you mean `{meant}`?");
        }
        self.refuse(found, cs, en)
    }

    /// Refuses a function that the standard does not know.
    pub(super) fn unknown_function<T>(&mut self, found: &Expression, name: &str) -> Option<T> {
        let (mut cs, mut en) = (
            format!("funkci `{name}` Obzor nemá"),
            format!("there is no function `{name}`"),
        );
        let names = Operator::functions().map(|function| (function, function));
        if let Some(meant) = nearest(&name.to_ascii_lowercase(), names) {
            let meant = meant.to_ascii_uppercase();
            let _ = write!(cs, ", mysleli jste `{meant}`?");
            let _ = write!(en, "; did you mean `{meant}`?");
        }
        self.refuse(found, cs, en)
    }
}
