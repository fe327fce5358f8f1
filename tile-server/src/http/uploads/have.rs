//! `POST /attachments/have`: which of the files that a device holds are not here yet.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::{Data, Payload};
use layers::{FeatureId, LayerId};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::attachments::{AttachmentKey, Kept, Upload, of_feature};
use crate::city::City;
use crate::edit::{Which, look};
use crate::http::answer::{Answer, in_background};
use crate::http::credentials;
use crate::http::error::{HttpError, NotAllowed, NotUploaded, NotWritten};
use crate::http::parameters::Parameters;
use crate::rights::User;

/// The most bytes and files of one question.
const BODY_MAX: usize = 1024 * 1024;
const FILES_MAX: usize = 2000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    attachments: Vec<AttachmentKey>,
}

/// Answers how many there are here, which are missing, and how far those are that were begun.
pub(crate) async fn have(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let user = credentials::editor(&req, &city).await?;
    Parameters::read(&req, &[])?;
    let max = BODY_MAX;
    let too_large = |_| NotWritten::BodyTooLarge { max };
    let body = payload.to_bytes_limited(max).await.map_err(too_large)?;
    let body = body.map_err(|_gone| NotAllowed::BadForm)?;
    let question: Question =
        serde_json::from_slice(&body).map_err(|error| NotWritten::BodyNotJson {
            problem: error.to_string(),
        })?;
    if question.attachments.len() > FILES_MAX {
        return Err(NotUploaded::TooManyAsked { max: FILES_MAX }.into());
    }
    in_background(move || Ok(Answer::json(&answer(&city, &user, &question.attachments)?))).await
}

fn answer(city: &City, user: &User, asked: &[AttachmentKey]) -> Result<Json, HttpError> {
    let mut by_feature: BTreeMap<(&LayerId, FeatureId), Vec<&AttachmentKey>> = BTreeMap::new();
    for key in asked {
        by_feature
            .entry((&key.layer, key.feature))
            .or_default()
            .push(key);
    }
    let own = city.attachments.uploads.of(&user.name);
    let own = own.map_err(|error| HttpError::Failed(error.to_string()))?;
    let (mut here, mut missing, mut begun) = (0, Vec::new(), Vec::new());
    for ((layer, feature), keys) in by_feature {
        let known = known_to(city, user, layer, feature)?;
        for key in keys {
            if known.iter().any(|kept| kept.key.sha256 == key.sha256) {
                here += 1;
                continue;
            }
            missing.push(json!(key));
            let upload = own.iter().find(|upload| is_for(upload, key));
            begun.extend(upload.and_then(|upload| state(upload, key)));
        }
    }
    let told = json!({ "asked": asked.len(), "here": here, "missing": missing, "begun": begun });
    Ok(told)
}

/// Returns the files on a feature of which a user may know: those that show, or the own ones where it is to come.
fn known_to(
    city: &City,
    user: &User,
    layer: &LayerId,
    feature: FeatureId,
) -> Result<Vec<Kept>, HttpError> {
    let store = &*city.store;
    let Some(known) = store.layers().get(layer) else {
        return Ok(Vec::new());
    };
    let seen = look(store, Some(user), known, Which::Id(feature))?;
    let mut all = of_feature(store, layer, feature)?;
    all.retain(|kept| {
        let attachment = &kept.attachment;
        if let Some(seen) = &seen {
            let owner = seen.view.municipality_of(&seen.feature);
            return attachment.sight(&seen.view, owner).is_some();
        }
        let is_own = attachment.by == user.name && attachment.early.is_some();
        is_own && attachment.removed.is_none()
    });
    Ok(all)
}

fn is_for(upload: &Upload, key: &AttachmentKey) -> bool {
    let plan = &upload.plan;
    let same = (plan.layer.as_str(), plan.feature) == (key.layer.as_str(), key.feature);
    same && plan.sha256 == key.sha256 && !upload.is_done()
}

fn state(upload: &Upload, key: &AttachmentKey) -> Option<Json> {
    let mut told = json!(key);
    told["upload"] = format!("/attachments/{}", upload.id).into();
    told["offset"] = upload.offset().ok()?.into();
    Some(told)
}
