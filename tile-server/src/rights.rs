//! Who may do what, by the policy: the one place where it is decided, for every door that asks more than the public may.

use std::collections::BTreeSet;

use layers::policy::{Assignment, Duty, Operation, Policy};
use layers::{Audience, Layer, Municipalities};

/// A person or program that may do more than the public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// The name, as it stands in the history.
    pub(crate) name: String,
    /// The roles, each with whose features it is about.
    pub(crate) roles: Vec<Assignment>,
    /// The only operations that a token leaves of what the roles do; none is all of them.
    pub(crate) operations: Option<BTreeSet<Operation>>,
    /// What stands for the device in operations of a token that may write without `If-Match`; none without such a token.
    pub(crate) blind_as: Option<String>,
}

/// Returns for whom something is read.
pub(crate) fn audience(user: Option<&User>) -> Audience {
    user.map_or(Audience::PUBLIC, User::audience)
}

impl User {
    /// Returns a user who may do all that these roles do.
    pub(crate) fn new(name: &str, roles: Vec<Assignment>) -> Self {
        Self {
            name: name.to_owned(),
            roles,
            operations: None,
            blind_as: None,
        }
    }

    /// Returns for whom something is read that this user asks for.
    pub(crate) fn audience(&self) -> Audience {
        Policy::in_force().audience(&self.roles)
    }

    /// Names the roles, as events of the audit log do; none without any.
    pub(crate) fn role_names(&self) -> Option<String> {
        let names: Vec<_> = self.roles.iter().map(|held| held.role.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Whether the user has a duty beside features.
    pub(crate) fn has(&self, duty: Duty) -> bool {
        Policy::in_force().has(&self.roles, duty)
    }

    /// Returns with whose features of a layer the user may do something.
    pub(crate) fn may(&self, operation: Operation, layer: &Layer) -> Municipalities {
        let is_left = self.operations.as_ref();
        if is_left.is_some_and(|left| !left.contains(&operation)) {
            return Municipalities::NONE;
        }
        Policy::in_force().municipalities(&self.roles, operation, layer)
    }
}

#[cfg(test)]
mod tests {
    use layers::LayerSet;

    use super::*;

    const OURS: i64 = 562_971;

    fn user(role: &str) -> User {
        let is_municipal = Policy::in_force()
            .role(role)
            .is_some_and(|role| role.municipal);
        let own = Municipalities::Listed(BTreeSet::from([OURS]));
        let assignment = Assignment {
            role: role.into(),
            municipalities: if is_municipal {
                own
            } else {
                Municipalities::All
            },
        };
        User::new("jana", vec![assignment])
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
