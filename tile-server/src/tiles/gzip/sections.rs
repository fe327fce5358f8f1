//! The parts of a tile that deserve codes of their own: features, and what is said in words.

use super::super::mvt::{LAYER_EXTENT, LAYER_FEATURE, TILE_LAYER, read_varint};

/// A part shorter than this does not pay for a table of codes and goes with the next one.
const SHORTEST: usize = 1024;

/// A run of bytes of a tile with codes of its own.
pub(super) struct Section<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether there is text in it, which may repeat itself.
    pub(super) has_text: bool,
}

/// Cuts a tile between features and text, where both sides are long enough; at least one section, empty for no bytes.
pub(super) fn sections(tile: &[u8]) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let (mut begun, mut has_text) = (0, false);
    let mut rest = tile;
    while !rest.is_empty() {
        let features = features(rest);
        let text = text(&rest[features..]);
        for (length, is_text) in [(features, false), (text, true)] {
            let so_far = tile.len() - rest.len() - begun;
            if so_far >= SHORTEST && length >= SHORTEST {
                let bytes = &tile[begun..begun + so_far];
                sections.push(Section { bytes, has_text });
                (begun, has_text) = (begun + so_far, false);
            }
            has_text |= is_text && length > 0;
            rest = &rest[length..];
        }
    }
    let bytes = &tile[begun..];
    sections.push(Section { bytes, has_text });
    sections
}

/// Returns how long the head of a layer is with its features.
fn features(layer: &[u8]) -> usize {
    let mut rest = layer;
    if rest.first() == Some(&TILE_LAYER) {
        rest = &rest[1..];
        read_varint(&mut rest);
        // The layer's name.
        rest = after_field(rest).unwrap_or(rest);
    }
    while rest.first() == Some(&LAYER_FEATURE)
        && let Some(after) = after_field(rest)
    {
        rest = after;
    }
    layer.len() - rest.len()
}

/// Returns how long the rest of a layer is, to where the next begins.
fn text(rest: &[u8]) -> usize {
    let mut after = rest;
    while let Some(next) = after_field(after) {
        after = next;
    }
    if after.first() == Some(&LAYER_EXTENT) {
        // Extent and version are numbers, and the last of a layer.
        for _ in 0..2 {
            after = after.get(1..).unwrap_or_default();
            read_varint(&mut after);
        }
        return rest.len() - after.len();
    }
    rest.len()
}

/// Skips a field that is bytes with their length; none if there is no such field.
fn after_field(field: &[u8]) -> Option<&[u8]> {
    let (tag, mut rest) = field.split_first()?;
    let length = read_varint(&mut rest) as usize;
    (tag % 8 == 2).then(|| rest.get(length..)).flatten()
}
