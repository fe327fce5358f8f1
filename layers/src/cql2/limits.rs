//! How large a filter may be, so that reading and answering one costs little whatever comes.

use super::{Expression, Fault, Place};

/// How many bytes a filter has at most.
pub const MAX_BYTES: usize = 1 << 16;
/// How deep its parts lie in one another at most.
pub const MAX_DEPTH: usize = 40;
/// How many parts it has at most: values, properties, operators.
pub const MAX_PARTS: usize = 2000;
/// How many positions its geometries have at most, together.
pub const MAX_POSITIONS: usize = 5000;

/// What is left of the limits while a filter is read.
#[derive(Debug)]
pub(super) struct Budget {
    depth: usize,
    parts: usize,
    positions: usize,
}

impl Budget {
    /// Makes the budget of a filter; one that is too long has none.
    pub(super) fn of(filter: &str, whole: &Place) -> Result<Self, Fault> {
        if filter.len() > MAX_BYTES {
            return Err(Fault::new(
                whole,
                format!("filtr smí mít nejvýš {MAX_BYTES} bajtů"),
                format!("a filter may have {MAX_BYTES} bytes at most"),
            ));
        }
        Ok(Self {
            depth: MAX_DEPTH,
            parts: MAX_PARTS,
            positions: MAX_POSITIONS,
        })
    }

    /// Goes one level deeper; [`Budget::leave`] comes back.
    pub(super) fn enter(&mut self, place: &Place) -> Result<(), Fault> {
        self.depth = self.depth.checked_sub(1).ok_or_else(|| too_deep(place))?;
        Ok(())
    }

    /// Comes back from a level.
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }

    /// Counts a part.
    pub(super) fn part(&mut self, place: &Place) -> Result<(), Fault> {
        self.parts = self.parts.checked_sub(1).ok_or_else(|| {
            Fault::new(
                place,
                format!("filtr smí mít nejvýš {MAX_PARTS} částí"),
                format!("a filter may have {MAX_PARTS} parts at most"),
            )
        })?;
        Ok(())
    }

    /// Counts a position of a geometry.
    pub(super) fn position(&mut self, place: &Place) -> Result<(), Fault> {
        self.positions = self.positions.checked_sub(1).ok_or_else(|| {
            Fault::new(
                place,
                format!("geometrie filtru smí mít dohromady nejvýš {MAX_POSITIONS} pozic"),
                format!(
                    "the geometries of a filter may have {MAX_POSITIONS} positions at most together"
                ),
            )
        })?;
        Ok(())
    }
}

/// Refuses a filter whose parts lie too deep in one another, as those of a long calculation do that holds from the left.
pub(super) fn want_shallow(filter: &Expression) -> Result<(), Fault> {
    if filter.depth() > MAX_DEPTH {
        return Err(too_deep(&filter.place));
    }
    Ok(())
}

fn too_deep(place: &Place) -> Fault {
    Fault::new(
        place,
        format!("filtr smí mít nejvýš {MAX_DEPTH} úrovní vnoření"),
        format!("a filter may be nested {MAX_DEPTH} levels deep at most"),
    )
}
