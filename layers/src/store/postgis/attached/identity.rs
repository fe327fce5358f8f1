//! The identity of a row that is not ours: a UUID made of layer and key, from which the key can be read again.

use uuid::{Builder, Uuid};

use super::LARGEST_KEY;
use crate::{FeatureId, LayerId};

/// Returns the identity of the row of a layer with a key, an `UUIDv8` (RFC 9562, section 5.8).
pub(in crate::store::postgis) fn id_of(layer: &LayerId, key: i64) -> FeatureId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&hash(layer).to_be_bytes());
    bytes[8..].copy_from_slice(&key.to_be_bytes());
    Builder::from_custom_bytes(bytes).into_uuid().into()
}

/// Returns the key of the row with an identity, if it is one of the layer's.
pub(super) fn key_of(layer: &LayerId, id: FeatureId) -> Option<i64> {
    let uuid: Uuid = id.as_uuid();
    let low: [u8; 8] = uuid.as_bytes()[8..]
        .try_into()
        .expect("eight of sixteen bytes");
    let key = i64::from_be_bytes(low) & LARGEST_KEY;
    (id_of(layer, key) == id).then_some(key)
}

/// FNV-1a: the same for ever, which the standard library's hash does not promise.
fn hash(layer: &LayerId) -> u64 {
    let bytes = layer.as_str().bytes();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_stable_and_leads_back_to_its_key() {
        let lamps = LayerId::new("lamps").expect("an id");
        let id = id_of(&lamps, 42);
        assert_eq!(id.to_string(), "ea8f9cec-6267-8798-8000-00000000002a");
        for key in [0, 1, 42, LARGEST_KEY] {
            assert_eq!(key_of(&lamps, id_of(&lamps, key)), Some(key));
        }
        let masts = LayerId::new("masts").expect("an id");
        assert_eq!(key_of(&masts, id), None);
        assert_eq!(key_of(&lamps, FeatureId::new_v7(1, &[0; 10])), None);
    }
}
