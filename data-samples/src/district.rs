//! The sample district: what fills an empty instance.

use catalog::Dataset;
use layers::{Change, LayerSet};

use crate::datasets::datasets;
use crate::recorder::Recorder;
use crate::tenants::tenants;
use crate::village::decany;
use crate::{municipalities, passports, register, town, village_land, village_place};

/// From which everything that is invented follows.
const SEED: u64 = 564_729;

/// Everything that fills an empty instance.
pub struct District {
    /// The inserts, in an order in which references resolve; ids and bytes are the same on every run.
    pub changes: Vec<Change>,
    /// What the municipalities publish, three datasets each.
    pub datasets: Vec<Dataset>,
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
    let mut recorder = Recorder::new(layers, SEED);
    let village = decany();
    let tenants = tenants();
    municipalities::record(&village, &tenants, &mut recorder);
    register::record(&village, &mut recorder);
    let place = village_place::place(&village, SEED);
    passports::record(&place, SEED, &mut recorder);
    village_land::record(&village, &place, SEED, &mut recorder);
    let mut datasets: Vec<_> = datasets(place.municipality, &place.name, 0).collect();
    for (number, tenant) in tenants.iter().enumerate() {
        passports::record(&town::place(tenant, number, SEED), SEED, &mut recorder);
        datasets.extend(crate::datasets::datasets(
            tenant.code,
            &tenant.name,
            number + 1,
        ));
    }
    Ok(District {
        changes: recorder.finish()?,
        datasets,
        center: [13.9085, 50.4386],
        zoom: 15.7,
        attribution: vec!["Obsahuje data z RÚIAN, © ČÚZK, CC BY 4.0".to_owned()],
    })
}
