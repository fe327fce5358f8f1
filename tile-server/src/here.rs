//! What lies at a place: all layers that somebody may see, read from the store with exact geometry and measured.
//!
//! Snapshots of tiles know positions of Web Mercator only, and those of the public; nothing is measured on them.

mod spot;

use geo::CoordsIter;
use geo_types::Geometry;
use layers::{
    Feature, FeatureId, FeatureQuery, FeatureStore, Language, LayerView, MUNICIPALITY_FIELD,
    StoreError,
};
use thiserror::Error;

pub(crate) use self::spot::{Lies, Spot};

use crate::city::title;
use crate::search::natural_order;

/// How many features may be looked at for one question.
const READ_MAX: u64 = 20_000;
/// How many positions may be cut against each other for one question: about a second of work.
const CUT_MAX: usize = 2_000_000;
/// How many features of a layer are listed; sums are of all.
const LISTED: usize = 100;

/// Why a question was not answered.
#[derive(Debug, Error)]
pub(crate) enum HereError {
    /// More lies there than is looked at for one question.
    #[error("too much lies there")]
    TooMuch,
    /// The store did not answer.
    #[error(transparent)]
    Read(#[from] StoreError),
}

/// What lies at a spot of one layer.
pub(crate) struct LayerHere {
    /// What is read of the layer: the features' headings and nothing else.
    pub(crate) view: LayerView,
    /// How many features lie there.
    pub(crate) count: u64,
    /// How many metres lie there, together.
    pub(crate) length: f64,
    /// How many square metres lie there, together.
    pub(crate) area: f64,
    /// The features, those with most there first; not all when there are many.
    pub(crate) features: Vec<FeatureHere>,
    /// Whether the layer shows a table of other software that cannot be read now.
    pub(crate) is_away: bool,
}

/// One feature that lies at a spot.
pub(crate) struct FeatureHere {
    pub(crate) id: FeatureId,
    pub(crate) fid: i64,
    pub(crate) title: String,
    pub(crate) lies: Lies,
    /// In EPSG:5514.
    pub(crate) geometry: Geometry<f64>,
}

/// Returns the view that shows the headings of features and nothing else.
pub(crate) fn headings(view: &LayerView) -> LayerView {
    let mut names: Vec<String> = view
        .layer()
        .label
        .field_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    // Some values show in the features of some municipalities only.
    names.push(MUNICIPALITY_FIELD.to_owned());
    view.clone().with_fields(&names)
}

/// Looks what lies at a spot, apart from the feature that is asked about itself; layers with nothing there are left out.
pub(crate) fn look(
    store: &dyn FeatureStore,
    views: &[LayerView],
    spot: &Spot,
    itself: Option<FeatureId>,
    language: Language,
) -> Result<Vec<LayerHere>, HereError> {
    let mut looking = Looking {
        store,
        spot,
        itself,
        language,
        may_read: READ_MAX,
        may_cut: CUT_MAX,
    };
    let drawn = views.iter().filter(|view| view.layer().geometry.is_some());
    let found = drawn.map(|view| looking.layer(headings(view)));
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    found.retain(|here| here.count > 0 || here.is_away);
    Ok(found)
}

/// A question that is being answered, and what is left of what it may cost.
struct Looking<'a> {
    store: &'a dyn FeatureStore,
    spot: &'a Spot,
    itself: Option<FeatureId>,
    language: Language,
    may_read: u64,
    may_cut: usize,
}

impl Looking<'_> {
    fn layer(&mut self, view: LayerView) -> Result<LayerHere, HereError> {
        let is_attached = view.layer().source.is_some();
        let mut here = LayerHere {
            view,
            count: 0,
            length: 0.0,
            area: 0.0,
            features: Vec::new(),
            is_away: false,
        };
        match self.read(&mut here) {
            Err(HereError::Read(error)) if is_attached => {
                let layer = &here.view.layer().id;
                tracing::warn!(%layer, "an attached table cannot be looked at: {error}");
                here.is_away = true;
            }
            read => read?,
        }
        here.features.sort_by(order);
        here.features.truncate(LISTED);
        Ok(here)
    }

    fn read(&mut self, here: &mut LayerHere) -> Result<(), HereError> {
        let query = FeatureQuery {
            bbox: self.spot.bbox(),
            // One more than may be read tells that there are more.
            limit: Some(self.may_read + 1),
            ..FeatureQuery::new(here.view.clone())
        };
        for feature in self.store.read(&query)? {
            let feature = feature?;
            self.may_read = self.may_read.checked_sub(1).ok_or(HereError::TooMuch)?;
            if self.itself != Some(feature.id) {
                self.take(here, feature)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, here: &mut LayerHere, feature: Feature) -> Result<(), HereError> {
        let heading = title(&here.view, &feature, self.language);
        let Some(geometry) = feature.geometry else {
            return Ok(());
        };
        if self.spot.reach().is_some() || self.spot.may_cut(&geometry) {
            let cost = self.spot.positions() + geometry.coords_count();
            self.may_cut = self.may_cut.checked_sub(cost).ok_or(HereError::TooMuch)?;
        }
        let Some(lies) = self.spot.lies(&geometry) else {
            return Ok(());
        };
        here.count += 1;
        match lies {
            Lies::Along(metres) => here.length += metres,
            Lies::Over(square_metres) => here.area += square_metres,
            Lies::Near(_) | Lies::Inside => {}
        }
        here.features.push(FeatureHere {
            id: feature.id,
            fid: feature.fid,
            title: heading,
            lies,
            geometry,
        });
        Ok(())
    }
}

/// Orders the nearer and the larger first, and the rest by heading.
fn order(one: &FeatureHere, other: &FeatureHere) -> std::cmp::Ordering {
    let weight = |lies| match lies {
        Lies::Near(metres) => metres,
        Lies::Inside => 0.0,
        Lies::Along(much) | Lies::Over(much) => -much,
    };
    let by_weight = weight(one.lies).total_cmp(&weight(other.lies));
    by_weight.then_with(|| natural_order(&one.title, &other.title))
}
