//! The registry of places that store what people typed: whoever adds one says here what an erasure does with it.

use crate::instance::{ATTACHMENTS, CONFIG_FILE, DEFINITIONS};

/// What an erasure does with the files of a place in the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The store erases in it by itself, in every table and record.
    Store,
    /// A release in which the value stands is taken back.
    Withdraw,
    /// A file in which the value stands goes.
    Remove,
    /// It goes, and the records of features on which it hangs say so.
    Detach,
    /// A person changes it; the erasure is refused until then.
    ByHand,
    /// It holds hashes only.
    Leave,
}

/// The places of an instance by the beginning of their paths; the first that fits counts.
pub(super) const PLACES: [(&str, Way); 10] = [
    (CONFIG_FILE, Way::ByHand),
    (DEFINITIONS, Way::ByHand),
    ("store", Way::Store),
    (ATTACHMENTS, Way::Detach),
    ("public/releases", Way::Withdraw),
    ("public", Way::Remove),
    ("staff", Way::Remove),
    ("spool", Way::Remove),
    ("evidence", Way::Leave),
    // What somebody put beside: an export, a package, a mapping.
    ("", Way::Remove),
];

/// Returns what is done with a file.
pub(super) fn way(path: &str) -> Way {
    let fits = |place: &str| {
        let rest = path.strip_prefix(place);
        rest.is_some_and(|rest| place.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    let mut places = PLACES.iter();
    places
        .find(|(place, _)| fits(place))
        .map_or(Way::Remove, |(_, way)| *way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::FOLDERS;

    #[test]
    fn every_folder_of_an_instance_is_a_place() {
        for folder in FOLDERS {
            let mut named = PLACES.iter().filter(|(place, _)| !place.is_empty());
            let is_named = named.any(|(place, _)| place.split('/').next() == Some(folder));
            assert!(is_named, "{folder}: say what an erasure does with it");
        }
        assert_eq!(way("public/releases/parks/1/a.csv"), Way::Withdraw);
        assert_eq!(way("public/other"), Way::Remove);
        assert_eq!(way("storeroom.txt"), Way::Remove);
    }
}
