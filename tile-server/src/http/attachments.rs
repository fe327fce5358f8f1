//! `/collections/{layer}/items/{id}/attachments`: the photos and documents on a feature, one by one and all together.

use std::fs::File;
use std::io;
use std::sync::Arc;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ETAG, HeaderValue, VARY};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use layers::audit::{AuditAct, AuditEvent};
use layers::{Language, Store, Text};
use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

use crate::attachments::{
    ContentHash, Kept, NotAttached, Removal, Sight, may_change, of_feature, remove as take_away,
};
use crate::audit::Actor;
use crate::city::City;
use crate::edit::{Seen, look};

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::credentials::{self, now};
use super::error::{HttpError, NotUploaded};
use super::links::{self, HTML, JSON, link};
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::request_id::RequestId;
use super::stored_file::{Freshness, StoredFile};
use super::{pages, recorded};

mod entry;
mod form;

pub(crate) use self::entry::Entry;
pub(crate) use self::form::add;

pub(crate) const OF_FEATURE: &str = "/collections/{layer}/items/{id}/attachments";

/// A file that somebody sent runs nothing, loads nothing, and belongs to no site.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Answers with the list of what hangs on a feature.
pub(crate) async fn list(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String)>,
) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &["f"])?;
    let format = preferences::format(&req, &parameters)?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    let answer = in_background(move || {
        let seen = find(&city, &asker, &path)?;
        recorded::feature(&city, &asker, &seen)?;
        match format {
            Format::Json => as_json(&city, &asker, &seen, &base),
            Format::Html => page(&city, &asker, &seen, language, None),
        }
    });
    Ok(answer.await?.unless_known(&req))
}

/// Answers with the bytes of one file, or with those that everybody may have of it.
pub(crate) async fn content(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    Parameters::read(&req, &[])?;
    let (layer, id, sha256) = path.into_inner();
    let found = web::block(move || {
        let seen = find(&city, &asker, &(layer, id))?;
        let entry = find_file(asker.store(&city), &seen, &sha256)?;
        let file = open(&city, &entry)?;
        note_read(&city, &asker, &seen, &entry)?;
        Ok::<_, HttpError>(file)
    });
    let mut answer = found.await??.answer(&req)?;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    Ok(answer)
}

/// Takes a file away from a feature.
pub(crate) async fn remove(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String, String)>,
) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    removed(&req, city, path.into_inner()).await?;
    Ok(Answer::nothing())
}

/// Does the same for a page, which can only send forms.
pub(crate) async fn remove_by_form(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String, String)>,
) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    let here = page_address(&path.0, &path.1, preferences::language(&req));
    removed(&req, city, path.into_inner()).await?;
    Ok(Answer::see_other(here).kept_by_nobody())
}

async fn removed(
    req: &HttpRequest,
    city: Data<City>,
    (layer, id, sha256): (String, String, String),
) -> Result<(), HttpError> {
    let user = credentials::editor(req, &city).await?;
    let actor = Actor::user(&user, RequestId::of(req).as_str());
    let asker = Asker::of(req, &city).await?;
    web::block(move || {
        let seen = find(&city, &asker, &(layer, id))?;
        let entry = find_file(&*city.store, &seen, &sha256)?;
        if let Err(error) = may_change(&user, &seen) {
            return refused(&city, &actor, &seen, error);
        }
        let removal = Removal {
            by: user.name.clone(),
            at: AuditEvent::instant(now()),
            erased: false,
        };
        take_away(&*city.store, &entry.kept, removal)?;
        note(&city, &actor, AuditAct::Detach, &seen, Some(&entry.kept));
        Ok(())
    })
    .await?
}

/// Finds the feature as somebody sees it, in a layer that has attachments.
fn find(city: &City, asker: &Asker, (layer, id): &(String, String)) -> Result<Seen, HttpError> {
    let layer = Arc::clone(asker.view(city, layer)?.layer());
    let which = id.parse().map_err(|()| HttpError::NoSuchFeature)?;
    let seen = look(asker.store(city), asker.user(), &layer, which)?;
    let seen = seen.ok_or(HttpError::NoSuchFeature)?;
    if layer.attachments.is_none() {
        return Err(NotUploaded::NotInThisLayer.into());
    }
    Ok(seen)
}

