//! What people do at the doors of accounts, as the audit log has it, and from where credentials came that were refused.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::web::{self, Data};
use layers::audit::{AuditAct, AuditEvent};

use crate::audit::Actor;
use crate::city::City;
use crate::rights::User;

use super::client;
use super::error::HttpError;
use super::request_id::RequestId;

/// Returns a user who sent a request, as events name them.
pub(super) fn actor(req: &HttpRequest, user: &User) -> Actor {
    Actor::user(user, RequestId::of(req).as_str())
}

/// Writes an event down.
pub(super) async fn note(city: &Data<City>, event: AuditEvent) -> Result<(), HttpError> {
    let city = Data::clone(city);
    Ok(web::block(move || city.record(event)).await??)
}

/// Writes down that somebody did not show who they are, unless enough of that is written down already.
///
/// `shown` names what was shown, where that is known; never what was typed, which may be a password.
pub(super) async fn note_refused(
    req: &HttpRequest,
    city: &Data<City>,
    shown: Option<String>,
) -> Result<(), HttpError> {
    let address = address(req, city);
    let Some(times) = city.refusals.one_more(&address) else {
        return Ok(());
    };
    let event = AuditEvent {
        subject: shown,
        address: Some(address),
        times: (times > 1).then_some(times),
        ..Actor::unknown(RequestId::of(req).as_str()).event(AuditAct::LoginRefused)
    };
    note(city, event).await
}

/// Returns from where somebody comes; one household has many addresses of IPv6, which begin alike.
pub(super) fn address(req: &HttpRequest, city: &City) -> String {
    match client::address(req, &city.config.proxies) {
        Some(IpAddr::V6(ip)) => network(ip),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        None => String::new(),
    }
}

fn network(ip: Ipv6Addr) -> String {
    let [a, b, c, d, ..] = ip.segments();
    format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_address() {
        let ip = Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 3, 4, 5, 6);
        assert_eq!(network(ip), "2001:db8:1:2::/64");
    }
}
