//! `/attachments`: files that come in pieces over bad networks, by the protocol tus 1.0.0 (<https://tus.io>) with its
//! extensions creation, checksum, expiration and termination; and which files are still missing here.

use std::sync::Arc;
use std::time::SystemTime;

use actix_web::HttpRequest;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use actix_web::web::{self, Data, Path, Payload};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use layers::audit::{AuditAct, AuditEvent};
use uuid::Uuid;

use crate::attachments::{Attached, NotAttached, Piece, Plan, Upload, UploadError, place};
use crate::audit::Actor;
use crate::city::City;
use crate::rights::User;

use super::answer::Answer;
use super::credentials::{self, now};
use super::error::{HttpError, NotUploaded};
use super::links;
use super::parameters::Parameters;
use super::request_id::RequestId;

mod have;
mod head;

pub(crate) use self::have::have;

use self::head::{announced, checksum, require_version, upload_offset};

pub(crate) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(crate) const TUS_VERSION: &str = "1.0.0";
pub(crate) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const PIECE_TYPE: &str = "application/offset+octet-stream";
/// How many bytes are written at once.
const BLOCK: usize = 256 * 1024;

/// What the server says of its protocol to who asks by OPTIONS.
pub(crate) const OPTIONS: [(&str, &str); 4] = [
    ("tus-resumable", TUS_VERSION),
    ("tus-version", TUS_VERSION),
    ("tus-extension", "creation,checksum,expiration,termination"),
    ("tus-checksum-algorithm", "sha1,sha256"),
];

/// Begins an upload.
pub(crate) async fn begin(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let sender = Sender::of(&req, &city).await?;
    let plan = announced(&req, &sender.user)?;
    let base = links::base_url(&req, &city)?;
    web::block(move || {
        let upload = sender.begin(plan)?;
        let here = format!("{base}/attachments/{}", upload.id);
        Ok(sender.tus(Answer::nothing()).created(here))
    })
    .await?
}

/// Says how many bytes are here; a file that is whole is attached before it is said to be here.
pub(crate) async fn state(
    req: HttpRequest,
    city: Data<City>,
    id: Path<String>,
) -> Result<Answer, HttpError> {
    let sender = Sender::of(&req, &city).await?;
    web::block(move || {
        let upload = sender.find(&id)?;
        let offset = sender.end(&upload)?;
        let answer = sender.tus(Answer::new("", []));
        Ok(answer
            .with(UPLOAD_OFFSET, offset.to_string())
            .with(UPLOAD_LENGTH, upload.plan.length.to_string())
            .with(CACHE_CONTROL, "no-store"))
    })
    .await?
}

/// Takes the next piece.
pub(crate) async fn go_on(
    req: HttpRequest,
    city: Data<City>,
    id: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let sender = Arc::new(Sender::of(&req, &city).await?);
    require_piece(&req)?;
    let (offset, sum) = (upload_offset(&req)?, checksum(&req)?);
    let asking = Arc::clone(&sender);
    let begun = web::block(move || {
        let upload = asking.find(&id)?;
        let piece = upload.resume(offset, sum)?;
        Ok::<_, HttpError>((upload, piece))
    });
    let (upload, piece) = begun.await??;
    let (piece, is_whole) = receive(piece, payload).await?;
    web::block(move || {
        piece.end(is_whole)?;
        let offset = sender.end(&upload)?;
        let answer = sender.tus(Answer::nothing());
        Ok(answer.with(UPLOAD_OFFSET, offset.to_string()))
    })
    .await?
}

/// Gives an upload up.
pub(crate) async fn give_up(
    req: HttpRequest,
    city: Data<City>,
    id: Path<String>,
) -> Result<Answer, HttpError> {
    let sender = Sender::of(&req, &city).await?;
    web::block(move || {
        let upload = sender.find(&id)?;
        upload.forget().map_err(UploadError::Failed)?;
        Ok(sender.tus(Answer::nothing()))
    })
    .await?
}

fn require_piece(req: &HttpRequest) -> Result<(), HttpError> {
    let media_type = req.headers().get(CONTENT_TYPE);
    if media_type.is_some_and(|media_type| media_type.as_bytes() == PIECE_TYPE.as_bytes()) {
        return Ok(());
    }
    let accepted = PIECE_TYPE;
    Err(super::error::NotWritten::WrongMediaType { accepted }.into())
}

