//! The feature at which the checks look, and how they say what they found.

use layers::{Feature, Field, FieldType, Language, LayerView, Text, Value};

use super::privacy;
use crate::{Check, Finding, Findings, Place};

/// A feature under inspection, read through the view.
pub(super) struct Subject<'a> {
    pub(super) view: &'a LayerView,
    pub(super) feature: &'a Feature,
    findings: &'a mut Findings,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        view: &'a LayerView,
        feature: &'a Feature,
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            view,
            feature,
            findings,
        }
    }

    /// Returns the visible fields with their values.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'a Field, &'a Value)> + use<'a> {
        self.view.fields().zip(&self.feature.values)
    }

    /// Returns every text that would go out, also those in lists, with the field of the feature that holds it.
    pub(super) fn texts(&self) -> Vec<(&'a Field, &'a str)> {
        let mut texts = Vec::new();
        for (field, value) in self.values() {
            collect_texts(field, value, &mut texts);
        }
        texts
    }

    /// Whether a field names features or picks from a list, so that its numbers are codes.
    pub(super) fn is_code(&self, field: &Field) -> bool {
        self.view.layer().key.contains(&field.name)
            || field.codes.is_some()
            || matches!(field.field_type, FieldType::Reference(_))
    }

    /// Says that something is wrong with a field.
    pub(super) fn report_field(
        &mut self,
        check: Check,
        field: &Field,
        message: Text,
        advice: Text,
    ) {
        self.report(check, Some(&field.name), None, message, advice);
    }

    /// Says that something is wrong with the geometry, and where.
    pub(super) fn report_geometry(
        &mut self,
        check: Check,
        at: Option<[f64; 2]>,
        message: Text,
        advice: Text,
    ) {
        self.report(check, None, at, message, advice);
    }

    fn report(
        &mut self,
        check: Check,
        field: Option<&str>,
        at: Option<[f64; 2]>,
        message: Text,
        advice: Text,
    ) {
        let place = Place {
            layer: Some(self.view.layer().id.clone()),
            id: Some(self.feature.id),
            fid: Some(self.feature.fid),
            label: Some(self.label()).filter(|label| !privacy::is_in(label)),
            field: field.map(str::to_owned),
            position: at,
        };
        self.findings.add(Finding {
            check,
            place,
            message,
            advice,
        });
    }

    fn label(&self) -> String {
        let label = &self.view.layer().label;
        label.write(Language::Czech, &|name| {
            let (place, field) = self.view.field(name)?;
            Some((field, &self.feature.values[place]))
        })
    }
}

fn collect_texts<'a>(field: &'a Field, value: &'a Value, texts: &mut Vec<(&'a Field, &'a str)>) {
    match (value, &field.field_type) {
        (Value::Text(text), _) => texts.push((field, text)),
        (Value::List(rows), FieldType::List(items)) => {
            for (item, cell) in rows.iter().flat_map(|row| items.iter().zip(row)) {
                collect_texts(item, cell, texts);
            }
        }
        _ => {}
    }
}
