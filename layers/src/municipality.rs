//! Municipalities as the store knows them: name, code and border, from the layer that its definition marks for it;
//! and whose features somebody may change.

use std::collections::BTreeSet;

use geo_types::{Geometry, MultiPolygon};

use crate::{
    Audience, Feature, FeatureQuery, FeatureStore, Finding, Language, Layer, LayerView, Problem,
    Revision, StoreError, Value,
};

/// The field that says whose a feature of a municipal layer is.
pub const MUNICIPALITY_FIELD: &str = "municipality_code";

impl LayerView {
    /// Returns to which municipality a feature read through the view belongs, if the layer knows.
    pub fn municipality_of(&self, feature: &Feature) -> Option<i64> {
        let (place, _) = self.field(MUNICIPALITY_FIELD)?;
        feature.values[place].as_integer()
    }
}

/// The municipalities whose features somebody may change, or sees more of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Municipalities {
    /// All of them, and what belongs to none.
    All,
    /// Those with these codes in RÚIAN.
    Listed(BTreeSet<i64>),
}

impl Municipalities {
    /// None of them.
    pub const NONE: Self = Self::Listed(BTreeSet::new());

    /// Returns these and those.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        match (self, others) {
            (Self::Listed(ours), Self::Listed(more)) => Self::Listed(ours | more),
            _ => Self::All,
        }
    }

    /// Returns those of them that a layer can tell apart: where features are no municipality's, none are theirs.
    pub(crate) fn of_layer(self, layer: &Layer) -> Self {
        match self {
            Self::Listed(_) if !layer.municipal => Self::NONE,
            of_layer => of_layer,
        }
    }

    /// Whether a feature of the layer with this owner is among theirs.
    ///
    /// The owner is the municipality that the feature names, never the one in which it lies.
    pub fn include(&self, layer: &Layer, owner: Option<i64>) -> bool {
        match self {
            Self::All => true,
            Self::Listed(codes) => {
                layer.municipal && owner.is_some_and(|owner| codes.contains(&owner))
            }
        }
    }

    /// Returns a finding when a feature with these values, one per field of the layer, is not among theirs.
    pub fn check(&self, layer: &Layer, values: &[Value]) -> Option<Finding> {
        let place = layer.field(MUNICIPALITY_FIELD).map(|(place, _)| place);
        let owner = place.and_then(|place| values.get(place)?.as_integer());
        (!self.include(layer, owner)).then(|| Finding::of_feature(Problem::NotTheirs))
    }
}

/// One municipality.
#[derive(Clone, Debug, PartialEq)]
pub struct Municipality {
    /// Its code in RÚIAN.
    pub code: i64,
    /// Its name.
    pub name: String,
    /// Its area in EPSG:5514.
    pub border: MultiPolygon<f64>,
    /// Whether the border is the register's; an approximate one must not be used against anybody.
    pub exact: bool,
}

/// Reads the municipalities at a revision (none is the newest), ordered by code; none without a layer of borders.
pub fn municipalities(
    store: &dyn FeatureStore,
    at: Option<Revision>,
) -> Result<Vec<Municipality>, StoreError> {
    let layer = store.layers().borders();
    let Some(view) = layer.and_then(|layer| Audience::PUBLIC.view(layer)) else {
        return Ok(Vec::new());
    };
    let mut query = FeatureQuery::new(view.clone());
    query.at = at;
    let mut found = Vec::new();
    for feature in store.read(&query)? {
        found.extend(municipality(&view, feature?));
    }
    found.sort_by_key(|municipality| municipality.code);
    Ok(found)
}

fn municipality(view: &LayerView, feature: Feature) -> Option<Municipality> {
    let value = |name: &str| {
        view.field(name)
            .map(|(place, field)| (field, &feature.values[place]))
    };
    let Some((_, Value::Integer(code))) = value(MUNICIPALITY_FIELD) else {
        return None;
    };
    let borders = view.layer().borders.as_ref()?;
    let exact =
        value(&borders.field).is_some_and(|(_, kind)| *kind == Value::Text(borders.exact.clone()));
    let name = view.layer().label.write(Language::Czech, &value);
    let code = *code;
    let border = match feature.geometry? {
        Geometry::Polygon(area) => MultiPolygon::new(vec![area]),
        Geometry::MultiPolygon(areas) => areas,
        _ => return None,
    };
    Some(Municipality {
        code,
        name,
        border,
        exact,
    })
}
