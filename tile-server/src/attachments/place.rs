//! On which feature somebody attaches a file, and whether they may.

use layers::policy::Operation;
use layers::{AttachmentRules, FeatureId, LayerView, Municipalities, Store};

use crate::edit::{Seen, Which, look};
use crate::rights::{User, audience};

use super::NotAttached;
use super::record::Early;

/// A feature on which its editor may hang a file; or one that is to come.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) view: LayerView,
    pub(crate) rules: AttachmentRules,
    pub(crate) feature: FeatureId,
    /// Whose the feature is, if that is known.
    pub(crate) owner: Option<i64>,
    /// Set when there is no such feature for its author.
    pub(crate) early: Option<Early>,
}

/// Finds the feature, or allows for one that is to come: photos do not wait for the operation that makes it.
///
/// A feature that is hidden from its author counts as one that is to come, so that nobody learns of it. The file then shows
/// only if the feature is one that its author might have added.
pub(crate) fn place(
    store: &dyn Store,
    user: &User,
    layer: &str,
    feature: FeatureId,
) -> Result<Place, NotAttached> {
    let layer = store.layers().named(layer);
    let view = layer.and_then(|layer| audience(Some(user)).view(layer));
    let view = view.ok_or(NotAttached::NoSuchLayer)?;
    let rules = view.layer().attachments.clone();
    let rules = rules.ok_or(NotAttached::NotInThisLayer)?;
    if let Some(seen) = look(store, Some(user), view.layer(), Which::Id(feature))? {
        return may_change(user, &seen);
    }
    let within = match user.may(Operation::Create, view.layer()) {
        Municipalities::All => None,
        Municipalities::Listed(codes) if codes.is_empty() => {
            return Err(NotAttached::NoSuchFeature);
        }
        Municipalities::Listed(codes) => Some(codes),
    };
    Ok(Place {
        view,
        rules,
        feature,
        owner: None,
        early: Some(Early { within }),
    })
}

/// Returns the place that a feature is, if this user may change the feature.
pub(crate) fn may_change(user: &User, seen: &Seen) -> Result<Place, NotAttached> {
    let layer = seen.view.layer();
    let rules = layer.attachments.clone();
    let owner = seen.view.municipality_of(&seen.feature);
    if !user.may(Operation::Update, layer).include(layer, owner) {
        return Err(NotAttached::NotYours);
    }
    Ok(Place {
        view: seen.view.clone(),
        rules: rules.ok_or(NotAttached::NotInThisLayer)?,
        feature: seen.feature.id,
        owner,
        early: None,
    })
}
