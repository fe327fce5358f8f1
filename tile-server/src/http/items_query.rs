//! The query of `/items` (OGC API Features Part 1, section 7.15): limit, offset, cursor, bbox, datetime, fields.

use layers::crs::{Crs, NamedCrs};
use layers::{Bbox, Field, FieldType, LayerView, Value, from_json};
use serde_json::Value as Json;

use crate::page::PageRequest;
use crate::selection::{Area, Selection};

use super::crs;
use super::error::HttpError;
use super::instant;
use super::items_filter;
use super::items_order;
use super::parameters::{Parameters, bad};

/// How many features a page has unless the client says.
pub(crate) const DEFAULT_LIMIT: u64 = 100;
/// How many features a page has at most; a client that asks for more gets this many, as the standard wants.
pub(crate) const MAX_LIMIT: u64 = 10_000;

/// The parameters besides the layer's fields and the filter.
const PARAMETERS: [&str; 10] = [
    "f",
    "limit",
    "offset",
    items_order::CURSOR,
    items_order::SORT_BY,
    items_order::PROPERTIES,
    "bbox",
    crs::BBOX_CRS,
    crs::CRS,
    instant::DATETIME,
];

/// The parameters that change nothing of how many features match.
const NOT_COUNTED: [&str; 8] = [
    "f",
    "lang",
    "limit",
    "offset",
    items_order::CURSOR,
    items_order::SORT_BY,
    items_order::PROPERTIES,
    crs::CRS,
];

/// Returns the fields by which features may be asked for: all visible ones except lists.
pub(crate) fn queryable_fields(view: &LayerView) -> impl Iterator<Item = &Field> {
    view.fields()
        .filter(|field| !matches!(field.field_type, FieldType::List(_)))
}

/// Returns all parameters that the page of this layer knows; a field may be asked for by its former names too.
pub(crate) fn known_parameters(view: &LayerView) -> Vec<&str> {
    PARAMETERS
        .into_iter()
        .chain(items_filter::PARAMETERS)
        .chain(queryable_fields(view).flat_map(Field::names))
        .collect()
}

/// Reads the query into a request for a page.
pub(crate) fn read(view: &LayerView, parameters: &Parameters) -> Result<PageRequest, HttpError> {
    let selection = selection(view, parameters)?;
    Ok(PageRequest {
        after: items_order::cursor(view, &selection.sort, parameters)?,
        question: parameters.with(&NOT_COUNTED.map(|name| (name, None))),
        selection,
        offset: parameters.whole_number("offset", 0)?.unwrap_or(0),
        limit: parameters
            .whole_number("limit", 1)?
            .unwrap_or(DEFAULT_LIMIT)
            .min(MAX_LIMIT),
    })
}

/// Reads which features are asked for, whatever part of them; the state of an instant is found apart.
pub(crate) fn selection(view: &LayerView, parameters: &Parameters) -> Result<Selection, HttpError> {
    let equal = queryable_fields(view)
        .filter_map(|field| {
            let mut said = field.names().filter_map(|name| parameters.text(name));
            Some((field, said.next()?))
        })
        .map(|(field, text)| Ok((field.name.clone(), field_value(field, text)?)))
        .collect::<Result<_, HttpError>>()?;
    let bbox_crs = crs::read(parameters, crs::BBOX_CRS)?;
    let area = parameters.text("bbox").map(|text| area(text, bbox_crs));
    Ok(Selection {
        view: view.clone(),
        as_of: None,
        // What has no geometry lies everywhere.
        area: area
            .transpose()?
            .filter(|_| view.layer().geometry.is_some()),
        equal,
        filter: items_filter::read(view, parameters)?,
        crs: crs::read(parameters, crs::CRS)?,
        sort: items_order::sort(view, parameters)?,
        revision: None,
        properties: items_order::properties(view, parameters)?,
    })
}

/// Reads a box of four numbers in the order of the system's axes, or of six with heights, which are passed over.
fn area(text: &str, crs: NamedCrs) -> Result<Area, HttpError> {
    let refusal = || {
        bad(
            "bbox",
            &format!(
                "musí být čtyři čísla v souřadnicích {} a v pořadí jejich os, nejmenší hodnoty první (nebo šest s výškami)",
                crs.uri()
            ),
            &format!(
                "must be four numbers in coordinates of {} and in the order of its axes, least values first (or six with heights)",
                crs.uri()
            ),
        )
    };
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    let numbers = numbers.ok_or_else(refusal)?;
    let ([x1, y1, x2, y2] | [x1, y1, _, x2, y2, _]) = numbers[..] else {
        return Err(refusal());
    };
    // Not yet a box: its west may lie beyond its east.
    let [min, max] = [[x1, y1], [x2, y2]].map(|[x, y]| {
        if crs.is_latitude_first() {
            [y, x]
        } else {
            [x, y]
        }
    });
    let is_finite = numbers.iter().all(|n| n.is_finite());
    let bbox = match crs.crs() {
        _ if !is_finite || min[1] > max[1] => None,
        Crs::Wgs84 => in_degrees(min, max),
        Crs::SJtsk | Crs::WebMercator => (min[0] <= max[0]).then(|| Bbox::new(min, max)),
    };
    Ok(Area::new(crs.crs(), bbox.ok_or_else(refusal)?))
}

