//! Who may do what: the one place where it is decided, for every door that asks more than the public may.
//!
//! Today there are two kinds of people: the public, and editors of municipalities. An editor works with single
//! features of its municipalities as the people of the office do; everywhere else an editor is the public.

use layers::{Audience, Layer, Municipalities, PrivacyClass};

/// A person or program that may do more than the public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// The name, as it stands in the history.
    pub(crate) name: String,
    /// Whose features it edits.
    pub(crate) municipalities: Municipalities,
}

/// Returns as whom somebody reads and writes the features it edits, and of which layers it may know.
pub(crate) fn audience(user: Option<&User>) -> Audience {
    match user {
        Some(_) => Audience::with_clearance(PrivacyClass::Internal),
        None => Audience::PUBLIC,
    }
}

impl User {
    /// Whether the user may add, change, remove, and see as the office does, a feature of this owner.
    ///
    /// The owner is the municipality that the feature names, never the one in which it lies.
    pub(crate) fn edits(&self, layer: &Layer, owner: Option<i64>) -> bool {
        self.municipalities.include(layer, owner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use layers::LayerSet;

    use super::*;

    #[test]
    fn an_editor_edits_what_names_its_municipality_and_nothing_else() {
        let layers = LayerSet::shipped().expect("sound definitions");
        let mut layer = (**layers.iter().next().expect("a layer")).clone();
        let codes = BTreeSet::from([562_971, 563_099]);
        let editor = |municipalities| User {
            name: "jana".into(),
            municipalities,
        };
        let (some, all) = (
            editor(Municipalities::Listed(codes)),
            editor(Municipalities::All),
        );
        for (municipal, owner, may) in [
            (true, Some(562_971), true),
            (true, Some(563_099), true),
            (true, Some(563_102), false),
            (true, None, false),
            (false, Some(562_971), false),
            (false, None, false),
        ] {
            layer.municipal = municipal;
            assert_eq!(some.edits(&layer, owner), may, "{municipal} {owner:?}");
            assert!(all.edits(&layer, owner));
        }
    }
}
