//! Whether features lie in the municipality whose dataset is inspected.

use geo_types::Geometry;
use layers::{Municipality, Territory};

use super::subject::Subject;
use crate::Check;
use crate::finding::text;

/// The municipality of a dataset, whose border the register knows.
pub(super) struct Home {
    name: String,
    territory: Territory,
}

impl Home {
    pub(super) fn new(municipality: &Municipality) -> Self {
        Self {
            name: municipality.name.clone(),
            territory: Territory::new(municipality),
        }
    }

    /// Reports a geometry of which a point lies outside, with the point that lies farthest.
    pub(super) fn check(&self, subject: &mut Subject<'_>, geometry: &Geometry<f64>) {
        let Some((position, distance)) = self.territory.farthest_outside(geometry) else {
            return;
        };
        let name = &self.name;
        subject.report_geometry(
            if distance > Territory::ALLOWED {
                Check::FarOutside
            } else {
                Check::Outside
            },
            Some(position),
            text(
                format!("leží {distance:.0} m za hranicí obce {name}"),
                format!("lies {distance:.0} m outside the border of {name}"),
            ),
            text(
                "Ověřte polohu a to, které obci prvek patří.",
                "Check the position, and whose the feature is.",
            ),
        );
    }
}
