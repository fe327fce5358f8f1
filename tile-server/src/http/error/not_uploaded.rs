//! Why a file was not attached, or an upload does not go on.

use actix_web::HttpResponseBuilder;
use actix_web::http::StatusCode;
use layers::Text;

use crate::attachments::{NotAttached, Unwanted, UploadError};
use crate::http::uploads::{TUS_RESUMABLE, TUS_VERSION, UPLOAD_OFFSET};

use super::{HttpError, NotWritten, text};

/// The reason, one for each answer.
#[derive(Debug)]
pub(crate) enum NotUploaded {
    /// Nothing may hang on the features of the layer.
    NotInThisLayer,
    /// No such file hangs on the feature, or not for this audience.
    NoSuchAttachment,
    /// There is no such upload, or it is somebody else's.
    NoSuchUpload,
    /// The client speaks another version of the protocol.
    OtherVersion,
    /// Another request is sending to the upload.
    InUse,
    /// The piece does not begin where the others end.
    WrongOffset { is: u64 },
    /// The checksum of the piece is another one.
    WrongSum,
    /// More came than was promised.
    TooMuch,
    /// The bytes are not those of the SHA-256 that was said.
    OtherBytes,
    /// The layer takes other kinds of files.
    OtherKind { allowed: String },
    /// The file is of no kind that is known.
    UnknownKind,
    /// The file is not built as its first bytes promise.
    Broken,
    /// The picture is larger than anybody could show.
    HugePicture { max: usize },
    /// The file is larger than the layer takes.
    TooLarge { max: u64 },
    /// There is no room on the server.
    NoRoom,
    /// The user began too many uploads.
    TooManyBegun { max: u64 },
    /// More files were asked for than are looked for at once.
    TooManyAsked { max: usize },
    /// The form has no file.
    NoFile,
}

impl NotUploaded {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotInThisLayer | Self::NoSuchAttachment | Self::NoSuchUpload => {
                StatusCode::NOT_FOUND
            }
            Self::OtherVersion => StatusCode::PRECONDITION_FAILED,
            Self::InUse => StatusCode::LOCKED,
            Self::WrongOffset { .. } => StatusCode::CONFLICT,
            Self::WrongSum => StatusCode::from_u16(460).expect("a status has three digits"),
            Self::TooMuch | Self::TooLarge { .. } | Self::TooManyAsked { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::OtherKind { .. } | Self::UnknownKind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::OtherBytes | Self::Broken | Self::HugePicture { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
            Self::TooManyBegun { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NoFile => StatusCode::BAD_REQUEST,
        }
    }

    pub(super) fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotInThisLayer => ("Vrstva nemá přílohy", "The layer has no attachments"),
            Self::NoSuchAttachment => ("Příloha neexistuje", "No such attachment"),
            Self::NoSuchUpload => ("Nahrávání neexistuje", "No such upload"),
            Self::OtherVersion => ("Jiná verze protokolu", "Another version of the protocol"),
            Self::InUse => ("Soubor se právě nahrává", "The upload is in use"),
            Self::WrongOffset { .. } => ("Nenavazuje", "Wrong offset"),
            Self::WrongSum | Self::OtherBytes => ("Nesouhlasí kontrolní součet", "Wrong checksum"),
            Self::TooMuch | Self::TooLarge { .. } => {
                ("Soubor je příliš velký", "The file is too large")
            }
            Self::OtherKind { .. } | Self::UnknownKind => (
                "Takový soubor nelze přiložit",
                "Such a file cannot be attached",
            ),
            Self::Broken => ("Soubor je poškozený", "The file is damaged"),
            Self::HugePicture { .. } => ("Obrázek je příliš velký", "The picture is too large"),
            Self::NoRoom => ("Na serveru není místo", "There is no room on the server"),
            Self::TooManyBegun { .. } => ("Příliš mnoho nedokončeného", "Too much is unfinished"),
            Self::TooManyAsked { .. } => ("Příliš mnoho souborů", "Too many files"),
            Self::NoFile => ("Chybí soubor", "There is no file"),
        }
    }

    /// Says what is wrong and what to do.
    pub(crate) fn detail(&self) -> Text {
        let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
        match self {
            Self::WrongOffset { is } => text(
                &format!("Server má {is} bajtů; pošlete, co následuje."),
                &format!("The server has {is} bytes; send what follows."),
            ),
            Self::OtherKind { allowed } => text(
                &format!(
                    "K prvkům této vrstvy lze přiložit jen: {allowed}. Rozhoduje obsah souboru, ne jeho jméno."
                ),
                &format!(
                    "Features of this layer take only: {allowed}. What counts is the file's content, not its name."
                ),
            ),
            Self::HugePicture { max } => text(
                &format!(
                    "Strana obrázku smí mít nejvýš {max} bodů a obrázek 200 milionů bodů. Zmenšete ho."
                ),
                &format!(
                    "A side of a picture may have {max} pixels at most, and a picture 200 million. Make it smaller."
                ),
            ),
            Self::TooLarge { max } => text(
                &format!("Soubor smí mít nejvýš {} MiB.", mib(*max)),
                &format!("A file may have {} MiB at most.", mib(*max)),
            ),
            Self::TooManyBegun { max } => text(
                &format!(
                    "Nejvýš {} MiB smíte mít rozdělaných. Dokončete je, nebo zrušte.",
                    mib(*max)
                ),
                &format!(
                    "You may have {} MiB in uploads that are not ended. End or cancel them.",
                    mib(*max)
                ),
            ),
            Self::TooManyAsked { max } => text(
                &format!("Ptejte se nejvýš na {max} souborů najednou."),
                &format!("Ask about {max} files at once, at most."),
            ),
            other => other.advice(),
        }
    }

    /// Says the same of what is always the same.
    fn advice(&self) -> Text {
        let (cs, en) = match self {
            Self::NotInThisLayer => (
                "K prvkům této vrstvy se nic nepřikládá. Dovolit to lze v její definici.",
                "Nothing is attached to features of this layer. Its definition can allow it.",
            ),
            Self::NoSuchAttachment => (
                "Příloha tu není nebo už byla odebrána. Seznam je na adrese …/attachments.",
                "The attachment is not here or was removed. The list is under …/attachments.",
            ),
            Self::NoSuchUpload => (
                "Nahrávání vypršelo, bylo zrušeno, nebo není vaše. Začněte znovu: POST /attachments.",
                "The upload has expired, was cancelled, or is not yours. Begin again: POST /attachments.",
            ),
            Self::OtherVersion => (
                "Pošlete hlavičku Tus-Resumable: 1.0.0 (https://tus.io).",
                "Send the header Tus-Resumable: 1.0.0 (https://tus.io).",
            ),
            Self::InUse => (
                "Jiné spojení do něj ještě posílá. Zkuste to za chvíli.",
                "Another connection is still sending to it. Try again in a moment.",
            ),
            Self::WrongSum => (
                "Část cestou utrpěla a nepočítá se. Pošlete ji znovu.",
                "The piece was damaged on its way and does not count. Send it again.",
            ),
            Self::OtherBytes => (
                "Soubor není ten, jehož SHA-256 bylo oznámeno. Nic se nepřiložilo; začněte znovu.",
                "The file is not the one whose SHA-256 was told. Nothing was attached; begin again.",
            ),
            Self::TooMuch => (
                "Přišlo víc bajtů, než kolik slíbila hlavička Upload-Length.",
                "More bytes came than Upload-Length promised.",
            ),
            Self::UnknownKind => (
                "Není to fotografie ani PDF. Rozhoduje obsah souboru, ne jeho jméno.",
                "It is neither a photo nor a PDF. What counts is the file's content, not its name.",
            ),
            Self::Broken => (
                "Začíná jako obrázek, ale dál jím není. Zkuste ho otevřít a uložit znovu.",
                "It begins like a picture but is none. Try to open it and save it again.",
            ),
            Self::NoRoom => (
                "Místo na přílohy došlo. Obraťte se na správce; co máte v zařízení, si nechte.",
                "The room for attachments is used up. Tell the administrator, and keep what you have.",
            ),
            _ => (
                "Vyberte soubor a odešlete formulář znovu.",
                "Choose a file and send the form again.",
            ),
        };
        text(cs, en)
    }

    pub(super) fn add_headers(&self, answer: &mut HttpResponseBuilder) {
        answer.insert_header((TUS_RESUMABLE, TUS_VERSION));
        match self {
            Self::OtherVersion => {
                answer.insert_header(("tus-version", TUS_VERSION));
            }
            Self::WrongOffset { is } => {
                answer.insert_header((UPLOAD_OFFSET, *is));
            }
            Self::InUse => {
                answer.insert_header(("retry-after", "1"));
            }
            _ => {}
        }
    }
}

