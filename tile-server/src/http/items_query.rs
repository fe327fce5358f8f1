//! The query of `/items` (OGC API Features Part 1, section 7.15): limit, offset, cursor, bbox, datetime, fields.

use layers::{Bbox, Field, FieldType, LayerView, Value, from_json};
use serde_json::Value as Json;

use crate::page::PageRequest;

use super::error::HttpError;
use super::instant;
use super::items_filter;
use super::parameters::{Parameters, bad};

/// How many features a page has unless the client says.
pub(crate) const DEFAULT_LIMIT: u64 = 100;
/// How many features a page has at most; a client that asks for more gets this many, as the standard wants.
pub(crate) const MAX_LIMIT: u64 = 10_000;

/// The parameters besides the layer's fields.
const PARAMETERS: [&str; 6] = ["f", "limit", "offset", "cursor", "bbox", instant::DATETIME];

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
    let equal = queryable_fields(view)
        .filter_map(|field| {
            let mut said = field.names().filter_map(|name| parameters.text(name));
            Some((field, said.next()?))
        })
        .map(|(field, text)| Ok((field.name.clone(), field_value(field, text)?)))
        .collect::<Result<_, HttpError>>()?;
    Ok(PageRequest {
        view: view.clone(),
        as_of: None,
        bbox: parameters.text("bbox").map(bbox).transpose()?,
        equal,
        filter: items_filter::read(view, parameters)?,
        after_fid: parameters.whole_number("cursor", 0)?,
        offset: parameters.whole_number("offset", 0)?.unwrap_or(0),
        limit: parameters
            .whole_number("limit", 1)?
            .unwrap_or(DEFAULT_LIMIT)
            .min(MAX_LIMIT),
    })
}

/// Reads a box of four numbers, or of six with heights, which are passed over.
fn bbox(text: &str) -> Result<Bbox, HttpError> {
    let refusal = || {
        bad(
            "bbox",
            "musí být západ,jih,východ,sever ve stupních, nejmenší hodnoty první (nebo šest čísel s výškami)",
            "must be west,south,east,north in degrees, least values first (or six numbers with heights)",
        )
    };
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    let numbers = numbers.ok_or_else(refusal)?;
    let ([west, south, east, north] | [west, south, _, east, north, _]) = numbers[..] else {
        return Err(refusal());
    };
    let sound = numbers.iter().all(|n| n.is_finite())
        && south <= north
        && [west, east].iter().all(|lon| lon.abs() <= 180.0)
        && [south, north].iter().all(|lat| lat.abs() <= 90.0);
    if !sound {
        return Err(refusal());
    }
    if west <= east {
        return Ok(Bbox::new([west, south], [east, north]));
    }
    // A box across the antimeridian: only one of its halves can meet a city of ours.
    Ok(if west > 90.0 {
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
        Ok(value) if !value.is_null() => Ok(value),
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

    #[test]
    fn a_box_has_four_or_six_numbers() {
        for good in ["13,50,14,51", "13,50,200,14,51,300", "13.1, 50, 13.1, 50"] {
            assert!(bbox(good).is_ok_and(|area| area.min[1] >= 50.0), "{good}");
        }
        for bad in [
            "",
            "1,2,3",
            "a,b,c,d",
            "13,51,14,50",
            "13,50,14,91",
            "1,2,3,4,5",
            "NaN,1,2,3",
            "13,50,181,51",
        ] {
            assert!(bbox(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_box_across_the_antimeridian_keeps_the_half_that_may_meet_a_city() {
        assert_eq!(
            bbox("170,50,14,51").expect("a box"),
            Bbox::new([-180.0, 50.0], [14.0, 51.0])
        );
        assert_eq!(
            bbox("13,50,-170,51").expect("a box"),
            Bbox::new([13.0, 50.0], [180.0, 51.0])
        );
    }
}
