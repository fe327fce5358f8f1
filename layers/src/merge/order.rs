//! In which order a batch is judged: as it came, but each operation after the one on which it stands.

use std::collections::HashMap;

use super::{Operation, OperationId};

/// Returns the places of the operations in the order in which they are to be judged.
///
/// Of operations that stand on one another in a circle one comes before the one on which it stands.
pub(super) fn in_order(
    operations: &[Operation],
    first_places: &HashMap<OperationId, usize>,
) -> Vec<usize> {
    let mut is_placed = vec![false; operations.len()];
    let mut order = Vec::with_capacity(operations.len());
    for place in 0..operations.len() {
        let from = order.len();
        let mut next = Some(place);
        while let Some(place) = next.filter(|place| !is_placed[*place]) {
            is_placed[place] = true;
            order.push(place);
            let after = operations[place].after;
            next = after.and_then(|after| first_places.get(&after).copied());
        }
        order[from..].reverse();
    }
    order
}