impl From<NotAttached> for HttpError {
    fn from(error: NotAttached) -> Self {
        let why = match error {
            NotAttached::NoSuchLayer => return Self::NoSuchLayer,
            NotAttached::NoSuchFeature => return Self::NoSuchFeature,
            NotAttached::NotYours => return NotWritten::NotYours.into(),
            NotAttached::Store(error) => return error.into(),
            NotAttached::Failed(error) => {
                return Self::Failed(format!("the folder of attachments: {error}"));
            }
            NotAttached::NotInThisLayer => NotUploaded::NotInThisLayer,
            NotAttached::OtherKind { allowed } => NotUploaded::OtherKind { allowed },
            NotAttached::Unwanted(Unwanted::UnknownKind) => NotUploaded::UnknownKind,
            NotAttached::Unwanted(Unwanted::Broken) => NotUploaded::Broken,
            NotAttached::Unwanted(Unwanted::TooLarge { max }) => NotUploaded::HugePicture { max },
            NotAttached::TooLarge { max } => NotUploaded::TooLarge { max },
            NotAttached::OtherBytes => NotUploaded::OtherBytes,
            NotAttached::NoRoom => NotUploaded::NoRoom,
            NotAttached::TooManyBegun { max } => NotUploaded::TooManyBegun { max },
        };
        why.into()
    }
}

impl From<UploadError> for HttpError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::NoSuchUpload => NotUploaded::NoSuchUpload.into(),
            UploadError::InUse => NotUploaded::InUse.into(),
            UploadError::WrongOffset { is } => NotUploaded::WrongOffset { is }.into(),
            UploadError::TooMuch => NotUploaded::TooMuch.into(),
            UploadError::WrongSum => NotUploaded::WrongSum.into(),
            UploadError::Failed(error) => Self::Failed(format!("the folder of uploads: {error}")),
        }
    }
}

impl From<NotUploaded> for HttpError {
    fn from(why: NotUploaded) -> Self {
        Self::NotUploaded(Box::new(why))
    }
}
