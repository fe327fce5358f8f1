#![doc = include_str!("../README.md")]

mod along;
mod benchmark;
mod buried;
mod datasets;
mod dissolve;
mod district;
mod greenery;
mod grounds;
mod lighting;
mod municipalities;
mod network;
mod passports;
mod place;
mod random;
mod recorder;
mod register;
mod roads;
mod scatter;
mod skeleton;
mod street_names;
mod tenants;
mod town;
mod town_growth;
mod traffic;
mod village;
mod village_land;
mod village_place;
mod village_roads;
mod waste;

pub use benchmark::parcels;
pub use district::{District, SampleError, district};
pub use tenants::{Tenant, orp_border, tenant_points, tenants};
pub use village::{Village, decany, decany_vfr};
