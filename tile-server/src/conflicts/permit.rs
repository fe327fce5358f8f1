//! Whether somebody may do what an operation would do: with the feature as it stands, and as it would stand.

use layers::merge::{Asked, Content, Part};
use layers::{Layer, MUNICIPALITY_FIELD, Store};

use super::shows;
use crate::rights::User;

/// Whether the user may do that with a feature of its municipality, before and after.
pub(crate) fn may_do(user: &User, asked: &Asked<'_>) -> bool {
    let may = user.may(asked.operation.act, asked.layer);
    let mut states = [asked.before, asked.after].into_iter().flatten();
    states.all(|content| may.include(asked.layer, owner(asked.layer, content)))
}

/// Whether the user sees every value that an operation changes, of the feature before and after.
pub(crate) fn sees_all_that_changes(user: &User, store: &dyn Store, asked: &Asked<'_>) -> bool {
    let layer = store.layers().get(&asked.layer.id);
    let Some(view) = layer.and_then(|layer| user.audience().view(layer)) else {
        return false;
    };
    let sees = |content: &Content| {
        let owner = owner(asked.layer, content);
        let mut names = asked.operation.set.keys();
        names.all(|name| shows(&view, owner, &Part::Field(name.clone())))
    };
    [asked.before, asked.after].into_iter().flatten().all(sees)
}

fn owner(layer: &Layer, content: &Content) -> Option<i64> {
    let (place, _) = layer.field(MUNICIPALITY_FIELD)?;
    content.values.get(place)?.as_integer()
}
