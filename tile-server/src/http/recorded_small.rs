//! Small reads of what is not public, which are counted before they are sent.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::web::{self, Data};
use layers::{LayerId, LayerView, PrivacyClass};

use crate::city::City;
use crate::search::Hit;
use crate::small_reads::Amount;

use super::asker::Asker;
use super::error::HttpError;
use super::here::Found;

/// Returns the layers of which somebody sees more in tiles than the public does.
pub(super) fn hidden_in_tiles(asker: &Asker, views: &[LayerView]) -> Vec<LayerId> {
    let views = views.iter().filter(|_| asker.user().is_some());
    let hidden = views.filter(|view| !view.in_tiles().is_public());
    hidden.map(|view| view.layer().id.clone()).collect()
}

/// Counts a tile that holds such layers.
pub(super) async fn tile(
    city: &Data<City>,
    asker: &Asker,
    hidden: Vec<LayerId>,
    answer: &HttpResponse,
) -> Result<(), HttpError> {
    let (Some(actor), false) = (asker.actor(), hidden.is_empty()) else {
        return Ok(());
    };
    let bytes = match answer.body().size() {
        BodySize::Sized(bytes) => bytes,
        BodySize::None | BodySize::Stream => 0,
    };
    let tile = Amount {
        tiles: 1,
        bytes,
        ..Amount::default()
    };
    let city = Data::clone(city);
    let count = move || {
        let mut hidden = hidden.iter();
        hidden.try_for_each(|layer| city.count_read(&actor, layer, tile))
    };
    Ok(web::block(count).await??)
}

/// Counts what somebody finds that the public does not find, or not under that title.
pub(super) fn found(city: &City, asker: &Asker, hits: &[Hit]) -> Result<(), HttpError> {
    let hidden = hits.iter().filter(|hit| !is_public(&hit.view));
    count(city, asker, hidden.map(|hit| (&hit.view, 1)))
}

/// Counts what somebody learns to lie at a place that the public does not learn.
pub(super) fn lying(city: &City, asker: &Asker, found: &Found) -> Result<(), HttpError> {
    let subject = found.subject.feature.iter().map(|(view, _)| (view, 1));
    let lying = found.layers.iter().map(|here| (&here.view, here.count));
    let hidden = subject.chain(lying).filter(|(view, _)| !view.is_public());
    count(city, asker, hidden)
}

/// Counts rows of layers.
fn count<'a>(
    city: &City,
    asker: &Asker,
    read: impl Iterator<Item = (&'a LayerView, u64)>,
) -> Result<(), HttpError> {
    let Some(actor) = asker.actor() else {
        return Ok(());
    };
    let mut rows: BTreeMap<&LayerId, u64> = BTreeMap::new();
    for (view, more) in read {
        *rows.entry(&view.layer().id).or_default() += more;
    }
    for (layer, rows) in rows {
        let found = Amount {
            rows,
            ..Amount::default()
        };
        city.count_read(&actor, layer, found)?;
    }
    Ok(())
}

/// Whether everybody may see the rows of a view and the title under which they are found.
fn is_public(view: &LayerView) -> bool {
    let search = view.layer().search.as_ref();
    let names = search.map_or_else(Vec::new, |search| search.label.field_names());
    let mut fields = names.into_iter().filter_map(|name| view.field(name));
    let is_shown_to_all = fields.all(|(_, field)| field.privacy == PrivacyClass::Public);
    is_shown_to_all && view.clone().with_fields(&[]).is_public()
}
