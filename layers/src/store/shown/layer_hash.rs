//! The layer hash: by it two who hold the same features of a layer know that they do, in whatever order they got them.

use std::fmt;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::crs::{Crs, transform_geometry};
use crate::geojson::{write_geometry, write_properties};
use crate::{Feature, FeatureQuery, FeatureStore, LayerView, Revision, StoreError};

/// The hash of one feature as a view shows it: the first 16 bytes of the SHA-256 of its canonical form, most significant
/// first. `docs/history.md` describes the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureHash(u128);

impl FeatureHash {
    /// Works out the hash of a feature that was read through a view.
    pub fn of(view: &LayerView, feature: &Feature) -> Self {
        let mut form = Vec::new();
        write_canonical(&mut form, &document(view, feature));
        let digest: [u8; 32] = Sha256::digest(&form).into();
        let first = digest.iter().take(16);
        Self(first.fold(0, |number, &byte| (number << 8) | u128::from(byte)))
    }
}

/// The number of features, and the sum of their hashes modulo 2¹²⁸.
///
/// A sum does not depend on the order and is kept up to date feature by feature; unlike an exclusive or it does not
/// forget what is there twice. It finds what was lost or altered by mistake; it is no signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerHash {
    /// How many features.
    pub count: u64,
    sum: u128,
}

impl fmt::Display for LayerHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.sum)
    }
}

impl LayerHash {
    /// Adds a feature.
    pub fn add(&mut self, feature: FeatureHash) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(feature.0);
    }

    /// Takes a feature away that was added before.
    pub fn remove(&mut self, feature: FeatureHash) {
        self.count -= 1;
        self.sum = self.sum.wrapping_sub(feature.0);
    }
}

/// Reads what a view shows of a layer at a revision and returns its hash.
pub fn read_layer_hash(
    store: &dyn FeatureStore,
    view: &LayerView,
    at: Revision,
) -> Result<LayerHash, StoreError> {
    let query = FeatureQuery {
        at: Some(at),
        ..FeatureQuery::new(view.clone())
    };
    let mut all = LayerHash::default();
    for feature in store.read(&query)? {
        all.add(FeatureHash::of(view, &feature?));
    }
    Ok(all)
}

/// Returns what is hashed of a feature, read from the very text that is sent.
fn document(view: &LayerView, feature: &Feature) -> Json {
    let geometry = feature.geometry.as_ref();
    let geometry = geometry.map(|geometry| transform_geometry(Crs::SJtsk, Crs::Wgs84, geometry));
    let mut text = format!("{{\"id\":\"{}\",\"geometry\":", feature.id).into_bytes();
    write_geometry(&mut text, geometry.as_ref());
    text.extend_from_slice(b",\"properties\":{");
    write_properties(&mut text, view, feature);
    text.extend_from_slice(b"}}");
    serde_json::from_slice(&text).expect("what was written just now is JSON")
}

/// Writes a JSON value so that the same values give the same bytes in every language.
fn write_canonical(out: &mut Vec<u8>, value: &Json) {
    match value {
        Json::Null => out.push(b'n'),
        Json::Bool(true) => out.push(b't'),
        Json::Bool(false) => out.push(b'f'),
        Json::Number(number) => {
            // Zero has no sign here.
            let number = number.as_f64().unwrap_or_default() + 0.0;
            out.push(b'd');
            out.extend_from_slice(&number.to_be_bytes());
        }
        Json::String(text) => write_text(out, text),
        Json::Array(items) => {
            out.push(b'[');
            for item in items {
                write_canonical(out, item);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .collect();
            members.sort_by_key(|(name, _)| name.as_bytes());
            out.push(b'{');
            for (name, value) in members {
                write_text(out, name);
                write_canonical(out, value);
            }
            out.push(b'}');
        }
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b's');
    out.extend_from_slice(text.len().to_string().as_bytes());
    out.push(b':');
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: &Json, expected: &[u8]) {
        let mut form = Vec::new();
        write_canonical(&mut form, value);
        assert_eq!(form, expected, "{value}");
    }

    #[test]
    fn the_same_values_have_one_form() {
        check(
            &json!({"b": [1, null, true], "a": "ž", "c": null}),
            b"{s1:as2:\xc5\xbes1:b[d\x3f\xf0\0\0\0\0\0\0nt]}",
        );
        check(&json!(-0.0), b"d\0\0\0\0\0\0\0\0");
        let huge = json!(9_007_199_254_740_993_i64);
        check(&huge, b"d\x43\x40\0\0\0\0\0\0");
        check(&json!(1), b"d\x3f\xf0\0\0\0\0\0\0");
        check(&json!(1.0), b"d\x3f\xf0\0\0\0\0\0\0");
    }
}
