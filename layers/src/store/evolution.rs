//! What has to be done to a store's tables so that they fit the definitions, and what keeps it from being done.

use std::time::Duration;

use serde::Serialize;

use super::renames::Renames;
use crate::{Field, Layer, LayerId, StoreError};

/// How long a change of the tables waits for those who use them.
pub(super) const PATIENCE_TO_CHANGE: Duration = Duration::from_mins(2);

/// One thing that is done to a layer's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Step {
    /// The layer is new.
    AddTable,
    /// A field is new: empty in all rows that are there.
    AddColumn {
        /// Its name.
        name: String,
        /// Its type, in the words of the store.
        kind: String,
        /// Whether a row without it is refused when it is next written.
        mandatory: bool,
    },
    /// A field has another name.
    RenameColumn {
        /// The name that it has in the store.
        former: String,
        /// The name that it gets.
        name: String,
    },
    /// Features are to be found fast by a field.
    AddIndex {
        /// Its name.
        name: String,
    },
    /// What writes history and keeps the key is made anew.
    RenewParts {
        /// What is not as it should be.
        parts: Vec<String>,
    },
}

/// What has to be done to the table of one layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerPlan {
    /// The layer.
    pub layer: LayerId,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// The fields that nobody is to use any more, whose columns and values stay.
    pub retired: Vec<String>,
    /// Everything that keeps it from being done, each with a way out.
    pub obstacles: Vec<String>,
}

/// Names and types of columns, in the words of the store.
pub(super) type Columns = [(String, String)];

/// What is there of a layer's table.
pub(super) struct Found {
    /// Its columns; none when there is no table.
    pub(super) columns: Vec<(String, String)>,
    /// The columns with which an index begins.
    pub(super) indexed: Vec<String>,
    /// Which of the triggers, functions and unique indexes are not as the definition wants them.
    pub(super) broken: Vec<String>,
}

/// Compares the table of a layer with its definition.
pub(super) fn plan_layer(
    layer: &Layer,
    wanted: &Columns,
    found: Found,
    renames: &Renames,
) -> LayerPlan {
    let retired = layer.fields.iter().filter(|field| field.retired);
    let mut plan = LayerPlan {
        layer: layer.id.clone(),
        steps: Vec::new(),
        retired: retired.map(|field| field.name.clone()).collect(),
        obstacles: Vec::new(),
    };
    let Found {
        columns: found,
        indexed,
        broken,
    } = found;
    if found.is_empty() {
        plan.steps.push(Step::AddTable);
        return plan;
    }
    let mut used: Vec<&str> = Vec::new();
    for column in wanted {
        used.extend(plan.compare(layer, column, &found, renames));
    }
    let unknown = found
        .iter()
        .filter(|(name, _)| !used.contains(&name.as_str()));
    for (name, _) in unknown {
        plan.obstacles.push(format!(
            "table {} has the column {name}, which no definition names; if it has another name now, write \
             was = [\"{name}\"] at that field, and if nobody is to use it, keep the field with retired = true",
            layer.id
        ));
    }
    if !(broken.is_empty() && plan.steps.is_empty()) {
        plan.steps.push(Step::RenewParts { parts: broken });
    }
    for field in layer.indexed() {
        if !indexed.iter().any(|column| field.is_called(column)) {
            let name = field.name.clone();
            plan.steps.push(Step::AddIndex { name });
        }
    }
    plan
}

