//! Attachments: photos and documents on features. Records say what hangs where; bytes lie once under their SHA-256.
//! Knows no HTTP.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use layers::audit::AuditEvent;
use layers::{PrivacyClass, Store, StoreError};

use crate::checksum::digest;
use crate::config::AttachmentLimits;
use crate::rights::User;

mod bare;
mod content;
mod erase;
mod examine;
mod files;
mod hash;
mod name;
mod place;
mod record;
mod sweep;
mod upload;

pub(crate) use self::content::Unwanted;
pub(crate) use self::erase::{erase, hashes_of};
pub(crate) use self::examine::{examine, needed};
pub(crate) use self::files::AttachmentFiles;
pub(crate) use self::hash::ContentHash;
pub(crate) use self::place::{Place, may_change, place};
pub(crate) use self::record::{
    Attachment, AttachmentKey, BareCopy, Kept, Removal, Sight, of_feature,
};
pub(crate) use self::sweep::attend;
pub(crate) use self::upload::{Piece, Plan, Sum, Upload, UploadError, Uploads};

use self::content::{Content, understand};
use self::record::{one, put};

/// For how long a measured size of all files counts.
const MEASURED: Duration = Duration::from_mins(10);

/// The attachments of a city.
pub(crate) struct Attachments {
    pub(crate) files: AttachmentFiles,
    pub(crate) uploads: Uploads,
    pub(crate) limits: AttachmentLimits,
    /// A file is read whole to be understood, so one at a time is.
    understanding: Mutex<()>,
    /// When all files were measured, and how many bytes they have with what came since.
    measured: Mutex<Option<(Instant, u64)>>,
}

/// What somebody says of a file that they attach; nothing of it is believed of the bytes.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) name: String,
    pub(crate) caption: String,
    pub(crate) privacy: PrivacyClass,
    pub(crate) sha256: Option<ContentHash>,
}

/// Why a file was not attached, or taken away.
#[derive(Debug)]
pub(crate) enum NotAttached {
    /// The layer is not there, or not for this user.
    NoSuchLayer,
    /// Nothing may hang on the features of the layer.
    NotInThisLayer,
    /// The feature is not there, or not for this user.
    NoSuchFeature,
    /// The feature is somebody else's.
    NotYours,
    /// The layer takes other kinds of files.
    OtherKind { allowed: String },
    /// Nobody wants such a file.
    Unwanted(Unwanted),
    /// The file is larger than the layer takes.
    TooLarge { max: u64 },
    /// The bytes are not those of the SHA-256 that was said.
    OtherBytes,
    /// There is no room for it on the server.
    NoRoom,
    /// This user began too many uploads and did not end them.
    TooManyBegun { max: u64 },
    /// The folder failed.
    Failed(io::Error),
    /// The store did not do it.
    Store(StoreError),
}

impl NotAttached {
    /// Whether sending the same again may help.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Self::NoRoom | Self::Failed(_) | Self::Store(_))
    }
}

impl From<StoreError> for NotAttached {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for NotAttached {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// A file that hangs on a feature now.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) kept: Kept,
    /// Whether it did not before.
    pub(crate) is_new: bool,
}

impl Attachments {
    /// Puts the parts together; looks at nothing yet.
    pub(crate) fn new(files: AttachmentFiles, limits: AttachmentLimits) -> Self {
        Self {
            uploads: Uploads::at(files.incoming()),
            files,
            limits,
            understanding: Mutex::default(),
            measured: Mutex::default(),
        }
    }

    /// Attaches a file that is here whole, or says all that is in the way; the same file twice is there once.
    pub(crate) fn attach(
        &self,
        store: &dyn Store,
        user: &User,
        place: &Place,
        said: &Said,
        file: &Path,
        at: DateTime<Utc>,
    ) -> Result<Attached, NotAttached> {
        let (bytes, sha256) = digest(&mut File::open(file)?)?;
        let sha256: ContentHash = sha256.parse().expect("a digest is a hash");
        if said.sha256.as_ref().is_some_and(|said| *said != sha256) {
            return Err(NotAttached::OtherBytes);
        }
        if bytes > place.rules.max_bytes {
            let max = place.rules.max_bytes;
            return Err(NotAttached::TooLarge { max });
        }
        self.must_have_room(bytes)?;
        let content = self.look_into(file, place)?;
        let privacy = place.rules.privacy.max(said.privacy);
        // Whoever removes files waits until the record says that these are needed.
        let _added = self.files.while_nobody_removes()?;
        self.files.keep(file, &sha256)?;
        let bare = match content.bare.filter(|_| privacy == PrivacyClass::Public) {
            Some(bare) => Some(self.keep_bare(&bare)?),
            None => None,
        };
        let attachment = Attachment {
            name: name::clean(&said.name, content.media_type),
            media_type: content.media_type,
            bytes,
            size: content.size,
            privacy,
            caption: name::caption(&said.caption),
            by: user.name.clone(),
            at: AuditEvent::instant(at),
            position: content.position,
            taken: content.taken,
            bare,
            early: place.early.clone(),
            removed: None,
        };
        let attached = write_down(store, place, sha256, attachment)?;
        self.note_more(bytes);
        Ok(attached)
    }

