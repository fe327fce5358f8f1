//! The municipalities as features: the real village with its real border, the 25 with approximate ones.

use crate::recorder::{Recorder, Row};
use crate::tenants::Tenant;
use crate::village::Village;

pub(crate) fn record(village: &Village, tenants: &[Tenant], recorder: &mut Recorder<'_>) {
    let own = &village.municipality;
    if let Some(border) = own.border.clone() {
        let row = Row::from_register(own.code)
            .with("name", own.name.as_str())
            .with_any("municipality_status", own.status.and_then(status))
            .with("border_kind", "real")
            .with_any("pou_code", own.pou_code)
            .with_any("lau_code", own.lau_code.as_deref());
        recorder.insert("municipalities", border, row);
    }
    for tenant in tenants {
        let row = Row::from_register(tenant.code)
            .with("name", tenant.name.as_str())
            .with("border_kind", "approximate")
            .with("pou_code", tenant.pou_code)
            .with("orp_code", tenant.orp_code)
            .with("lau_code", format!("{}{}", tenant.lau_code, tenant.code));
        recorder.insert("municipalities", tenant.border.clone(), row);
    }
}

/// Returns our code for `StatusKod` of the register.
fn status(code: i64) -> Option<&'static str> {
    match code {
        2 => Some("municipality"),
        3 => Some("town"),
        4 => Some("statutory-city"),
        6 => Some("market-town"),
        _ => None,
    }
}