impl LayerPlan {
    /// Whether the table stays as it is.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.obstacles.is_empty()
    }

    /// Whether opening the store may do it: what is added can disturb nobody.
    fn only_adds(&self) -> bool {
        let adds = |step: &Step| {
            matches!(
                step,
                Step::AddTable | Step::AddColumn { .. } | Step::AddIndex { .. }
            )
        };
        let renews = |step: &Step| matches!(step, Step::RenewParts { .. });
        let mut steps = self.steps.iter();
        self.obstacles.is_empty()
            && (self.steps.is_empty() || self.steps.iter().any(adds))
            && steps.all(|step| adds(step) || renews(step))
    }

    /// Plans for one wanted column and returns those of the table that it accounts for.
    fn compare<'a>(
        &mut self,
        layer: &Layer,
        (name, kind): &(String, String),
        found: &'a Columns,
        renames: &Renames,
    ) -> Vec<&'a str> {
        let field = layer.fields.iter().find(|field| field.name == *name);
        let former =
            |column: &&(String, String)| field.is_some_and(|field| field.was.contains(&column.0));
        let own = found.iter().find(|(other, _)| other == name);
        let there: Vec<_> = own.into_iter().chain(found.iter().filter(former)).collect();
        match (there.as_slice(), field) {
            ([], Some(field)) => self.add(field, kind, renames),
            ([], None) => self.obstacles.push(format!(
                "table {} lacks the column {name} ({kind}), which the store itself needs; restore it from a backup",
                layer.id
            )),
            ([column], _) => self.keep(column, (name, kind), renames),
            (several, _) => {
                let names: Vec<_> = several.iter().map(|(name, _)| name.as_str()).collect();
                self.obstacles.push(format!(
                    "table {} has the columns {}, which the definition takes for one field; move the values into one \
                     of them and drop the others",
                    layer.id,
                    names.join(" and ")
                ));
            }
        }
        there.into_iter().map(|(name, _)| name.as_str()).collect()
    }

    fn add(&mut self, field: &Field, kind: &str, renames: &Renames) {
        let (layer, name) = (&self.layer, &field.name);
        if renames.is_taken(layer, name, None) {
            let now = renames.column(layer, name);
            self.obstacles.push(format!(
                "table {layer} cannot get the column {name}: it was the name of {now}, and history holds values of \
                 {now} under it; if the definition is older than the store, use the newer one, else choose another name"
            ));
        } else {
            self.steps.push(Step::AddColumn {
                name: name.clone(),
                kind: kind.to_owned(),
                mandatory: field.mandatory,
            });
        }
    }

    /// Plans for a column that is there, perhaps under a former name.
    fn keep(
        &mut self,
        (there, other): &(String, String),
        (name, kind): (&String, &String),
        renames: &Renames,
    ) {
        let layer = &self.layer;
        if !other.eq_ignore_ascii_case(kind) {
            self.obstacles.push(format!(
                "column {there} of table {layer} is {other}, its definition says {kind}; a type cannot change: add a \
                 field of another name and retire this one"
            ));
        }
        if there == name {
            return;
        }
        if renames.is_taken(layer, name, Some(there)) {
            self.obstacles.push(format!(
                "column {there} of table {layer} cannot be called {name}: that was the name of {}, and history holds \
                 its values under it; choose another name",
                renames.column(layer, name)
            ));
        } else {
            self.steps.push(Step::RenameColumn {
                former: there.clone(),
                name: name.clone(),
            });
        }
    }
}

