//! The gate before publication: what can be said about a dataset before its features are read.

use std::sync::Arc;

use catalog::{Dataset, PersonalData, Problem};
use layers::{Audience, Language, Layer, LayerId, LayerSet, LayerView, MUNICIPALITY_FIELD, Text};

use crate::finding::text;
use crate::{Check, Finding, Place};

/// One thing that stands between a dataset and publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
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

impl Obstacle {
    /// Returns the obstacle as a finding of the check that it belongs to.
    pub fn finding(&self) -> Finding {
        let layer = match self {
            Self::UnknownLayer(layer)
            | Self::NotPublic(layer)
            | Self::NotMunicipal(layer)
            | Self::NothingToSay(layer) => Some(layer.clone()),
            Self::Record(_) | Self::NoGeometry | Self::PersonalData => None,
        };
        Finding {
            check: match self {
                Self::PersonalData => Check::PersonalData,
                _ => Check::Record,
            },
            place: Place {
                layer,
                ..Place::default()
            },
            message: self.message(),
            advice: text(
                "Opravte záznam datové sady.",
                "Correct the dataset's record.",
            ),
        }
    }

    fn message(&self) -> Text {
        match self {
            Self::Record(finding) => text(
                format!("{}: {}", finding.entry, in_czech(&finding.problem)),
                finding.to_string(),
            ),
            Self::UnknownLayer(_) => text("taková vrstva není", "there is no such layer"),
            Self::NotPublic(_) => text(
                "vrstva není veřejná, zveřejnit lze jen její zobecněnou kopii",
                "the layer is not public; only a generalised copy of it may be",
            ),
            Self::NotMunicipal(_) => text(
                "vrstva neříká, které obci prvek patří",
                "the layer does not say to which municipality a feature belongs",
            ),
            Self::NothingToSay(_) => text(
                "žádné pole, které o prvku něco říká, není veřejné",
                "no field that says something about a feature is public",
            ),
            Self::NoGeometry => text(
                "žádná z vrstev nemá geometrii",
                "none of the layers has a geometry",
            ),
            Self::PersonalData => text(
                "podmínky užití uvádějí, že data obsahují osobní údaje",
                "the terms of use say that there are personal data",
            ),
        }
    }
}

fn in_czech(problem: &Problem) -> &'static str {
    match problem {
        Problem::Missing => "údaj chybí",
        Problem::MissingIn(Language::Czech) => "chybí český text",
        Problem::MissingIn(Language::English) => "chybí anglický text",
        Problem::Repeated => "totéž je uvedeno dvakrát",
        Problem::NotAnId => "smí mít jen a–z, 0–9 a jednotlivé spojovníky",
        Problem::NotACode => "není kód RÚIAN",
        Problem::NotACompanyNumber => "není IČO o osmi číslicích",
        Problem::NotAnEmail => "není e-mailová adresa",
        Problem::AuthorNeeded => "licence vyžaduje uvést autora",
    }
}

/// Returns everything that stands between the dataset and publication, as far as it can be known without its features.
///
/// Nothing found does not mean that the data may leave: the checks of a release look at every feature.
pub fn check_dataset(dataset: &Dataset, layers: &LayerSet) -> Vec<Obstacle> {
    let mut obstacles: Vec<_> = dataset.check().into_iter().map(Obstacle::Record).collect();
    let mut any_geometry = false;
    for id in &dataset.layers {
        match layers.get(id) {
            Some(layer) => {
                any_geometry |= layer.geometry.is_some();
                obstacles.extend(layer_obstacle(layer));
            }
            None => obstacles.push(Obstacle::UnknownLayer(id.clone())),
        }
    }
    if !any_geometry {
        obstacles.push(Obstacle::NoGeometry);
    }
    if dataset.terms_of_use.personal_data == PersonalData::Contained {
        obstacles.push(Obstacle::PersonalData);
    }
    obstacles
}

fn layer_obstacle(layer: &Arc<Layer>) -> Option<Obstacle> {
    let Some(view) = Audience::PUBLIC.view(layer) else {
        return Some(Obstacle::NotPublic(layer.id.clone()));
    };
    if !layer.municipal || view.field(MUNICIPALITY_FIELD).is_none() {
        Some(Obstacle::NotMunicipal(layer.id.clone()))
    } else if says_nothing(&view) {
        Some(Obstacle::NothingToSay(layer.id.clone()))
    } else {
        None
    }
}

/// Whether only fields are left that say whose a feature is and that it is public.
fn says_nothing(view: &LayerView) -> bool {
    let layer = view.layer();
    view.fields().all(|field| {
        field.name == MUNICIPALITY_FIELD || layer.public_if.as_ref() == Some(&field.name)
    })
}
