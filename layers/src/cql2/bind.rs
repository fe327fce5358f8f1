//! Names become fields that the audience sees, literals get the types of the fields, and everything wrong is told.

mod alike;
mod geometry;
mod name;
mod time;
mod value;

use std::sync::Arc;

use super::filter::{Condition, Filter, Term};
use super::{Comparison, Expression, Fault, Node, Operator, grammar};
use crate::LayerView;
use crate::crs::Crs;

/// The name under which a filter asks for the geometry of a feature.
pub const GEOMETRY: &str = "geometry";

impl Filter {
    /// Binds a filter to what an audience sees of a layer; its geometries are in the system `crs`.
    ///
    /// The error holds every fault. A field that the view hides is told as one that the layer lacks, and where a view
    /// shows a field in some features only, it is empty in the others.
    pub fn bind(expression: &Expression, view: &LayerView, crs: Crs) -> Result<Self, Vec<Fault>> {
        let mut binder = Binder {
            view,
            crs,
            faults: Vec::new(),
        };
        if let Err(fault) = grammar::want_condition(expression) {
            return Err(vec![fault]);
        }
        match binder.condition(expression) {
            Some(condition) if binder.faults.is_empty() => Ok(Self {
                layer: Arc::clone(view.layer()),
                crs,
                conditions: match condition {
                    Condition::And(parts) => parts,
                    one => vec![one],
                },
            }),
            _ => {
                // An instant is told as the beginning and as the end of its time.
                binder.faults.dedup();
                Err(binder.faults)
            }
        }
    }
}

/// What binds; each of its acts returns nothing when it found a fault.
struct Binder<'a> {
    view: &'a LayerView,
    crs: Crs,
    faults: Vec<Fault>,
}

impl Binder<'_> {
    /// Notes a fault.
    fn refuse<T>(
        &mut self,
        found: &Expression,
        cs: impl Into<String>,
        en: impl Into<String>,
    ) -> Option<T> {
        self.faults.push(Fault::new(&found.place, cs, en));
        None
    }

    fn condition(&mut self, found: &Expression) -> Option<Condition> {
        let (operator, arguments) = match &found.node {
            Node::Boolean(flag) => return Some(Condition::Known(*flag)),
            Node::Call(operator, arguments) => (operator, arguments.as_slice()),
            _ => return self.refuse(found, "zde má být podmínka", "a condition is expected here"),
        };
        match (operator, arguments) {
            (Operator::And, parts) => self.conditions(parts).map(Condition::And),
            (Operator::Or, parts) => self.conditions(parts).map(Condition::Or),
            (Operator::Not, [part]) => {
                let part = self.condition(part)?;
                Some(Condition::Not(Box::new(part)))
            }
            (Operator::Compare(comparison), [a, b]) => {
                let [a, b] = self.alike([a, b])?;
                Some(Condition::Compare(*comparison, a, b))
            }
            (Operator::Between, [value, least, largest]) => {
                let [value, least, largest] = self.alike([value, least, largest])?;
                Some(Condition::And(vec![
                    Condition::Compare(Comparison::GreaterOrEqual, value.clone(), least),
                    Condition::Compare(Comparison::LessOrEqual, value, largest),
                ]))
            }
            (Operator::In, [value, list]) => self.is_among(value, list),
            (Operator::Like, [text, pattern]) => self.like(text, pattern),
            (Operator::IsNull, [value]) => self.is_null(value),
            (Operator::Spatial(relation), [a, b]) => {
                let (a, b) = (self.shape(a), self.shape(b));
                Some(Condition::Relate(*relation, a?, b?))
            }
            (Operator::Temporal(relation), [a, b]) => self.times(*relation, a, b),
            (Operator::Array(relation), [a, b]) => {
                let (a, b) = self.arrays(a, b)?;
                Some(Condition::Arrays(*relation, a, b))
            }
            (Operator::Function(name), _) => self.unknown_function(found, name),
            _ => self.refuse(found, "zde má být podmínka", "a condition is expected here"),
        }
    }

    /// Binds all, so that every fault is found.
    fn conditions(&mut self, parts: &[Expression]) -> Option<Vec<Condition>> {
        let bound: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        bound.into_iter().collect()
    }

    fn is_among(&mut self, value: &Expression, list: &Expression) -> Option<Condition> {
        let Node::Array(among) = &list.node else {
            return self.refuse(
                list,
                "zde má být seznam hodnot",
                "a list of values is expected here",
            );
        };
        let (terms, _) = self.all_alike(std::iter::once(value).chain(among))?;
        let mut terms = terms.into_iter();
        let value = terms.next()?;
        Some(Condition::In(value, terms.collect()))
    }

    fn is_null(&mut self, value: &Expression) -> Option<Condition> {
        match &value.node {
            Node::Property(name) if self.is_geometry(name) => Some(Condition::IsNowhere),
            Node::Property(name) => {
                let place = self.field(value, name)?.place;
                Some(Condition::IsNull(Term::Field(place)))
            }
            Node::Geometry(_) | Node::Bbox(_) | Node::Interval(_) | Node::Array(_) | Node::Open => {
                Some(Condition::Known(false))
            }
            Node::Call(operator, _) if !operator.has_value() => {
                let condition = self.condition(value)?;
                Some(Condition::IsUnknown(Box::new(condition)))
            }
            _ => {
                let typed = self.value(value)?;
                Some(Condition::IsNull(typed.term))
            }
        }
    }
}

