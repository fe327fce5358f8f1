//! A file that a page sends in one piece (`multipart/form-data`, RFC 7578); for large ones and bad networks there is
//! `/attachments`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, Path, Payload};
use futures_util::TryStreamExt;
use layers::audit::AuditAct;
use layers::{Language, PrivacyClass};
use uuid::Uuid;

use crate::attachments::{Attached, NotAttached, Place, Said, may_change};
use crate::audit::Actor;
use crate::city::City;
use crate::edit::Seen;
use crate::http::answer::Answer;
use crate::http::asker::Asker;
use crate::http::credentials::{self, now};
use crate::http::error::{HttpError, NotAllowed, NotUploaded};
use crate::http::links;
use crate::http::parameters::Parameters;
use crate::http::preferences::{self, Format};
use crate::http::request_id::RequestId;
use crate::rights::User;

use super::{Entry, Sight, find, note, page, page_address, refused};

/// The most bytes of a field that is no file.
const TEXT_MAX: usize = 4096;
const FORM: &str = "multipart/form-data";

/// Attaches the file of a form; a page is shown again, a program gets the entry of the list.
pub(crate) async fn add(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let sender = Arc::new(Sender::of(&req, &city).await?);
    let (asking, path) = (Arc::clone(&sender), path.into_inner());
    let (seen, place) = web::block(move || asking.find(&path)).await??;
    let received = read(&req, &sender.city, &place, payload).await;
    web::block(move || {
        let attached = received.and_then(|received| sender.attach(&place, &received));
        match attached {
            Ok(attached) => Ok(sender.answer(&seen, attached)),
            Err(error) => sender.show_again(&seen, error),
        }
    })
    .await?
}

/// Who sends a form.
struct Sender {
    city: Data<City>,
    asker: Asker,
    user: User,
    actor: Actor,
    format: Format,
    language: Language,
    base: String,
}

impl Sender {
    async fn of(req: &HttpRequest, city: &Data<City>) -> Result<Self, HttpError> {
        let user = credentials::editor(req, city).await?;
        let parameters = Parameters::read(req, &["f"])?;
        Ok(Self {
            city: Data::clone(city),
            asker: Asker::of(req, city).await?,
            actor: Actor::user(&user, RequestId::of(req).as_str()),
            user,
            format: preferences::format(req, &parameters)?,
            language: preferences::language(req),
            base: links::base_url(req, city)?,
        })
    }

    /// Finds the feature on which this user may hang a file.
    fn find(&self, path: &(String, String)) -> Result<(Seen, Place), HttpError> {
        let seen = find(&self.city, &self.asker, path)?;
        match may_change(&self.user, &seen) {
            Ok(place) => Ok((seen, place)),
            Err(error) => refused(&self.city, &self.actor, &seen, error),
        }
    }

    fn attach(&self, place: &Place, received: &Received) -> Result<Attached, HttpError> {
        let (said, draft) = (&received.said, &received.draft.0);
        let attachments = &self.city.attachments;
        let attached =
            attachments.attach(&*self.city.store, &self.user, place, said, draft, now())?;
        Ok(attached)
    }

    fn answer(&self, seen: &Seen, attached: Attached) -> Answer {
        if attached.is_new {
            let kept = Some(&attached.kept);
            note(&self.city, &self.actor, AuditAct::Attach, seen, kept);
        }
        let (layer, id) = (&seen.view.layer().id, seen.feature.id.to_string());
        if self.format == Format::Html {
            let here = page_address(layer.as_str(), &id, self.language);
            return Answer::see_other(here).kept_by_nobody();
        }
        let list = format!("{}/collections/{layer}/items/{id}/attachments", self.base);
        let entry = Entry {
            kept: attached.kept,
            sight: Sight::Whole,
        };
        Answer::json(&entry.as_json(seen, &list)).created(format!("{list}/{}", entry.sha256()))
    }

