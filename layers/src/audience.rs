//! Who may see what: the one place where it is decided, for what the policy grants.

mod view;
mod visible;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::policy::Grant;
use crate::{Layer, Municipalities};

pub use self::view::{LayerView, Rows};
pub use self::visible::last_visible_revision;

/// How widely something may be known; each class includes the ones before it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum PrivacyClass {
    /// Everybody.
    #[default]
    Public,
    /// People of the city and its municipalities.
    Internal,
    /// Only those whose work needs personal data.
    Personal,
}

/// For whom something is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Audience(Sight);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Sight {
    /// Up to a privacy class, everywhere.
    Everywhere {
        clearance: PrivacyClass,
        /// Whether fields show that nobody is to use any more.
        retired: bool,
    },
    /// What is public, and what is granted beside it.
    Granted(Arc<[Grant]>),
}

impl Audience {
    /// Everybody: what an anonymous request sees.
    pub const PUBLIC: Self = Self(Sight::Everywhere {
        clearance: PrivacyClass::Public,
        retired: false,
    });
    /// The program itself and the person at its command line: everything, also the values of retired fields.
    pub const OFFICE: Self = Self(Sight::Everywhere {
        clearance: PrivacyClass::Personal,
        retired: true,
    });

    /// Returns the audience that may see things of every layer up to the given class, of fields in use.
    pub fn with_clearance(clearance: PrivacyClass) -> Self {
        Self(Sight::Everywhere {
            clearance,
            retired: false,
        })
    }

    /// Returns the audience that sees what is granted; without grants it is the public.
    pub(crate) fn granted(mut grants: Vec<Grant>) -> Self {
        if grants.is_empty() {
            return Self::PUBLIC;
        }
        // The same grants in another order are the same audience.
        grants.sort();
        grants.dedup();
        Self(Sight::Granted(grants.into()))
    }

    /// Returns what this audience sees of a layer, or nothing when it may not know of the layer.
    pub fn view(&self, layer: &Arc<Layer>) -> Option<LayerView> {
        let retired = matches!(self.0, Sight::Everywhere { retired: true, .. });
        LayerView::new(layer, |class| self.sees(layer, class), retired)
    }

    /// Returns what this audience would see if fields still showed that nobody is to use any more: what a device may
    /// name that has an older definition. Nothing is shown by it.
    pub fn view_with_retired(&self, layer: &Arc<Layer>) -> Option<LayerView> {
        LayerView::new(layer, |class| self.sees(layer, class), true)
    }

    /// Returns in whose features of a layer this audience sees what is of a privacy class.
    fn sees(&self, layer: &Layer, class: PrivacyClass) -> Municipalities {
        match &self.0 {
            _ if class == PrivacyClass::Public => Municipalities::All,
            Sight::Everywhere { clearance, .. } if class <= *clearance => Municipalities::All,
            Sight::Everywhere { .. } => Municipalities::NONE,
            Sight::Granted(grants) => grants
                .iter()
                .filter(|grant| grant.class == layer.class && class <= grant.clearance)
                .fold(Municipalities::NONE, |all, grant| {
                    all.and(&grant.municipalities)
                }),
        }
    }
}
