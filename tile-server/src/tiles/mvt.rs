//! The protobuf of Mapbox vector tiles 2.1: varints, messages, values.

use layers::Value;

use super::grid::EXTENT;

/// Field 1 of `Tile.Feature`, an integer.
pub(super) const FEATURE_ID: u8 = 0x08;
/// Field 2 of `Tile.Feature`, packed.
pub(super) const FEATURE_TAGS: u8 = 0x12;
/// Field 3 of `Tile.Feature`, an enumeration.
pub(super) const FEATURE_TYPE: u8 = 0x18;
/// Field 4 of `Tile.Feature`, packed.
pub(super) const FEATURE_GEOMETRY: u8 = 0x22;
/// Field 2 of `Tile.Layer`, a message.
pub(super) const LAYER_FEATURE: u8 = 0x12;

/// Field 3 of `Tile`, a message.
pub(super) const TILE_LAYER: u8 = 0x1a;
const LAYER_NAME: u8 = 0x0a;
const LAYER_KEY: u8 = 0x1a;
/// Field 4 of `Tile.Layer`, a message.
pub(super) const LAYER_VALUE: u8 = 0x22;
/// Field 5 of `Tile.Layer`, an integer.
pub(super) const LAYER_EXTENT: u8 = 0x28;
const LAYER_VERSION: u8 = 0x78;

/// Appends an unsigned integer in base 128.
pub(super) fn write_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Returns how many bytes [`write_varint`] takes.
pub(super) fn varint_length(number: u64) -> usize {
    (70 - (number | 1).leading_zeros() as usize) / 7
}

/// How many bytes [`write_varint`] takes at most.
const LONGEST_VARINT: usize = 10;

/// Takes an unsigned integer off the front of bytes that [`write_varint`] wrote; of other bytes it may take all.
pub(super) fn read_varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for (place, &byte) in bytes.iter().enumerate().take(LONGEST_VARINT) {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            *bytes = &bytes[place + 1..];
            return number;
        }
    }
    *bytes = &[];
    number
}

/// Folds a signed integer into an unsigned one, small for small ones of either sign.
pub(super) fn zigzag(number: i32) -> u64 {
    u64::from(((number << 1) ^ (number >> 31)) as u32)
}

/// Undoes [`zigzag`].
pub(super) fn unzigzag(number: u64) -> i32 {
    let number = number as u32;
    (number >> 1) as i32 ^ -((number & 1) as i32)
}

/// Appends a field whose content is bytes with their length.
pub(super) fn write_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push(field);
    write_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Returns the bytes of a key of a layer.
pub(super) fn key_entry(name: &str) -> Vec<u8> {
    let mut entry = Vec::with_capacity(name.len() + 2);
    write_bytes(&mut entry, LAYER_KEY, name.as_bytes());
    entry
}

/// Returns the bytes of a value of a layer; none for what tiles do not carry: nothing and lists.
pub(super) fn value_entry(value: &Value) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    match value {
        Value::Null | Value::List(_) => return None,
        Value::Text(text) => write_bytes(&mut message, 0x0a, text.as_bytes()),
        Value::Date(day) => write_bytes(&mut message, 0x0a, day.to_string().as_bytes()),
        Value::Timestamp(at) => {
            let text = at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string();
            write_bytes(&mut message, 0x0a, text.as_bytes());
        }
        Value::Real(number) => {
            message.push(0x19);
            message.extend_from_slice(&number.to_le_bytes());
        }
        Value::Integer(number) if *number >= 0 => {
            message.push(0x20);
            write_varint(&mut message, *number as u64);
        }
        Value::Integer(number) => {
            message.push(0x30);
            write_varint(&mut message, ((number << 1) ^ (number >> 63)) as u64);
        }
        Value::Boolean(flag) => message.extend([0x38, u8::from(*flag)]),
    }
    let mut entry = Vec::with_capacity(message.len() + 2);
    write_bytes(&mut entry, LAYER_VALUE, &message);
    Some(entry)
}

/// Appends a layer: features, keys and values are finished entries, one after the other.
pub(super) fn write_layer(
    out: &mut Vec<u8>,
    name: &str,
    features: &[u8],
    keys: &[u8],
    values: &[u8],
) {
    let mut head = Vec::with_capacity(name.len() + 2);
    write_bytes(&mut head, LAYER_NAME, name.as_bytes());
    let mut foot = vec![LAYER_EXTENT];
    write_varint(&mut foot, EXTENT as u64);
    foot.extend([LAYER_VERSION, 2]);
    let parts = [&head, features, keys, values, &foot];
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.reserve(length + 6);
    out.push(TILE_LAYER);
    write_varint(out, length as u64);
    for part in parts {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_come_back_and_are_as_long_as_told() {
        for number in [
            0,
            1,
            127,
            128,
            300,
            16_383,
            16_384,
            u64::from(u32::MAX),
            u64::MAX,
        ] {
            let mut bytes = Vec::new();
            write_varint(&mut bytes, number);
            assert_eq!(bytes.len(), varint_length(number), "{number}");
            let mut rest = &bytes[..];
            assert_eq!(read_varint(&mut rest), number);
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn zigzag_comes_back() {
        for number in [0, -1, 1, 64, -64, i32::MAX, i32::MIN] {
            assert_eq!(unzigzag(zigzag(number)), number);
        }
        assert_eq!(zigzag(-1), 1);
        assert_eq!(zigzag(1), 2);
    }
}
