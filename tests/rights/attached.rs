//! Photos on features: who sees a feature sees the list, in it what is of their class; who may change the feature hangs some
//! there and removes them. Two hang on each feature: one as public as its layer lets it be, and one for the office.

use std::collections::BTreeMap;

use layers::{Layer, LayerSet, PrivacyClass};

use super::Asking;
use super::expected::token;
use super::planted::Row;
use crate::answer::Answer;
use crate::attachments::{multipart, photo, sha256};
use crate::city::City;

/// The two photos of a row: their hashes, and that of the copy for everybody, if there is one.
#[derive(Clone)]
pub(super) struct Photos {
    whole: [String; 2],
    bare: Option<String>,
}

/// Hangs photos on the rows of layers that take them; returns them by the row's id.
pub(super) fn hang(
    city: &City,
    layers: &LayerSet,
    rows: &BTreeMap<String, Vec<Row>>,
) -> BTreeMap<String, Photos> {
    let bearer = format!("Bearer {}", token(city, "fotograf", "administrator", None));
    let send = |list: &str, privacy: &str| {
        let photo = photo(&format!("{list} {privacy}"));
        let (kind, body) = multipart("a.jpg", &photo, &[("privacy", privacy)]);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", &kind)];
        let made = Answer::try_send("POST", &city.url(list), &headers, &body[..]).unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        sha256(&photo)
    };
    let mut photos = BTreeMap::new();
    for layer in layers.iter().filter(|layer| layer.attachments.is_some()) {
        for row in &rows[layer.id.as_str()] {
            let list = format!("/collections/{}/items/{}/attachments", layer.id, row.id);
            let whole = ["public", "internal"].map(|privacy| send(&list, privacy));
            let public = city.get(&list);
            let bare = (public.status == 200).then(|| public.json());
            let bare = bare.and_then(|list| {
                let first = list["attachments"][0]["sha256"].as_str();
                first.map(str::to_owned)
            });
            photos.insert(row.id.clone(), Photos { whole, bare });
        }
    }
    photos
}

impl Asking<'_> {
    pub(super) fn attachments(&mut self, layer: &Layer, sees_layer: bool, row: &Row) {
        let door = format!("/collections/{}/items/{}/attachments", layer.id, row.id);
        let takes = layer.attachments.is_some();
        let sees = sees_layer && self.actor.sees_row(layer, row);
        let list = self.get(&door);
        let expected = if sees && takes { 200 } else { 404 };
        self.expect(&door, list.status, expected);
        let does = self.actor.does("update", layer, row.owner);
        let status = |allowed: u16| match sees && takes {
            _ if self.actor.token.is_none() => 401,
            false => 404,
            true if does => allowed,
            true => 403,
        };
        let expected = status(400);
        let got = self.send("POST", &door, "").status;
        self.expect(&format!("POST {door}"), got, expected);
        let Some(photos) = self.matrix.photos.get(&row.id).cloned() else {
            return;
        };
        let sees_all = self.actor.sees_value(layer, row, PrivacyClass::Internal);
        let is_open = layer.attachments.as_ref().map(|rules| rules.privacy);
        let sees_one = sees && is_open == Some(PrivacyClass::Public);
        if list.status == 200 {
            let shown = list.json()["attachments"].as_array().map(Vec::len);
            let expected = if sees_all { 2 } else { usize::from(sees_one) };
            self.expect(&format!("{door} count"), shown, Some(expected));
        }
        let whole = photos.whole.iter().map(|hash| (hash, sees && sees_all));
        let bare = photos.bare.iter().map(|hash| (hash, sees_one));
        for (hash, shows) in whole.chain(bare) {
            let file = format!("{door}/{hash}");
            let got = self.get(&file).status;
            self.expect(&file, got, if shows { 200 } else { 404 });
            // Whoever may is not asked to: the next would find nothing.
            if !(shows && does) {
                let expected = match shows {
                    _ if self.actor.token.is_none() => 401,
                    true => 403,
                    false => 404,
                };
                for (method, path) in [("DELETE", file.clone()), ("POST", format!("{file}/remove"))]
                {
                    let got = self.send(method, &path, "").status;
                    self.expect(&format!("{method} {path}"), got, expected);
                }
            }
        }
    }

    /// Uploads: nobody's without credentials, and of others as if they were not there.
    pub(super) fn uploads(&mut self) {
        let other = "/attachments/0198c1a2-0000-7000-8000-000000000001";
        for (method, path, known) in [
            ("POST", "/attachments", 412),
            ("POST", "/attachments/have", 400),
            ("HEAD", other, 412),
            ("PATCH", other, 412),
            ("DELETE", other, 412),
        ] {
            let got = self.send(method, path, "").status;
            let expected = if self.actor.token.is_none() {
                401
            } else {
                known
            };
            self.expect(&format!("{method} {path}"), got, expected);
        }
    }
}
