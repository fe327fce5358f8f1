//! How a file's columns become fields: by their names, and by a mapping file where names do not tell.

use std::collections::{BTreeMap, HashMap};

use layers::{Field, Layer, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use super::cell::Cell;
use super::columns::{coordinates, fold, matched};
use super::convert::convert;
use super::reason::Reason;

/// A mapping file, exactly as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MappingFile {
    /// Column of the file → field of the layer; an empty text leaves the column out.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// Field → (value in the file → code or value).
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, Json>>,
    /// Field → value for rows that have none.
    #[serde(default)]
    defaults: BTreeMap<String, Json>,
    /// The columns that hold the position.
    coordinates: Option<CoordinateColumns>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoordinateColumns {
    x: String,
    y: String,
}

impl MappingFile {
    /// Reads the TOML text; the error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Finds the fields of a layer among the columns of a file, or says in Czech everything that is wrong.
    pub fn resolve(&self, layer: &Layer, columns: &[String]) -> Result<Mapping, Vec<String>> {
        let mut problems = Vec::new();
        let mut fields = self.fields(layer, columns, &mut problems);
        let is_retired = |place: &usize| layer.fields[*place].retired;
        let mut defaults = self.defaults(layer, &mut problems);
        defaults.retain(|place, _| !is_retired(place));
        let mut retired = Vec::new();
        for (column, field) in columns.iter().zip(&mut fields) {
            if let Some(place) = field.take_if(|place| is_retired(place)) {
                retired.push((column.clone(), place));
            }
        }
        let mapping = Mapping {
            columns: fields,
            retired,
            values: self.values(layer, &mut problems),
            defaults,
            coordinates: match &self.coordinates {
                None => coordinates(columns),
                Some(named) => Some(
                    [&named.x, &named.y]
                        .map(|name| place_of(columns, name, &mut problems).unwrap_or_default()),
                ),
            },
        };
        if problems.is_empty() {
            Ok(mapping)
        } else {
            Err(problems)
        }
    }

    /// Returns the field of each column; what the mapping file says wins over names.
    fn fields(
        &self,
        layer: &Layer,
        columns: &[String],
        problems: &mut Vec<String>,
    ) -> Vec<Option<usize>> {
        let mut told: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        for (column, field) in &self.columns {
            let column = place_of(columns, column, problems);
            let field = match field.as_str() {
                "" => None,
                name => field_of(layer, name, problems).map(|(place, _)| place),
            };
            if field.is_some() && told.values().any(|other| *other == field) {
                problems.push("[columns]: dva sloupce nemohou být jedno pole".to_owned());
            }
            told.extend(column.map(|column| (column, field)));
        }
        let by_name = matched(layer, columns);
        let resolve = |(column, by_name): (usize, &Option<usize>)| match told.get(&column) {
            Some(field) => *field,
            None => by_name.filter(|field| !told.values().any(|told| *told == Some(*field))),
        };
        by_name.iter().enumerate().map(resolve).collect()
    }

    fn values(&self, layer: &Layer, problems: &mut Vec<String>) -> HashMap<(usize, String), Value> {
        let mut values = HashMap::new();
        for (name, pairs) in &self.values {
            let Some((place, field)) = field_of(layer, name, problems) else {
                continue;
            };
            for (written, meant) in pairs {
                if let Some(value) = value_of(field, meant, problems) {
                    values.insert((place, fold(written)), value);
                }
            }
        }
        values
    }

    fn defaults(&self, layer: &Layer, problems: &mut Vec<String>) -> BTreeMap<usize, Value> {
        let mut defaults = BTreeMap::new();
        for (name, value) in &self.defaults {
            if let Some((place, field)) = field_of(layer, name, problems)
                && let Some(value) = value_of(field, value, problems)
            {
                defaults.insert(place, value);
            }
        }
        defaults
    }
}

fn place_of(columns: &[String], name: &str, problems: &mut Vec<String>) -> Option<usize> {
    let place = columns.iter().position(|column| fold(column) == fold(name));
    if place.is_none() {
        let there = columns.join(", ");
        problems.push(format!(
            "sloupec „{name}“ v souboru není; jsou v něm: {there}"
        ));
    }
    place
}

fn field_of<'a>(
    layer: &'a Layer,
    name: &str,
    problems: &mut Vec<String>,
) -> Option<(usize, &'a Field)> {
    let place = matched(layer, &[name.to_owned()])[0];
    if place.is_none() {
        problems.push(format!("vrstva {} nemá pole „{name}“", layer.id));
    }
    place.map(|place| (place, &layer.fields[place]))
}

fn value_of(field: &Field, written: &Json, problems: &mut Vec<String>) -> Option<Value> {
    convert(field, &Cell::from(written))
        .map_err(|reason| problems.push(reason.text))
        .ok()
}

/// How one file's columns become the fields of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// For each column the place of its field.
    columns: Vec<Option<usize>>,
    /// The columns that are left out because nobody is to use their fields any more, with the places of these.
    retired: Vec<(String, usize)>,
    /// What a folded text means in a field.
    values: HashMap<(usize, String), Value>,
    defaults: BTreeMap<usize, Value>,
    coordinates: Option<[usize; 2]>,
}

impl Mapping {
    /// Returns for each column the place of its field in the layer, none for those left out.
    pub fn fields(&self) -> &[Option<usize>] {
        &self.columns
    }

