//! What a GeoJSON document makes of a feature, and everything that is wrong with the result.

use geo_types::Geometry;
use layers::crs::{Crs, NamedCrs, transform_geometry};
use layers::geojson::read_geometry;
use layers::merge::moved_geometry;
use layers::{
    Audience, Feature, FeatureId, FeatureQuery, Field, FieldType, Finding, Language, LayerView,
    Problem, Store, StoreError, Text, Value, find_flaws, read_value,
};
use serde_json::{Map, Value as Json};

use super::Sent;

/// A feature in the making, as its editor sees it.
pub(crate) struct Draft<'a> {
    pub(super) feature: Feature,
    view: &'a LayerView,
    moved: bool,
    /// What could not be read, and therefore is not in the feature.
    unread: Vec<Finding>,
}

impl<'a> Draft<'a> {
    /// Begins with a feature of which nothing is known.
    pub(super) fn empty(view: &'a LayerView, id: FeatureId) -> Self {
        let nothing = Feature {
            id,
            fid: 0,
            rev: 0,
            geometry: None,
            values: vec![Value::Null; view.fields().len()],
        };
        Self {
            moved: true,
            ..Self::of(view, nothing)
        }
    }

    /// Begins with a feature as it is stored.
    pub(crate) fn of(view: &'a LayerView, stored: Feature) -> Self {
        Self {
            feature: stored,
            view,
            moved: false,
            unread: Vec::new(),
        }
    }

    /// Takes over what a document mentions; its other members, such as `id` and `links`, mean nothing here.
    pub(crate) fn put(&mut self, sent: &Sent) {
        let Sent {
            document,
            crs,
            is_whole,
        } = sent;
        // A merge patch (RFC 7396) holds only what changes, and the type never does.
        let is_patch = self.feature.rev > 0 && document.is_object() && !is_whole;
        let named = document.get("type");
        if named.is_none_or(|name| name != "Feature") && !(is_patch && named.is_none()) {
            self.malformed(
                "má to být GeoJSON s `type` Feature",
                "must be GeoJSON with the `type` Feature",
            );
        }
        if *is_whole {
            self.empty_the_rest(document);
        }
        match document.get("properties") {
            Some(Json::Object(properties)) => self.put_properties(properties),
            None => {}
            Some(_) => self.malformed(
                "`properties` má být objekt",
                "`properties` must be an object",
            ),
        }
        if let Some(geometry) = document.get("geometry") {
            match read_geometry(geometry) {
                Ok(geometry) => self.put_geometry(geometry, *crs),
                Err(faults) => {
                    let faults = faults.into_iter().map(Finding::of_feature);
                    self.unread.extend(faults);
                }
            }
        }
    }

    /// Empties what a document that is the whole feature does not mention.
    fn empty_the_rest(&mut self, document: &Json) {
        let properties = document.get("properties");
        let is_mentioned = |name| properties.is_some_and(|given| given.get(name).is_some());
        for (field, value) in self.view.fields().zip(&mut self.feature.values) {
            if !field.names().any(is_mentioned) {
                *value = Value::Null;
            }
        }
        if document.get("geometry").is_none() {
            self.put_geometry(None, NamedCrs::STORED);
        }
    }

    fn malformed(&mut self, cs: &str, en: &str) {
        let text = Text {
            cs: cs.to_owned(),
            en: en.to_owned(),
        };
        self.unread
            .push(Finding::of_feature(Problem::Malformed(text)));
    }

    fn put_properties(&mut self, properties: &Map<String, Json>) {
        let view = self.view;
        for (name, json) in properties {
            let Some((place, field)) = view.field(name) else {
                self.unread
                    .push(Finding::of_field(name, Problem::UnknownField));
                continue;
            };
            // Who sends both knows the field by its name and repeats the former one.
            if field.name != *name && properties.contains_key(&field.name) {
                continue;
            }
            match read_value(field, json) {
                Ok(value) => self.feature.values[place] = value,
                Err(wrong) => self.unread.extend(wrong),
            }
        }
    }

    fn put_geometry(&mut self, sent: Option<Geometry<f64>>, crs: NamedCrs) {
        let kind = self.view.layer().geometry;
        let sent = sent.map(|sent| crs.easting_first(sent));
        let crs = crs.crs();
        let sent = sent.map(|sent| kind.map_or(sent.clone(), |kind| kind.normalise(sent)));
        let moved = match (&self.feature.geometry, &sent) {
            (Some(stored), Some(sent)) => moved_geometry(stored, sent, crs).map(Some),
            (stored, _) => {
                let sent = sent.map(|sent| transform_geometry(crs, Crs::SJtsk, &sent));
                (*stored != sent).then_some(sent)
            }
        };
        if let Some(geometry) = moved {
            self.feature.geometry = geometry;
            self.moved = true;
        }
    }