/// Writes what comes, also when the client goes away in the middle; says whether it came to its end.
async fn receive(mut piece: Piece, mut payload: Payload) -> Result<(Piece, bool), HttpError> {
    let mut block = Vec::with_capacity(BLOCK);
    let mut is_whole = None;
    while is_whole.is_none() {
        match payload.try_next().await {
            Ok(Some(bytes)) => block.extend_from_slice(&bytes),
            Ok(None) => is_whole = Some(true),
            Err(_gone) => is_whole = Some(false),
        }
        if block.len() >= BLOCK || is_whole.is_some() {
            let bytes = std::mem::take(&mut block);
            piece = web::block(move || piece.write(&bytes).map(|()| piece)).await??;
        }
    }
    Ok((piece, is_whole.unwrap_or_default()))
}

/// Who sends a file.
struct Sender {
    city: Data<City>,
    user: User,
    actor: Actor,
}

impl Sender {
    async fn of(req: &HttpRequest, city: &Data<City>) -> Result<Self, HttpError> {
        let user = credentials::editor(req, city).await?;
        Parameters::read(req, &[])?;
        require_version(req)?;
        Ok(Self {
            city: Data::clone(city),
            actor: Actor::user(&user, RequestId::of(req).as_str()),
            user,
        })
    }

    /// Adds what every answer of the protocol has.
    fn tus(&self, answer: Answer) -> Answer {
        let ends =
            DateTime::<Utc>::from(SystemTime::now() + self.city.attachments.limits.unfinished);
        answer.with(TUS_RESUMABLE, TUS_VERSION).with(
            UPLOAD_EXPIRES,
            ends.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        )
    }

    fn begin(&self, plan: Plan) -> Result<Upload, HttpError> {
        let attachments = &self.city.attachments;
        let place = place(&*self.city.store, &self.user, &plan.layer, plan.feature)
            .or_else(|error| self.refused(&plan, error))?;
        if plan.length > place.rules.max_bytes {
            let max = place.rules.max_bytes;
            return Err(NotAttached::TooLarge { max }.into());
        }
        attachments.must_have_room(plan.length)?;
        let own = attachments.uploads.of(&self.user.name);
        let own = own.map_err(NotAttached::Failed)?;
        let begun = own.iter().filter(|upload| !upload.is_done());
        let promised: u64 = begun.map(|upload| upload.plan.length).sum();
        let max = attachments.limits.begun;
        if promised.saturating_add(plan.length) > max {
            return Err(NotAttached::TooManyBegun { max }.into());
        }
        let begun = attachments.uploads.begin(plan);
        Ok(begun.map_err(NotAttached::Failed)?)
    }

    fn find(&self, id: &str) -> Result<Upload, HttpError> {
        let id: Uuid = id.parse().map_err(|_no_uuid| NotUploaded::NoSuchUpload)?;
        Ok(self.city.attachments.uploads.find(id, &self.user.name)?)
    }

    /// Returns how many bytes of an upload are here; when they are all, the file is attached now, once.
    fn end(&self, upload: &Upload) -> Result<u64, HttpError> {
        let offset = upload.offset().map_err(UploadError::Failed)?;
        if offset < upload.plan.length {
            return Ok(offset);
        }
        let (store, attachments) = (&*self.city.store, &self.city.attachments);
        let attached = attachments
            .complete(store, &self.user, upload, now())
            .or_else(|error| self.refused(&upload.plan, error))?;
        if let Some(Attached { kept, is_new: true }) = attached {
            let event = AuditEvent {
                bytes: Some(kept.attachment.bytes),
                sha256: Some(kept.key.sha256.to_string()),
                ..self.event(AuditAct::Attach, &upload.plan)
            };
            // It is attached, and its record says by whom.
            if let Err(error) = self.city.record(event) {
                tracing::error!("an attachment is not in the audit log: {error}");
            }
        }
        Ok(offset)
    }

    /// Refuses, and writes it down where it is for lack of rights.
    fn refused<T>(&self, plan: &Plan, error: NotAttached) -> Result<T, HttpError> {
        if matches!(error, NotAttached::NotYours) {
            self.city.record(self.event(AuditAct::Refused, plan))?;
        }
        Err(error.into())
    }

    fn event(&self, act: AuditAct, plan: &Plan) -> AuditEvent {
        AuditEvent {
            layer: Some(plan.layer.clone()),
            subject: Some(plan.feature.to_string()),
            ..self.actor.event(act)
        }
    }
}
