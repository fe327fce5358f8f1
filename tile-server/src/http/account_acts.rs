//! What people do with accounts, as the audit log has it: logins and refusals, tokens, passwords.

use actix_web::HttpRequest;
use actix_web::web::{self, Data};
use layers::audit::{AuditAct, AuditEvent};

use crate::audit;
use crate::city::City;

use super::error::HttpError;
use super::request_id::RequestId;

/// Stands for somebody who is not known: what was typed as a name may be a password.
pub(super) const UNKNOWN: &str = "?";

/// Writes down an act before it is done; what cannot be written down must not be done.
pub(super) async fn note(
    req: &HttpRequest,
    city: &Data<City>,
    actor: &str,
    act: AuditAct,
    subject: Option<String>,
) -> Result<(), HttpError> {
    let event = AuditEvent {
        subject,
        request: Some(RequestId::of(req).as_str().to_owned()),
        ..audit::event(actor, act)
    };
    let city = Data::clone(city);
    Ok(web::block(move || city.record(event)).await??)
}
