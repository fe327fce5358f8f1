//! One feature as OGC API Features answers it: GeoJSON with its `fid` and heading as further members.

use layers::crs::NamedCrs;
use layers::geojson::{write_geometry, write_properties, write_text};
use layers::{Feature, Language, LayerView};

use crate::city::title;

/// Writes one feature with its geometry in `crs`; `more` goes in as further members (`,"links":[…]`).
pub(crate) fn write_feature(
    out: &mut Vec<u8>,
    view: &LayerView,
    feature: &Feature,
    crs: NamedCrs,
    language: Language,
    more: &str,
) {
    out.extend_from_slice(
        format!(
            "{{\"type\":\"Feature\",\"id\":\"{}\",\"fid\":{},\"title\":",
            feature.id, feature.fid
        )
        .as_bytes(),
    );
    write_text(out, &title(view, feature, language));
    out.extend_from_slice(b",\"geometry\":");
    let geometry = feature.geometry.as_ref().map(|it| crs.of_stored(it));
    write_geometry(out, geometry.as_deref());
    out.extend_from_slice(b",\"properties\":{");
    write_properties(out, view, feature);
    out.push(b'}');
    out.extend_from_slice(more.as_bytes());
    out.push(b'}');
}
