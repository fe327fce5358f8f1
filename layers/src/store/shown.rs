//! What changed as somebody sees it: what is hidden from a view changes nothing, what it hides is gone, and what comes
//! in sight is new.

mod between;
mod layer_hash;
mod one;

pub use self::between::{ShownChange, ShownChanges, shown_changes};
pub use self::layer_hash::{FeatureHash, LayerHash, read_layer_hash};
pub use self::one::{ShownVersion, shown_versions};