    /// Returns what of a document cannot be an edit at all, whatever it is an edit of.
    pub(crate) fn unfit(&mut self) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.unread);
        if self.moved && findings.iter().all(|finding| finding.field.is_some()) {
            findings.extend(self.check_geometry());
        }
        findings
    }

    /// Returns everything that is wrong with the feature, also what only the store can tell.
    pub(super) fn findings(&mut self, store: &dyn Store) -> Result<Vec<Finding>, StoreError> {
        let unread = std::mem::take(&mut self.unread);
        // A cell of a list is named `list[2].cell`.
        let fields = unread.iter().filter_map(|finding| finding.field.as_deref());
        let of_list = |name: &str| name.split('[').next().map(str::to_owned);
        let unread_fields: Vec<_> = fields.filter_map(of_list).collect();
        let mut findings = Vec::new();
        for (field, value) in self.view.fields().zip(&self.feature.values) {
            if !unread_fields.contains(&field.name) {
                findings.extend(check(field, value));
            }
        }
        if self.moved && unread.iter().all(|finding| finding.field.is_some()) {
            findings.extend(self.check_geometry());
        }
        findings.extend(self.namesake(store)?);
        findings.splice(0..0, unread);
        Ok(findings)
    }

    fn check_geometry(&self) -> Vec<Finding> {
        let geometry = self.feature.geometry.as_ref();
        let findings = self.view.layer().check_geometry(geometry);
        if !findings.is_empty() {
            return findings;
        }
        let flaws = geometry.map(find_flaws).unwrap_or_default();
        flaws
            .into_iter()
            .map(|flaw| Finding::of_feature(Problem::InvalidGeometry(flaw)))
            .collect()
    }

    /// Returns a finding when another feature has the natural key of this one.
    fn namesake(&self, store: &dyn Store) -> Result<Option<Finding>, StoreError> {
        let layer = self.view.layer();
        let part = |name: &String| {
            let (place, field) = self.view.field(name)?;
            let value = &self.feature.values[place];
            (!value.is_null()).then_some((field, value))
        };
        let key: Option<Vec<_>> = layer.key.iter().map(part).collect();
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return Ok(None);
        };
        let all = Audience::OFFICE.view(layer);
        let mut query = FeatureQuery::new(all.expect("the office sees every layer"));
        query.equal = key
            .iter()
            .map(|(field, value)| (field.name.clone(), (*value).clone()))
            .collect();
        let namesake = store.read(&query)?.next().transpose()?;
        let said: Vec<_> = key
            .iter()
            .map(|(field, value)| field.display(value, Language::English))
            .collect();
        Ok(namesake
            .filter(|namesake| namesake.id != self.feature.id)
            .map(|_| Finding::of_feature(Problem::DuplicateKey(said.join("/")))))
    }

    /// Returns a value for every field of the layer; what the editor does not see is empty.
    pub(super) fn all_values(&self) -> Vec<Value> {
        let mut values = vec![Value::Null; self.view.layer().fields.len()];
        for (place, value) in self.view.places().iter().zip(&self.feature.values) {
            values[*place] = value.clone();
        }
        values
    }

    /// Returns the geometry, if it moved, and the values that differ from what is stored, by field.
    pub(crate) fn changes_from(
        &self,
        stored: &Feature,
    ) -> (Option<Geometry<f64>>, Vec<(String, Value)>) {
        let values = self.feature.values.iter().zip(&stored.values);
        let set = self
            .view
            .fields()
            .zip(values)
            .filter(|(_, (new, old))| new != old)
            .map(|(field, (new, _))| (field.name.clone(), new.clone()));
        let geometry = self.feature.geometry.clone().filter(|_| self.moved);
        (geometry, set.collect())
    }
}

/// Returns what is wrong with a value; of a list, with every one of its cells.
fn check(field: &Field, value: &Value) -> Vec<Finding> {
    let (FieldType::List(columns), Value::List(rows)) = (&field.field_type, value) else {
        let problem = field.check(value);
        let finding = problem.map(|problem| Finding::of_field(&field.name, problem));
        return finding.into_iter().collect();
    };
    let mut findings = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        for (column, cell) in columns.iter().zip(row) {
            let name = format!("{}[{number}].{}", field.name, column.name);
            let problem = column.check(cell);
            findings.extend(problem.map(|problem| Finding::of_field(&name, problem)));
        }
    }
    findings
}
