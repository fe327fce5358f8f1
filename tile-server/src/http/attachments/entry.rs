//! One file on a feature, as somebody sees it.

use geo::{Distance, Euclidean};
use geo_types::{Geometry, Point};
use layers::crs::{Crs, transform};
use serde_json::{Value as Json, json};

use crate::attachments::{ContentHash, Kept, Sight};
use crate::edit::Seen;

/// How many digits of a hash name a file of which the name is not told.
const NAME_DIGITS: usize = 12;

/// A file and how much of it shows.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) kept: Kept,
    pub(crate) sight: Sight,
}

impl Entry {
    /// Returns the hash of the bytes that are shown.
    pub(crate) fn sha256(&self) -> &ContentHash {
        match (self.sight, &self.kept.attachment.bare) {
            (Sight::Bare, Some(bare)) => &bare.sha256,
            _ => &self.kept.key.sha256,
        }
    }

    /// Returns how many bytes are shown.
    pub(crate) fn bytes(&self) -> u64 {
        match (self.sight, &self.kept.attachment.bare) {
            (Sight::Bare, Some(bare)) => bare.bytes,
            _ => self.kept.attachment.bytes,
        }
    }

    /// Returns under which name the file is saved; the name that somebody gave it may say who they are.
    pub(crate) fn name(&self) -> String {
        let attachment = &self.kept.attachment;
        match self.sight {
            Sight::Whole => attachment.name.clone(),
            Sight::Bare => format!(
                "{}.{}",
                &self.sha256().as_str()[..NAME_DIGITS],
                attachment.media_type.ending()
            ),
        }
    }

    /// Returns how far from the feature the camera was, in metres, if it said where it was and that is shown.
    pub(crate) fn distance(&self, seen: &Seen) -> Option<f64> {
        let position = self.kept.attachment.position;
        let [x, y] = position.filter(|_| self.sight == Sight::Whole)?;
        let geometry = seen.feature.geometry.as_ref()?;
        let camera = Geometry::Point(Point::new(x, y));
        Some((Euclidean.distance(&camera, geometry) * 10.0).round() / 10.0)
    }

    /// Writes it for programs; `list` is the address of the list.
    pub(crate) fn as_json(&self, seen: &Seen, list: &str) -> Json {
        let attachment = &self.kept.attachment;
        let mut entry = json!({
            "sha256": self.sha256(),
            "bytes": self.bytes(),
            "type": attachment.media_type,
            "name": self.name(),
            "caption": attachment.caption,
            "href": format!("{list}/{}", self.sha256()),
        });
        if let Some([width, height]) = attachment.size {
            entry["width"] = width.into();
            entry["height"] = height.into();
        }
        if self.sight == Sight::Whole {
            entry["privacy"] = json!(attachment.privacy);
            entry["by"] = attachment.by.as_str().into();
            entry["at"] = attachment.at.as_str().into();
            entry["taken"] = json!(attachment.taken);
            let degrees = attachment
                .position
                .map(|at| transform(Crs::SJtsk, Crs::Wgs84, at));
            entry["position"] = json!(degrees);
            entry["distance"] = json!(self.distance(seen));
        }
        entry
    }
}
