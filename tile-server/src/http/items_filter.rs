//! The filter of `/items` (OGC API Features Part 3): `filter`, `filter-lang` and `filter-crs`.

use layers::cql2::{Fault, Filter, read_json, read_text};
use layers::{LayerView, Text};

use super::crs;
use super::error::HttpError;
use super::parameters::{Parameters, bad};

/// The parameters of a filter.
pub(crate) const PARAMETERS: [&str; 3] = ["filter", "filter-lang", "filter-crs"];
/// The languages of a filter; the first is meant when none is named.
pub(crate) const LANGUAGES: [&str; 2] = ["cql2-text", "cql2-json"];

/// Reads the filter, if there is one, for what the view shows.
pub(crate) fn read(view: &LayerView, parameters: &Parameters) -> Result<Option<Filter>, HttpError> {
    let language = parameters.one_of("filter-lang", &LANGUAGES)?;
    let crs = crs::read(parameters, PARAMETERS[2])?;
    let Some(text) = parameters.text("filter") else {
        return Ok(None);
    };
    let is_json = language == Some(LANGUAGES[1]);
    let read = if is_json { read_json } else { read_text };
    let expression = read(text).map_err(|fault| refusal(text, &[fault]))?;
    let expression = if crs.is_latitude_first() {
        expression.with_axes_swapped()
    } else {
        expression
    };
    let filter = Filter::bind(&expression, view, crs.crs());
    filter.map(Some).map_err(|faults| refusal(text, &faults))
}

/// Tells all faults, each with its place in the filter.
fn refusal(filter: &str, faults: &[Fault]) -> HttpError {
    let told: Vec<Text> = faults.iter().map(|fault| fault.describe(filter)).collect();
    let joined =
        |language: fn(&Text) -> &str| told.iter().map(language).collect::<Vec<_>>().join("; ");
    bad(
        PARAMETERS[0],
        &format!("nejde použít: {}", joined(|text| &text.cs)),
        &format!("cannot be used: {}", joined(|text| &text.en)),
    )
}