    /// Attaches what an upload brought, once, however often it is asked; what nobody will ever take is forgotten.
    pub(crate) fn complete(
        &self,
        store: &dyn Store,
        user: &User,
        upload: &Upload,
        at: DateTime<Utc>,
    ) -> Result<Option<Attached>, NotAttached> {
        if upload.is_done() {
            return Ok(None);
        }
        let plan = &upload.plan;
        let said = Said {
            name: plan.name.clone(),
            caption: plan.caption.clone(),
            privacy: plan.privacy,
            sha256: Some(plan.sha256.clone()),
        };
        let place = place(store, user, &plan.layer, plan.feature);
        let attached =
            place.and_then(|place| self.attach(store, user, &place, &said, &upload.data(), at));
        match attached {
            Ok(attached) => {
                upload.done()?;
                Ok(Some(attached))
            }
            Err(error) => {
                if !error.passes() {
                    upload.forget()?;
                }
                Err(error)
            }
        }
    }

    /// Refuses bytes for which there is no room.
    pub(crate) fn must_have_room(&self, bytes: u64) -> Result<(), NotAttached> {
        if self.measure()?.saturating_add(bytes) > self.limits.total {
            tracing::warn!(
                "the folder of attachments is full; [attachments] total_gib says how much it may hold"
            );
            return Err(NotAttached::NoRoom);
        }
        Ok(())
    }

    fn measure(&self) -> io::Result<u64> {
        let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, bytes)) = *measured
            && at.elapsed() < MEASURED
        {
            return Ok(bytes);
        }
        let bytes = self.files.all()?.iter().map(|file| file.bytes).sum();
        *measured = Some((Instant::now(), bytes));
        Ok(bytes)
    }

    fn note_more(&self, more: u64) {
        let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = &mut *measured {
            *bytes += more;
        }
    }

    fn look_into(&self, file: &Path, place: &Place) -> Result<Content, NotAttached> {
        let one = self.understanding.lock();
        let _one = one.unwrap_or_else(PoisonError::into_inner);
        let content = understand(&fs::read(file)?).map_err(NotAttached::Unwanted)?;
        let allowed = &place.rules.media_types;
        if allowed.contains(&content.media_type) {
            return Ok(content);
        }
        let allowed: Vec<_> = allowed.iter().map(|one| one.as_str()).collect();
        Err(NotAttached::OtherKind {
            allowed: allowed.join(", "),
        })
    }

    fn keep_bare(&self, bare: &[u8]) -> io::Result<BareCopy> {
        let (bytes, sha256) = digest(&mut &*bare)?;
        let sha256: ContentHash = sha256.parse().expect("a digest is a hash");
        let folder = self.files.incoming();
        fs::create_dir_all(&folder)?;
        let draft = folder.join(format!("{}.bare", uuid::Uuid::now_v7()));
        fs::write(&draft, bare)?;
        let kept = self.files.keep(&draft, &sha256);
        fs::remove_file(&draft)?;
        kept?;
        Ok(BareCopy { sha256, bytes })
    }
}

/// Writes the record, unless it is there; of two at once one does.
fn write_down(
    store: &dyn Store,
    place: &Place,
    sha256: ContentHash,
    attachment: Attachment,
) -> Result<Attached, NotAttached> {
    let key = AttachmentKey {
        layer: place.view.layer().id.clone(),
        feature: place.feature,
        sha256,
    };
    loop {
        let there = one(store, &key)?;
        let expected = there.as_ref().map_or(0, |kept| kept.version);
        let is_here = |kept: &Kept| {
            let is_of_it = place.early.is_some() || kept.attachment.is_of(&place.view, place.owner);
            kept.attachment.removed.is_none() && is_of_it
        };
        if let Some(kept) = there.filter(is_here) {
            let is_new = false;
            return Ok(Attached { kept, is_new });
        }
        match store.write(&[put(&key, expected, &attachment)]) {
            Err(StoreError::StaleRecords(_)) => {}
            written => {
                written?;
                let version = expected + 1;
                let kept = Kept {
                    key,
                    version,
                    attachment,
                };
                return Ok(Attached { kept, is_new: true });
            }
        }
    }
}

/// Takes a file away from a feature: its record stays and says who did, its bytes for as long as the limits say.
pub(crate) fn remove(store: &dyn Store, kept: &Kept, removal: Removal) -> Result<(), StoreError> {
    let mut attachment = kept.attachment.clone();
    attachment.removed = Some(removal);
    store.write(&[put(&kept.key, kept.version, &attachment)])
}