/// Returns what of the files on a feature shows to who sees it.
fn shown(store: &dyn Store, seen: &Seen) -> Result<Vec<Entry>, HttpError> {
    let owner = seen.view.municipality_of(&seen.feature);
    let all = of_feature(store, &seen.view.layer().id, seen.feature.id)?;
    let entries = all.into_iter().filter_map(|kept| {
        let sight = kept.attachment.sight(&seen.view, owner)?;
        Some(Entry { kept, sight })
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|a, b| a.kept.attachment.at.cmp(&b.kept.attachment.at));
    Ok(entries)
}

/// Finds a file by the hash of what is shown of it; who sees all of it may also have the copy for everybody.
fn find_file(store: &dyn Store, seen: &Seen, sha256: &str) -> Result<Entry, HttpError> {
    let sha256: ContentHash = sha256
        .parse()
        .map_err(|_no_hash| NotUploaded::NoSuchAttachment)?;
    let entries = shown(store, seen)?;
    let bare = entries.iter().map(|entry| Entry {
        sight: Sight::Bare,
        ..entry.clone()
    });
    let mut found = entries.iter().cloned().chain(bare);
    let found = found.find(|entry| *entry.sha256() == sha256);
    Ok(found.ok_or(NotUploaded::NoSuchAttachment)?)
}

fn open(city: &City, entry: &Entry) -> Result<StoredFile, HttpError> {
    let path = city.attachments.files.path(entry.sha256());
    let file = File::open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            tracing::error!("the file of attachment {} is missing", entry.kept.key);
            HttpError::from(NotUploaded::NoSuchAttachment)
        }
        _ => HttpError::Failed(format!("cannot read {}: {error}", path.display())),
    })?;
    Ok(StoredFile {
        file,
        bytes: entry.bytes(),
        name: entry.name(),
        media_type: entry.kept.attachment.media_type.as_str(),
        etag: format!("\"{}\"", entry.sha256()),
        freshness: Freshness::AsksEveryTime,
    })
}

/// Writes down that somebody gets a file that not everybody gets.
fn note_read(city: &City, asker: &Asker, seen: &Seen, entry: &Entry) -> Result<(), HttpError> {
    let (Some(actor), Sight::Whole) = (asker.actor(), entry.sight) else {
        return Ok(());
    };
    Ok(city.record(event(&actor, AuditAct::Read, seen, Some(&entry.kept)))?)
}

fn event(actor: &Actor, act: AuditAct, seen: &Seen, kept: Option<&Kept>) -> AuditEvent {
    AuditEvent {
        layer: Some(seen.view.layer().id.to_string()),
        municipality: seen.view.municipality_of(&seen.feature),
        subject: Some(seen.feature.id.to_string()),
        bytes: kept.map(|kept| kept.attachment.bytes),
        sha256: kept.map(|kept| kept.key.sha256.to_string()),
        ..actor.event(act)
    }
}

/// Writes down what was done; it stays done when it cannot be written down, as its record says who did it.
fn note(city: &City, actor: &Actor, act: AuditAct, seen: &Seen, kept: Option<&Kept>) {
    if let Err(error) = city.record(event(actor, act, seen, kept)) {
        tracing::error!("an attachment is not in the audit log: {error}");
    }
}

/// Refuses, and writes it down where it is for lack of rights.
fn refused<T>(city: &City, actor: &Actor, seen: &Seen, error: NotAttached) -> Result<T, HttpError> {
    if matches!(error, NotAttached::NotYours) {
        city.record(event(actor, AuditAct::Refused, seen, None))?;
    }
    Err(error.into())
}

fn as_json(city: &City, asker: &Asker, seen: &Seen, base: &str) -> Result<Answer, HttpError> {
    let entries = shown(asker.store(city), seen)?;
    let feature = format!(
        "{base}/collections/{}/items/{}",
        seen.view.layer().id,
        seen.feature.id
    );
    let here = format!("{feature}/attachments");
    let all: Vec<_> = entries
        .iter()
        .map(|entry| entry.as_json(seen, &here))
        .collect();
    let body = json!({
        "layer": seen.view.layer().id,
        "feature": seen.feature.id,
        "numberReturned": all.len(),
        "attachments": all,
        "links": [
            link("self", JSON, "JSON", &here),
            link("alternate", HTML, "HTML", &format!("{here}?f=html")),
            link("up", JSON, "", &feature),
        ],
    });
    let body = body.to_string();
    let tag = format!("\"{:032x}\"", xxh3_128(body.as_bytes()));
    Ok(Answer::new(JSON, body)
        .with(ETAG, tag)
        .with(VARY, "Accept, Authorization, Cookie"))
}

/// Makes the page of what hangs on a feature; `problem` is what must be mended.
fn page(
    city: &City,
    asker: &Asker,
    seen: &Seen,
    language: Language,
    problem: Option<&Text>,
) -> Result<Answer, HttpError> {
    let entries = shown(asker.store(city), seen)?;
    let is_editor = asker
        .user()
        .is_some_and(|user| may_change(user, seen).is_ok());
    Ok(pages::attachments(
        city, seen, &entries, is_editor, language, problem,
    ))
}

fn page_address(layer: &str, id: &str, language: Language) -> String {
    let code = language.code();
    format!("/collections/{layer}/items/{id}/attachments?f=html&lang={code}")
}
