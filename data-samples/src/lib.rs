#![doc = include_str!("../README.md")]
#![expect(dead_code, reason = "the themes that invent passports follow")]

mod along;
mod district;
mod municipalities;
mod random;
mod recorder;
mod register;
mod tenants;
mod village;

pub use district::{District, SampleError, district};
pub use tenants::{Tenant, orp_border, tenant_points, tenants};
pub use village::{Village, decany, decany_vfr};