    /// Shows a page again that sent what cannot be attached, with the reason.
    fn show_again(&self, seen: &Seen, error: HttpError) -> Result<Answer, HttpError> {
        let (HttpError::NotUploaded(why), Format::Html) = (&error, self.format) else {
            return Err(error);
        };
        let problem = why.detail();
        let shown = page(&self.city, &self.asker, seen, self.language, Some(&problem))?;
        let shown = shown.with_status(StatusCode::UNPROCESSABLE_ENTITY);
        Ok(shown.kept_by_nobody())
    }
}

/// What came with a form.
struct Received {
    said: Said,
    draft: Draft,
}

/// A file that is gone when it is dropped.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!("{} stays: {error}", self.0.display());
        }
    }
}

/// Reads the fields `file`, `caption` and `privacy`, in any order; the file goes to disk as it comes.
async fn read(
    req: &HttpRequest,
    city: &Data<City>,
    place: &Place,
    payload: Payload,
) -> Result<Received, HttpError> {
    let media_type = req.headers().get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|one| one.starts_with(FORM)) {
        return Err(NotAllowed::BadForm.into());
    }
    let mut fields = Fields::default();
    let mut form = Multipart::new(req.headers(), payload);
    while let Some(field) = form.try_next().await.map_err(bad_form)? {
        fields.take(field, city, place.rules.max_bytes).await?;
    }
    fields.received()
}

/// The fields that came so far.
#[derive(Default)]
struct Fields {
    name: String,
    caption: String,
    privacy: String,
    draft: Option<Draft>,
}

impl Fields {
    async fn take(&mut self, field: Field, city: &Data<City>, max: u64) -> Result<(), HttpError> {
        match field.name().unwrap_or_default() {
            "file" if self.draft.is_none() => {
                let named = field.content_disposition();
                let name = named.and_then(|named| named.get_filename());
                name.unwrap_or_default().clone_into(&mut self.name);
                self.draft = save(field, city, max).await?;
            }
            "caption" => self.caption = text(field).await?,
            "privacy" => self.privacy = text(field).await?,
            _ => return Err(NotAllowed::BadForm.into()),
        }
        Ok(())
    }

    fn received(self) -> Result<Received, HttpError> {
        let privacy = match self.privacy.as_str() {
            "" | "internal" => PrivacyClass::Internal,
            "public" => PrivacyClass::Public,
            "personal" => PrivacyClass::Personal,
            _ => return Err(NotAllowed::BadForm.into()),
        };
        Ok(Received {
            draft: self.draft.ok_or(NotUploaded::NoFile)?,
            said: Said {
                name: self.name,
                caption: self.caption,
                privacy,
                sha256: None,
            },
        })
    }
}

fn bad_form(_: actix_multipart::MultipartError) -> HttpError {
    NotAllowed::BadForm.into()
}

async fn text(mut field: Field) -> Result<String, HttpError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.try_next().await.map_err(bad_form)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > TEXT_MAX {
            return Err(NotAllowed::BadForm.into());
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes the file of a form to disk; none when none was chosen.
async fn save(mut field: Field, city: &Data<City>, max: u64) -> Result<Option<Draft>, HttpError> {
    let folder = city.attachments.files.incoming();
    let begun = web::block(move || {
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.form", Uuid::now_v7()));
        let file = File::create_new(&path)?;
        Ok::<_, io::Error>((Draft(path), file))
    });
    let (draft, mut file) = begun.await?.map_err(NotAttached::Failed)?;
    let mut bytes = 0;
    while let Some(piece) = field.try_next().await.map_err(bad_form)? {
        bytes += piece.len() as u64;
        if bytes > max {
            return Err(NotAttached::TooLarge { max }.into());
        }
        let written = web::block(move || file.write_all(&piece).map(|()| file));
        file = written.await?.map_err(NotAttached::Failed)?;
    }
    Ok((bytes > 0).then_some(draft))
}