/// Refuses what opening a store may not do by itself; says everything at once.
pub(super) fn refuse_all_but_additions(plans: &[LayerPlan]) -> Result<(), StoreError> {
    let mut reasons = Vec::new();
    for plan in plans.iter().filter(|plan| !plan.only_adds()) {
        reasons.extend(plan.obstacles.iter().cloned());
        reasons.extend(plan.steps.iter().filter_map(|step| waiting(plan, step)));
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(StoreError::Unusable(reasons.join("; ")))
}

/// Refuses plans with obstacles; says all of them.
pub(super) fn refuse_obstacles(plans: &[LayerPlan]) -> Result<(), StoreError> {
    let obstacles: Vec<_> = plans.iter().flat_map(|plan| &plan.obstacles).collect();
    if obstacles.is_empty() {
        return Ok(());
    }
    let obstacles: Vec<_> = obstacles.into_iter().map(String::as_str).collect();
    Err(StoreError::Unusable(obstacles.join("; ")))
}

/// Says what waits for `obzor migrate`.
fn waiting(plan: &LayerPlan, step: &Step) -> Option<String> {
    let layer = &plan.layer;
    match step {
        Step::RenameColumn { former, name } => Some(format!(
            "column {former} of table {layer} is called {name} now; `obzor migrate` renames it"
        )),
        Step::RenewParts { parts } if !parts.is_empty() && plan.steps.len() == 1 => Some(format!(
            "table {layer} lacks {}, or has another: history or keys would not be kept; `obzor migrate` makes it anew",
            parts.join(", ")
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::renames::Rename;
    use super::*;
    use crate::store::contract::{self, STONES};

    fn columns(list: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, kind): &(&str, &str)| ((*name).to_owned(), (*kind).to_owned());
        list.iter().map(owned).collect()
    }

    /// Plans for a table of `found` columns and a layer whose fields are `zone`, formerly `district` and `area`,
    /// and the retired `code`.
    fn check(found: &[(&str, &str)], renames: &[(&str, &str)]) -> LayerPlan {
        let mut layer = (**contract::layers().named(STONES).expect("defined")).clone();
        layer.fields.truncate(2);
        layer.fields[0].was = vec!["district".to_owned(), "area".to_owned()];
        layer.fields[1].retired = true;
        let wanted = columns(&[("fid", "int"), ("zone", "int"), ("code", "text")]);
        let renames = renames.iter().map(|(former, name)| Rename {
            layer: STONES.to_owned(),
            former: (*former).to_owned(),
            name: (*name).to_owned(),
        });
        let renames = Renames(renames.collect());
        let found = Found {
            columns: columns(found),
            indexed: Vec::new(),
            broken: Vec::new(),
        };
        plan_layer(&layer, &wanted, found, &renames)
    }

    #[test]
    fn what_a_table_needs_is_planned() {
        let whole = check(&[("fid", "int"), ("zone", "int"), ("code", "text")], &[]);
        assert!(whole.is_empty() && whole.retired == ["code"], "{whole:?}");
        assert_eq!(check(&[], &[]).steps, [Step::AddTable]);
        let renamed = check(&[("fid", "int"), ("area", "int"), ("code", "text")], &[]);
        let rename = Step::RenameColumn {
            former: "area".to_owned(),
            name: "zone".to_owned(),
        };
        assert!(renamed.obstacles.is_empty() && renamed.steps[0] == rename);
        assert!(refuse_all_but_additions(&[renamed]).is_err());
        let added = check(&[("fid", "int"), ("code", "text")], &[]);
        assert_eq!(added.steps.len(), 2);
        assert!(refuse_all_but_additions(&[added]).is_ok());
    }

    #[test]
    fn everything_that_cannot_be_done_is_told() {
        let told = |plan: LayerPlan, parts: &[&str]| {
            for part in parts {
                let there = plan.obstacles.iter().any(|why| why.contains(part));
                assert!(there, "{part} is not in {:#?}", plan.obstacles);
            }
            assert_eq!(plan.obstacles.len(), parts.len(), "{:#?}", plan.obstacles);
            assert!(refuse_obstacles(&[plan]).is_err());
        };
        let found = [("zone", "text"), ("code", "text"), ("colour", "text")];
        told(
            check(&found, &[]),
            &[
                "lacks the column fid",
                "zone of table stones is text",
                "the column colour",
            ],
        );
        let found = [
            ("fid", "int"),
            ("zone", "int"),
            ("area", "int"),
            ("code", "text"),
        ];
        told(check(&found, &[]), &["the columns zone and area"]);
        let found = [("fid", "int"), ("zone", "int")];
        told(
            check(&found, &[("code", "zone")]),
            &["it was the name of zone"],
        );
        let found = [("fid", "int"), ("area", "int"), ("code", "text")];
        told(
            check(&found, &[("zone", "code")]),
            &["that was the name of code"],
        );
    }

    #[test]
    fn a_name_may_come_back_to_its_own_column() {
        let found = [("fid", "int"), ("area", "int"), ("code", "text")];
        let plan = check(&found, &[("zone", "district"), ("district", "area")]);
        assert!(plan.obstacles.is_empty(), "{plan:?}");
    }
}