impl Operator {
    /// Whether it has a value, and is no condition.
    fn has_value(&self) -> bool {
        matches!(self, Self::Fold(_) | Self::Calculate(_) | Self::Function(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cql2::read_text;
    use crate::{Audience, LayerSet};

    fn view(fields: &[&str]) -> LayerView {
        let layers = LayerSet::shipped().expect("sound definitions");
        let lights = layers.named("street-lights").expect("a layer");
        let view = Audience::PUBLIC.view(lights).expect("public");
        if fields.is_empty() {
            return view;
        }
        let fields: Vec<_> = fields.iter().map(|name| (*name).to_owned()).collect();
        view.with_fields(&fields)
    }

    /// Checks that a filter has just these faults: what stands there, and a part of what is said.
    fn refuse(text: &str, view: &LayerView, expected: &[(&str, &str)]) {
        let filter = read_text(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        let faults = Filter::bind(&filter, view, Crs::Wgs84).expect_err(text);
        assert_eq!(faults.len(), expected.len(), "{text}: {faults:?}");
        for (fault, (there, part)) in faults.iter().zip(expected) {
            let super::super::Place::Bytes(bytes) = &fault.place else {
                panic!("{text}: {fault:?}");
            };
            assert_eq!(&&text[bytes.clone()], there, "{text}: {fault}");
            assert!(fault.text.en.contains(part), "{text}: {fault}");
            assert_ne!(fault.text.cs, fault.text.en);
        }
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_what_was_meant() {
        let view = view(&[]);
        refuse(
            "heigth > 5 AND (code = 5 OR avg(height) > 1) AND inspected_on < 'soon' AND geometry = 1",
            &view,
            &[
                ("heigth", "did you mean `height`?"),
                ("5", "`code` is a text, and this is a whole number"),
                ("avg(height)", "no function `avg`"),
                ("'soon'", "`inspected_on` is a day, and this is a text"),
                ("geometry", "only the functions S_"),
            ],
        );
        refuse(
            "vyska_m = 1",
            &view,
            &[("vyska_m", "did you mean `height`?")],
        );
        refuse(
            "pole_material = 'Betonový'",
            &view,
            &[("'Betonový'", "'Betonový' is 1")],
        );
        refuse(
            "pole_material IN (1, 'wood', 'x')",
            &view,
            &[("'wood'", "is 2"), ("'x'", "a whole number")],
        );
    }

    #[test]
    fn each_kind_of_question_says_what_it_takes() {
        let view = view(&[]);
        refuse(
            "luminaires = 1",
            &view,
            &[("luminaires", "luminaires.manufacturer")],
        );
        refuse("A_EQUALS(code, ('a'))", &view, &[("code", "is no list")]);
        refuse(
            "A_CONTAINS(luminaires.power, ('a'))",
            &view,
            &[("'a'", "is a number")],
        );
        refuse(
            "T_AFTER(code, DATE('2020-01-01'))",
            &view,
            &[("DATE('2020-01-01')", "`code` is a text")],
        );
        refuse(
            "T_AFTER(code, circuit)",
            &view,
            &[("code", "times are expected")],
        );
        refuse(
            "height LIKE '5%'",
            &view,
            &[("height", "a text is expected here, not a number")],
        );
        refuse("code + 1 = 2", &view, &[("code", "only numbers")]);
        refuse(
            "S_WITHIN(code, geometry)",
            &view,
            &[("code", "is called `geometry`")],
        );
        let bow_tie = "POLYGON((13 50, 14 51, 14 50, 13 51, 13 50))";
        refuse(
            &format!("S_WITHIN(geometry, {bow_tie})"),
            &view,
            &[(bow_tie, "not valid")],
        );
        refuse(
            "S_WITHIN(geometry, POINT(200 50))",
            &view,
            &[("POINT(200 50)", "must be degrees")],
        );
        refuse(
            "S_INTERSEKTS(geometry, geometry)",
            &view,
            &[(
                "S_INTERSEKTS(geometry, geometry)",
                "did you mean `S_INTERSECTS`?",
            )],
        );
    }

    #[test]
    fn a_hidden_field_is_told_as_one_that_is_not_there() {
        let told = |name: &str, view: &LayerView| {
            let filter = read_text(&format!("{name} = 1")).expect("a filter");
            let faults = Filter::bind(&filter, view, Crs::Wgs84).expect_err(name);
            faults[0].text.en.replace(name, "…")
        };
        let narrow = view(&["code"]);
        assert_eq!(told("height", &narrow), told("zzzzzz", &narrow));
        assert_eq!(told("luminaires", &narrow), told("zzzzzz", &narrow));
        assert_eq!(told("heigth", &narrow), told("zzzzzz", &narrow));
    }

    #[test]
    fn what_fits_is_bound() {
        let view = view(&[]);
        for text in [
            "code = 'a' AND height >= 5 AND luminaire_count = 2.0",
            "inspected_on > '2020-01-01' AND captured_on <= TIMESTAMP('2026-05-31T12:00:00Z')",
            "A_OVERLAPS(luminaires.light_source, ('led')) OR luminaires IS NULL",
            "S_INTERSECTS(geometry, BBOX(170, 50, -170, 51)) AND geometry IS NOT NULL",
            "CASEI(code) LIKE CASEI('A%') OR support_type = 1 OR TRUE",
            "T_INTERSECTS(INTERVAL(inspected_on, '..'), INTERVAL('..', '..'))",
        ] {
            let filter = read_text(text).expect(text);
            let bound = Filter::bind(&filter, &view, Crs::Wgs84);
            assert!(bound.is_ok(), "{text}: {bound:?}");
        }
    }
}