/// Makes a box of degrees, longitude first; across the antimeridian, of one half.
fn in_degrees([west, south]: [f64; 2], [east, north]: [f64; 2]) -> Option<Bbox> {
    let is_on_earth = [west, east].iter().all(|lon| lon.abs() <= 180.0)
        && [south, north].iter().all(|lat| lat.abs() <= 90.0);
    if !is_on_earth {
        return None;
    }
    Some(if west <= east {
        Bbox::new([west, south], [east, north])
    } else if west > 90.0 {
        // Only one of the halves can meet a city of ours.
        Bbox::new([-180.0, south], [east, north])
    } else {
        Bbox::new([west, south], [180.0, north])
    })
}

/// Reads a value of a field as it stands in a query: numbers and truth values as JSON, the rest as text.
fn field_value(field: &Field, text: &str) -> Result<Value, HttpError> {
    let json = match field.field_type {
        FieldType::Integer | FieldType::Real | FieldType::Boolean => {
            text.parse().unwrap_or(Json::Null)
        }
        _ => Json::String(text.to_owned()),
    };
    match from_json(&field.field_type, &json) {
        // No database takes the character NUL.
        Ok(value) if !value.is_null() && !text.contains('\0') => Ok(value),
        _ => {
            let (cs, en) = expected(&field.field_type);
            Err(bad(&field.name, cs, en))
        }
    }
}

fn expected(field_type: &FieldType) -> (&'static str, &'static str) {
    match field_type {
        FieldType::Integer => ("musí být celé číslo", "must be a whole number"),
        FieldType::Real => ("musí být číslo s desetinnou tečkou", "must be a number"),
        FieldType::Boolean => ("musí být true nebo false", "must be true or false"),
        FieldType::Date => (
            "musí být den, například 2026-05-31",
            "must be a day such as 2026-05-31",
        ),
        FieldType::Timestamp => (
            "musí být okamžik, například 2026-05-31T12:00:00Z",
            "must be an instant such as 2026-05-31T12:00:00Z",
        ),
        FieldType::Text | FieldType::Reference(_) | FieldType::List(_) => {
            ("musí být text", "must be a text")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, good: &[&str], bad: &[&str]) {
        let crs = NamedCrs::named(name).expect(name);
        for text in good {
            let area = area(text, crs).expect(text);
            let Bbox { min, max } = area.outer();
            assert!(min[0] <= max[0] && min[1] <= max[1], "{name}: {text}");
        }
        for text in bad {
            assert!(area(text, crs).is_err(), "{name}: {text}");
        }
    }

    #[test]
    fn a_box_has_four_or_six_numbers_in_the_order_of_the_axes() {
        let bad = [
            "",
            "1,2,3",
            "a,b,c,d",
            "1,2,3,4,5",
            "NaN,1,2,3",
            "0,1,inf,2",
        ];
        for crs in NamedCrs::ALL {
            check(&crs.uri(), &["1,2,3,4", "1.5, 2, 0, 1.5, 2, 0"], &bad);
        }
        check(
            "OGC:CRS84",
            &["13,50,200,14,51,300"],
            &["13,51,14,50", "13,50,14,91", "13,50,181,51"],
        );
        check(
            "EPSG:4326",
            &["-90,13,90,14"],
            &["13,100,14,101,", "-91,0,0,0"],
        );
        check(
            "EPSG:5514",
            &["-800000,-1000000,-790000,-990000"],
            &["-790000,-1000000,-800000,-990000"],
        );
    }

    #[test]
    fn a_box_across_the_antimeridian_keeps_the_half_that_may_meet_a_city() {
        let half = |min, max| in_degrees(min, max).expect("a box");
        assert_eq!(
            half([170.0, 50.0], [14.0, 51.0]),
            Bbox::new([-180.0, 50.0], [14.0, 51.0])
        );
        assert_eq!(
            half([13.0, 50.0], [-170.0, 51.0]),
            Bbox::new([13.0, 50.0], [180.0, 51.0])
        );
    }
}
