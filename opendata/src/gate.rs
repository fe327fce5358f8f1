//! The gate before publication: what can be said about a dataset before its features are read.

use std::fmt;
use std::sync::Arc;

use catalog::{Dataset, PersonalData};
use layers::{Audience, Layer, LayerId, LayerSet, LayerView};

/// One thing that stands between a dataset and publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The record of the dataset is not sound.
    Record(catalog::Finding),
    /// There is no layer of that name.
    UnknownLayer(LayerId),
    /// The layer is not for everybody and must never be published as it is.
    NotPublic(LayerId),
    /// The layer does not say of its features whose they are, so they cannot be picked for the dataset.
    NotMunicipal(LayerId),
    /// What everybody may see of the layer says nothing about its features.
    NothingToSay(LayerId),
    /// None of the layers has a geometry.
    NoGeometry,
    /// The terms of use say that there are personal data.
    PersonalData,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(finding) => finding.fmt(f),
            Self::UnknownLayer(layer) => write!(f, "there is no layer {layer}"),
            Self::NotPublic(layer) => {
                write!(
                    f,
                    "layer {layer} is not public; only a generalised copy of it may be"
                )
            }
            Self::NotMunicipal(layer) => {
                write!(
                    f,
                    "layer {layer} does not say to which municipality a feature belongs"
                )
            }
            Self::NothingToSay(layer) => {
                write!(
                    f,
                    "no field of layer {layer} that says something about a feature is public"
                )
            }
            Self::NoGeometry => f.write_str("none of the layers has a geometry"),
            Self::PersonalData => f.write_str(
                "the terms of use say that there are personal data; take them out first",
            ),
        }
    }
}

/// Returns everything that stands between the dataset and publication, as far as it can be known without its features.
///
/// Nothing found does not mean that the data may leave: the checks of a release look at every feature.
pub fn check_dataset(dataset: &Dataset, layers: &LayerSet) -> Vec<Finding> {
    let mut findings: Vec<_> = dataset.check().into_iter().map(Finding::Record).collect();
    let mut any_geometry = false;
    for id in &dataset.layers {
        match layers.get(id) {
            Some(layer) => {
                any_geometry |= layer.geometry.is_some();
                findings.extend(layer_finding(layer));
            }
            None => findings.push(Finding::UnknownLayer(id.clone())),
        }
    }
    if !any_geometry {
        findings.push(Finding::NoGeometry);
    }
    if dataset.terms_of_use.personal_data == PersonalData::Contained {
        findings.push(Finding::PersonalData);
    }
    findings
}

fn layer_finding(layer: &Arc<Layer>) -> Option<Finding> {
    let Some(view) = Audience::PUBLIC.view(layer) else {
        return Some(Finding::NotPublic(layer.id.clone()));
    };
    if !layer.municipal {
        Some(Finding::NotMunicipal(layer.id.clone()))
    } else if says_nothing(&view) {
        Some(Finding::NothingToSay(layer.id.clone()))
    } else {
        None
    }
}

/// Whether only fields are left that say whose a feature is and that it is public.
fn says_nothing(view: &LayerView) -> bool {
    let layer = view.layer();
    view.fields().all(|field| {
        field.name == "municipality_code" || layer.public_if.as_ref() == Some(&field.name)
    })
}