    /// Says which columns are left out because nobody is to use their fields any more.
    pub(super) fn retired_columns(&self, layer: &Layer) -> Option<String> {
        let left_out = self.retired.iter().map(|(column, place)| {
            let title = &layer.fields[*place].title.cs;
            format!("{column} ({title})")
        });
        let left_out: Vec<_> = left_out.collect();
        (!left_out.is_empty()).then(|| {
            let columns = left_out.join(", ");
            format!("Tyto sloupce se nepřevzaly, protože jejich pole se už nepoužívají: {columns}.")
        })
    }

    /// Whether the file or the mapping says anything of a field, by its place.
    pub(super) fn says(&self, place: usize) -> bool {
        self.columns.contains(&Some(place)) || self.defaults.contains_key(&place)
    }

    /// Returns the two columns that hold the position, if there are such.
    pub fn coordinates(&self) -> Option<[usize; 2]> {
        self.coordinates
    }

    /// Returns what a row says of each field, none where neither it nor the mapping says anything, with what is wrong.
    pub(super) fn values_of(
        &self,
        layer: &Layer,
        cells: &[Cell<'_>],
    ) -> (Vec<Option<Value>>, Vec<Reason>) {
        let mut said: Vec<Option<Value>> = Vec::with_capacity(layer.fields.len());
        said.resize_with(layer.fields.len(), || None);
        for (place, value) in &self.defaults {
            said[*place] = Some(value.clone());
        }
        let mut reasons = Vec::new();
        let mapped = self.columns.iter().zip(cells);
        for (place, cell) in mapped.filter_map(|(place, cell)| Some(((*place)?, cell))) {
            let meant = self.meant(place, cell);
            match meant.map_or_else(|| convert(&layer.fields[place], cell), Ok) {
                Ok(Value::Null) => {
                    said[place].get_or_insert(Value::Null);
                }
                Ok(value) => said[place] = Some(value),
                Err(reason) => reasons.push(reason),
            }
        }
        (said, reasons)
    }

    /// Returns what the mapping file says that a cell means.
    fn meant(&self, place: usize, cell: &Cell<'_>) -> Option<Value> {
        // To fold every text of a million rows takes seconds.
        if self.values.is_empty() {
            return None;
        }
        self.values.get(&(place, fold(&cell.typed()))).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use layers::LayerSet;
    use serde_json::json;

    const COLUMNS: [&str; 4] = ["CISLO", "typ_podpery", "TYP", "vyska"];

    type Said = (BTreeMap<String, Value>, Vec<Reason>);

    fn check(text: &str) -> Result<Said, Vec<String>> {
        let layers = LayerSet::shipped().expect("sound");
        let layer = layers.named("street-lights").expect("shipped");
        let file = MappingFile::parse(text).map_err(|problem| vec![problem])?;
        let mapping = file.resolve(layer, &COLUMNS.map(str::to_owned))?;
        let cells = [json!("L-1"), json!(5), json!("Ocelový"), json!("")];
        let (said, reasons) = mapping.values_of(layer, &cells.each_ref().map(Cell::from));
        let fields = layer.fields.iter().map(|field| field.name.clone());
        let named = fields.zip(said).filter_map(|(name, v)| Some((name, v?)));
        Ok((named.collect(), reasons))
    }

    #[test]
    fn names_alone_map_what_they_can() {
        let (said, reasons) = check("").expect("sound");
        assert!(reasons.is_empty());
        assert_eq!(said["support_type"], 5.into());
        assert_eq!(said["height"], Value::Null);
        assert_eq!(said.len(), 2);
    }

    #[test]
    fn a_mapping_file_names_columns_values_and_defaults() {
        let text = r#"
            [columns]
            CISLO = "code"
            TYP = "support_type"
            vyska = "Výška"
            [values.support_type]
            "ocelovy" = 10
            [defaults]
            height = "6,5"
            source = "Pasport 2026"
        "#;
        let (said, reasons) = check(text).expect("sound");
        assert!(reasons.is_empty(), "{reasons:?}");
        assert_eq!(said["code"], "L-1".into());
        assert_eq!(said["support_type"], 10.into());
        assert_eq!(said["height"], 6.5.into());
        assert_eq!(said["source"], "Pasport 2026".into());
    }

    #[test]
    fn a_former_name_is_known_and_a_retired_field_is_left_out_with_a_note() {
        let layers = LayerSet::shipped().expect("sound");
        let mut layer = (**layers.named("street-lights").expect("shipped")).clone();
        let place = |layer: &Layer, name| layer.field(name).expect("a field").0;
        let (height, support) = (place(&layer, "height"), place(&layer, "support_type"));
        layer.fields[height].was = vec!["tallness".to_owned()];
        layer.fields[support].retired = true;
        let columns = ["tallness", "TYP_PODPERY"].map(str::to_owned);
        let file = MappingFile::parse("[defaults]\nsupport_type = 5").expect("TOML");
        let mapping = file.resolve(&layer, &columns).expect("sound");
        assert_eq!(mapping.fields(), [Some(height), None]);
        assert!(!mapping.says(support));
        let note = mapping.retired_columns(&layer).expect("a note");
        assert!(note.contains("TYP_PODPERY"), "{note}");
    }

    #[test]
    fn everything_wrong_with_a_mapping_file_is_told() {
        let text = r#"
            [columns]
            BARVA = "code"
            CISLO = "colour"
            [values.support_type]
            x = "neznámý"
            [defaults]
            public = "možná"
        "#;
        let problems = check(text).expect_err("a bad mapping");
        for part in ["BARVA", "colour", "neznámý", "možná"] {
            assert!(
                problems.iter().any(|p| p.contains(part)),
                "{part}: {problems:#?}"
            );
        }
        assert_eq!(problems.len(), 4, "{problems:#?}");
    }
}
