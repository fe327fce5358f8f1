//! A village's table: what `obzor-gdal read` says of a foreign file, understood as changes to one of our layers.

mod cell;
mod columns;
mod convert;
mod first;
mod foreign;
mod geometry;
mod mapping;
mod plan;
mod position;
mod reason;

pub use self::cell::Cell;
pub use self::first::{FirstImport, NeedsAll};
pub use self::foreign::{
    DeclaredCrs, ForeignGeometry, ForeignLayer, ForeignRow, RowReader, TableError,
};
pub use self::mapping::{Mapping, MappingFile};
pub use self::plan::{Import, ImportPlan, Outcome, PlanError, RejectedRow};
pub use self::position::{Reading, Unrecognised, recognise};
pub use self::reason::Reason;
