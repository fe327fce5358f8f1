//! `/rights`: who sees and does what, as the policy says.

use actix_web::HttpRequest;
use actix_web::web::Data;

use crate::city::City;

use super::answer::Answer;
use super::error::HttpError;
use super::parameters::Parameters;
use super::{pages, preferences};

/// Answers with the page that explains the policy.
pub(crate) async fn page(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    Ok(pages::rights(&city, preferences::language(&req)))
}
