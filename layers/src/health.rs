//! The health of layers: what stored features break of the rules, whoever wrote them.

use crate::{
    Feature, Finding, LayerView, MUNICIPALITY_FIELD, Problem, Territories, Territory, find_flaws,
};

/// Returns everything that is wrong with a stored feature, as far as its reader may know: read it through the view.
///
/// Programs that edit the store directly pass by the checks of [`crate::FeatureStore::apply`]. To those this adds whether
/// the geometry is valid, whether there is such a municipality, and whether the feature lies in it.
pub fn examine(view: &LayerView, territories: &Territories, feature: &Feature) -> Vec<Finding> {
    let values = view.fields().zip(&feature.values);
    let mut findings: Vec<_> = values
        .filter_map(|(field, value)| Some(Finding::of_field(&field.name, field.check(value)?)))
        .collect();
    let owner = view.municipality_of(feature);
    if owner.is_some_and(|code| !territories.know(code)) {
        let unknown = Problem::UnknownMunicipality;
        findings.push(Finding::of_field(MUNICIPALITY_FIELD, unknown));
    }
    findings.extend(examine_geometry(view, territories, owner, feature));
    findings
}

fn examine_geometry(
    view: &LayerView,
    territories: &Territories,
    owner: Option<i64>,
    feature: &Feature,
) -> Vec<Finding> {
    let geometry = feature.geometry.as_ref();
    let misplaced = view.layer().check_geometry(geometry);
    let Some(geometry) = geometry.filter(|_| misplaced.is_empty()) else {
        return misplaced;
    };
    let flaws = find_flaws(geometry).into_iter();
    let mut findings: Vec<_> = flaws
        .map(|flaw| Finding::of_feature(Problem::InvalidGeometry(flaw)))
        .collect();
    let territory = owner.and_then(|code| territories.of(code));
    let outside = territory.and_then(|territory| territory.farthest_outside(geometry));
    if outside.is_some_and(|(_, distance)| distance > Territory::ALLOWED) {
        findings.push(Finding::of_feature(Problem::OutsideMunicipality));
    }
    findings
}
