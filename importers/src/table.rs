//! A village's table: what `obzor-gdal read` says of a foreign file, understood as changes to one of our layers.

mod columns;
mod convert;
mod foreign;
mod geometry;
mod mapping;
mod plan;
mod position;
mod reason;

pub use self::foreign::{
    DeclaredCrs, ForeignGeometry, ForeignRow, ForeignTable, TableError, TableReader,
};
pub use self::mapping::{Mapping, MappingFile};
pub use self::plan::{Import, ImportPlan, PlanError, PlannedChange, RejectedRow};
pub use self::position::{Reading, Unrecognised, recognise};
pub use self::reason::Reason;
