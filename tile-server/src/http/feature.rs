//! One feature as OGC API Features answers it: GeoJSON with its `fid` and heading as further members.

use layers::crs::NamedCrs;
use layers::geojson::{write_geometry, write_properties, write_some_properties, write_text};
use layers::{Feature, Language, LayerView};

use crate::city::title;

/// How a feature is written.
#[derive(Clone, Copy)]
pub(crate) struct FeatureForm<'a> {
    /// The system of its geometry.
    pub(crate) crs: NamedCrs,
    /// The language of its heading.
    pub(crate) language: Language,
    /// Which values are written, by the places of their fields in the view; none are all.
    pub(crate) properties: Option<&'a [usize]>,
}

impl FeatureForm<'_> {
    /// Writes the whole feature as RFC 7946 has it.
    pub(crate) fn whole(language: Language) -> Self {
        Self {
            crs: NamedCrs::CRS84,
            language,
            properties: None,
        }
    }
}

/// Writes one feature; `more` goes in as further members (`,"links":[…]`).
pub(crate) fn write_feature(
    out: &mut Vec<u8>,
    view: &LayerView,
    feature: &Feature,
    form: FeatureForm<'_>,
    more: &str,
) {
    out.extend_from_slice(
        format!(
            "{{\"type\":\"Feature\",\"id\":\"{}\",\"fid\":{},\"title\":",
            feature.id, feature.fid
        )
        .as_bytes(),
    );
    write_text(out, &title(view, feature, form.language));
    out.extend_from_slice(b",\"geometry\":");
    let geometry = feature.geometry.as_ref().map(|it| form.crs.of_stored(it));
    write_geometry(out, geometry.as_deref());
    out.extend_from_slice(b",\"properties\":{");
    match form.properties {
        None => write_properties(out, view, feature),
        Some(places) => write_some_properties(out, view, feature, places),
    }
    out.push(b'}');
    out.extend_from_slice(more.as_bytes());
    out.push(b'}');
}
