//! Who may do what, by the policy: the one place where it is decided, for every door that asks more than the public may.

use layers::policy::{Assignment, Operation, Policy};
use layers::{Audience, Layer, Municipalities};

/// A person or program that may do more than the public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// The name, as it stands in the history.
    pub(crate) name: String,
    /// The roles, each with whose features it is about.
    pub(crate) roles: Vec<Assignment>,
}

/// Returns for whom something is read.
pub(crate) fn audience(user: Option<&User>) -> Audience {
    user.map_or(Audience::PUBLIC, User::audience)
}

impl User {
    /// Returns for whom something is read that this user asks for.
    pub(crate) fn audience(&self) -> Audience {
        Policy::in_force().audience(&self.roles)
    }

    /// Returns with whose features of a layer the user may do something.
    pub(crate) fn may(&self, operation: Operation, layer: &Layer) -> Municipalities {
        Policy::in_force().municipalities(&self.roles, operation, layer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use layers::LayerSet;

    use super::*;

    const OURS: i64 = 562_971;

    fn user(role: &str) -> User {
        let is_municipal = Policy::in_force()
            .role(role)
            .is_some_and(|role| role.municipal);
        let own = Municipalities::Listed(BTreeSet::from([OURS]));
        User {
            name: "jana".into(),
            roles: vec![Assignment {
                role: role.into(),
                municipalities: if is_municipal {
                    own
                } else {
                    Municipalities::All
                },
            }],
        }
    }

    fn check(role: &str, operation: Operation, layer: &str, own: bool, others: bool) {
        let layers = LayerSet::shipped().expect("sound definitions");
        let layer = layers.named(layer).expect("a layer");
        let may = user(role).may(operation, layer);
        for (owner, expected) in [(OURS, own), (563_099, others)] {
            let what = format!("{role} {operation:?} {} {owner}", layer.id);
            assert_eq!(may.include(layer, Some(owner)), expected, "{what}");
        }
        assert_eq!(may.include(layer, None), others, "{role} without owner");
    }

    #[test]
    fn what_a_role_does_ends_at_its_classes_and_municipalities() {
        use Operation::{Create, Delete, Update};
        check("editor", Update, "trees", true, false);
        check("editor", Delete, "trees", true, false);
        check("editor", Update, "parcels", false, false);
        check("field-worker", Create, "trees", true, false);
        check("field-worker", Delete, "trees", false, false);
        check("field-worker", Update, "leases", false, false);
        check("planner", Update, "trees", false, false);
        check("administrator", Delete, "parcels", true, true);
        check("nobody", Update, "trees", false, false);
    }
}
