//! `/conflicts`: what waits for a decision, as a page or as JSON.

use actix_web::HttpRequest;
use actix_web::web::Data;
use layers::{LayerId, LayerView};
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::conflicts::{Case, Desk, Filter, Listing, OpenCounts};
use crate::municipality_names::MunicipalityNames;

use super::answer::{Answer, in_background};
use super::conflict::{Visitor, record_read, write_case};
use super::credentials::now;
use super::error::HttpError;
use super::links::{JSON, link};
use super::pages::{self, ConflictsPage};
use super::parameters::{Parameters, bad};
use super::preferences::{self, Format};

const PARAMETERS: [&str; 6] = ["f", "layer", "municipality", "state", "before", "limit"];
/// How many conflicts a page has if nothing else is asked for, and at most.
const LIMIT: usize = 50;
const LIMIT_MAX: usize = 500;

/// Answers with one page of the conflicts that somebody decides, and how many are open.
pub(crate) async fn list(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &PARAMETERS)?;
    let format = preferences::format(&req, &parameters)?;
    let Some(visitor) = Visitor::of(&req, &city, format).await? else {
        return Ok(super::visit::to_login(&req));
    };
    let filter = filter(&parameters)?;
    in_background(move || {
        let desk = visitor.desk(&city);
        let (listing, counts) = (desk.list(&filter)?, desk.count()?);
        record_read(&city, &visitor, &listing.cases)?;
        let answer = match format {
            Format::Json => Answer::json(&document(&visitor, &parameters, &listing, &counts)),
            Format::Html => page(&city, &visitor, &parameters, &filter, listing, counts)?,
        };
        Ok(answer.kept_by_nobody())
    })
    .await
}

fn filter(parameters: &Parameters) -> Result<Filter, HttpError> {
    let layer = parameters.text("layer").map(|name| {
        let (cs, en) = ("má být jméno vrstvy", "must be the name of a layer");
        LayerId::new(name).ok_or_else(|| bad("layer", cs, en))
    });
    let state = parameters.one_of("state", &["open", "decided", "all"])?;
    Ok(Filter {
        layer: layer.transpose()?,
        municipality: parameters.whole_number("municipality", 1)?,
        is_open: match state {
            None | Some("open") => Some(true),
            Some("decided") => Some(false),
            Some(_) => None,
        },
        before: parameters.whole_number("before", 1)?,
        limit: parameters
            .whole_number("limit", 1)?
            .unwrap_or(LIMIT)
            .min(LIMIT_MAX),
    })
}

/// Returns where the next page is, if there is one.
fn next(parameters: &Parameters, listing: &Listing) -> Option<String> {
    let before = listing.next?.to_string();
    let query = parameters.with(&[("before", Some(before))]);
    Some(format!("/conflicts?{query}"))
}

fn document(
    visitor: &Visitor,
    parameters: &Parameters,
    listing: &Listing,
    counts: &OpenCounts,
) -> Json {
    let base = &visitor.base;
    let cases = listing.cases.iter();
    let open = counts.iter().map(|((layer, municipality), count)| {
        json!({ "layer": layer, "municipality": municipality, "count": count })
    });
    let mut links = vec![link("self", JSON, "", &format!("{base}/conflicts"))];
    let next = next(parameters, listing);
    links.extend(next.map(|next| link("next", JSON, "", &format!("{base}{next}"))));
    json!({
        "conflicts": cases.map(|case| write_case(case, visitor)).collect::<Vec<_>>(),
        "open": open.collect::<Vec<_>>(),
        "links": links,
    })
}

fn page(
    city: &City,
    visitor: &Visitor,
    parameters: &Parameters,
    filter: &Filter,
    listing: Listing,
    counts: OpenCounts,
) -> Result<Answer, HttpError> {
    let page = ConflictsPage {
        next: next(parameters, &listing),
        listing,
        counts,
        municipalities: MunicipalityNames::read(&*city.store)?,
        is_open: filter.is_open,
        now: now(),
    };
    Ok(pages::conflicts(city, visitor.language, &page))
}

/// Returns the views of conflicts that show more than the public sees, each with how many conflicts it shows.
pub(super) fn hidden(cases: &[Case]) -> Vec<(&LayerView, u64)> {
    let mut hidden: Vec<(&LayerView, u64)> = Vec::new();
    for case in cases.iter().filter(|case| !case.view.is_public()) {
        match hidden
            .iter_mut()
            .find(|(view, _)| view.layer().id == case.layer().id)
        {
            Some((_, count)) => *count += 1,
            None => hidden.push((&case.view, 1)),
        }
    }
    hidden
}

/// Counts the open conflicts that a user may decide; none for who decides none at all.
pub(super) fn open_for(city: &City, user: &crate::rights::User) -> Result<Option<u64>, HttpError> {
    let desk = Desk {
        store: &*city.store,
        user,
    };
    if !desk.has_a_say() {
        return Ok(None);
    }
    Ok(Some(desk.count()?.values().sum()))
}
