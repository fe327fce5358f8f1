//! Two people who move corners of one area: different corners are both moved, and a shared one is left to a person.

use std::collections::BTreeSet;

use layers::merge::Operation;
use layers::policy::Operation as Act;
use layers::{LayerId, Value};
use proptest::collection::btree_set;
use proptest::prelude::*;
use serde_json::json;

use crate::city::{City, PLOTS, area, creation, drawn, operation, words};

/// Returns the corners of a round area, those of a set moved outwards by so much.
fn round(corners: usize, moved: &BTreeSet<usize>, by: f64) -> Vec<(f64, f64)> {
    let corner = |number: usize| {
        let angle = std::f64::consts::TAU * number as f64 / corners as f64;
        let far = if moved.contains(&number) {
            100.0 + by
        } else {
            100.0
        };
        (far * angle.cos(), far * angle.sin())
    };
    (0..corners).map(corner).collect()
}

fn plot(number: u64, device: &str, act: Act, corners: &[(f64, f64)], turn: usize) -> Operation {
    let mut corners = corners.to_vec();
    let length = corners.len();
    corners.rotate_left(turn % length);
    if turn > length {
        corners.reverse();
    }
    Operation {
        layer: LayerId::new(PLOTS).expect("a name"),
        geometry: Some(drawn(&area(&corners))),
        ..operation(number, device, act, 1, 1)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn corners_have_one_mover_each(
        corners in 4_usize..12,
        theirs in btree_set(0_usize..12, 1..4),
        mine in btree_set(0_usize..12, 1..4),
        by in 2_u32..20,
        turn in 0_usize..24,
    ) {
        let cut = |set: BTreeSet<usize>| -> BTreeSet<usize> {
            set.into_iter().map(|number| number % corners).collect()
        };
        let (theirs, mine, by) = (cut(theirs), cut(mine), f64::from(by));
        let mut city = City::new();
        let begun = Operation {
            set: creation(1, "office", 1, "A").set,
            ..plot(1, "office", Act::Create, &round(corners, &BTreeSet::new(), 0.0), 0)
        };
        city.receive(vec![begun]);
        city.receive(vec![plot(2, "jana", Act::Update, &round(corners, &theirs, by), 0)]);
        let petr = plot(3, "petr", Act::Update, &round(corners, &mine, by + 1.0), turn);
        let judgement = city.receive(vec![petr]);
        let meets = !theirs.is_disjoint(&mine);
        // Where every corner was moved by one or the other, nothing is left by which to lay the areas together.
        let nothing_still = theirs.union(&mine).count() == corners;
        if meets || nothing_still {
            prop_assert_eq!(words(&judgement), ["conflict"]);
            return Ok(());
        }
        prop_assert_eq!(words(&judgement), ["merged"]);
        // What stands is what both moved: to draw just that once more changes nothing.
        let mut both = round(corners, &theirs, by);
        for number in mine {
            both[number] = round(corners, &BTreeSet::from([number]), by + 1.0)[number];
        }
        let head = city.head();
        let again = Operation {
            base: layers::Revision(head),
            ..plot(4, "eva", Act::Update, &both, 0)
        };
        prop_assert_eq!(words(&city.receive(vec![again])), ["applied"]);
        prop_assert_eq!(city.head(), head);
        let stands = city.feature(PLOTS, 1).expect("there");
        prop_assert_eq!(&stands.values[0], &Value::from("A"));
        prop_assert_eq!(stands.rev, 3, "{}", json!(both));
    }
}
