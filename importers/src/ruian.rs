//! RÚIAN, the register of territorial identification, addresses and real estate: a streaming reader of its exchange
//! format VFR 1.3.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use importers::ruian::{VfrReader, VfrRecord};
//!
//! let file = std::fs::File::open("20140331_OB_564729_UKSH.xml.gz")?;
//! for record in VfrReader::from_gzip(file) {
//!     match record {
//!         Ok(VfrRecord::Parcel(parcel)) => drop(parcel.border),
//!         Ok(_) => {}
//!         Err(problem) => return Err(problem.into()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod element;
mod gml;
mod parse;
mod reader;
mod record;

pub use reader::{VfrProblem, VfrReader};
pub use record::{
    Address, Building, CadastralArea, Municipality, MunicipalityPart, Parcel, VfrRecord,
};
