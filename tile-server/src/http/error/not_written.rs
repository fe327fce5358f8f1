//! Why a feature was not written as asked, with all that a client needs to mend it.

use actix_web::HttpResponseBuilder;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, ETAG, WWW_AUTHENTICATE};
use layers::{Language, Text};
use serde_json::{Value as Json, json};

use super::text;

/// The reason, one for each status.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// There is no token, or one that is wrong, revoked or expired: nobody can tell which.
    NotLoggedIn,
    /// The feature is, or would become, another municipality's.
    NotYours,
    /// The layer shows a table of other software, in which alone it changes.
    Attached {
        /// Who answers for it.
        steward: String,
    },
    /// A change without `If-Match`: the client does not say which version it saw.
    VersionMissing,
    /// A change without `If-Match` by a token that may, to which nothing of the layer was shown of late.
    NotShown,
    /// Somebody else changed the feature first; both states as GeoJSON, so that nothing is lost.
    Overtaken {
        current: Json,
        etag: String,
        /// What the change would have made of the current state; none for a removal.
        yours: Option<Json>,
    },
    /// There is a feature with the id of the new one; its GeoJSON and entity tag, if the user may see it.
    Exists { current: Option<(Json, String)> },
    /// The body is of a media type that is not read here.
    WrongMediaType { accepted: &'static str },
    /// The body has more bytes than are read.
    BodyTooLarge { max: usize },
    /// The body is no JSON.
    BodyNotJson { problem: String },
    /// A header's value cannot be used.
    BadHeader {
        name: &'static str,
        expected: String,
    },
    /// Everything that is wrong with the values and the geometry.
    WrongValues(Vec<WrongValue>),
    /// A conflict that is not in a state in which that can be done with it; says why.
    Undecidable(Text),
}

/// One thing that is wrong with what was sent.
#[derive(Debug)]
pub(crate) struct WrongValue {
    /// The property, or none when it is about the geometry or the feature as a whole.
    pub(crate) field: Option<String>,
    /// The case, for programs.
    pub(crate) code: &'static str,
    /// What is wrong, for people.
    pub(crate) message: Text,
    /// The property that was probably meant.
    pub(crate) nearest: Option<String>,
    /// The values of the code list, where one of them was wanted.
    pub(crate) allowed: Vec<Json>,
    /// Where, in WGS 84.
    pub(crate) at: Option<[f64; 2]>,
}

impl WrongValue {
    /// Writes it for programs and people.
    pub(crate) fn as_json(&self, language: Language) -> Json {
        let mut entry = json!({
            "field": self.field,
            "code": self.code,
            "message": self.message.in_language(language),
        });
        if let Some(nearest) = &self.nearest {
            entry["nearest"] = nearest.as_str().into();
        }
        if !self.allowed.is_empty() {
            entry["allowed"] = json!(self.allowed);
        }
        if let Some(at) = self.at {
            entry["at"] = json!(at);
        }
        entry
    }
}

impl NotWritten {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Self::NotYours => StatusCode::FORBIDDEN,
            Self::Attached { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::VersionMissing | Self::NotShown => StatusCode::PRECONDITION_REQUIRED,
            Self::Overtaken { .. } => StatusCode::PRECONDITION_FAILED,
            Self::Exists { .. } | Self::Undecidable(_) => StatusCode::CONFLICT,
            Self::WrongMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyNotJson { .. } | Self::BadHeader { .. } => StatusCode::BAD_REQUEST,
            Self::WrongValues(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub(super) fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotLoggedIn => ("Je třeba token", "A token is needed"),
            Self::NotYours => ("Prvek jiné obce", "Another municipality's feature"),
            Self::Attached { .. } => (
                "Vrstva se vede v jiném programu",
                "The layer is kept in other software",
            ),
            Self::VersionMissing => ("Chybí hlavička If-Match", "If-Match is missing"),
            Self::NotShown => ("Není známo, co jste viděli", "It is not known what you saw"),
            Self::Overtaken { .. } => (
                "Prvek mezitím změnil někdo jiný",
                "Somebody else changed the feature meanwhile",
            ),
            Self::Exists { .. } => ("Prvek s tímto id už je", "A feature with this id exists"),
            Self::WrongMediaType { .. } => ("Neznámý druh obsahu", "Unsupported media type"),
            Self::BodyTooLarge { .. } => ("Příliš mnoho dat", "Too much data"),
            Self::BodyNotJson { .. } => ("Tělo dotazu není JSON", "The body is not JSON"),
            Self::BadHeader { .. } => ("Chybná hlavička", "Invalid header"),
            Self::WrongValues(_) => ("Údaje nelze zapsat", "The values cannot be written"),
            Self::Undecidable(_) => ("Takto rozhodnout nelze", "It cannot be decided so"),
        }
    }

    pub(super) fn detail(&self) -> Text {
        match self {
            Self::WrongMediaType { accepted } => text(
                &format!("Pošlete prvek jako GeoJSON, Content-Type je jedno z: {accepted}."),
                &format!("Send the feature as GeoJSON; Content-Type is one of: {accepted}."),
            ),
            Self::Attached { steward } => text(
                &format!(
                    "Tady se jen ukazuje; měnit ji lze v programu, který ji vede. Odpovídá za ni {steward}."
                ),
                &format!(
                    "It is only shown here; change it in the software that keeps it. {steward} answers for it."
                ),
            ),
            Self::BodyTooLarge { max } => text(
                &format!("Jeden prvek smí mít nejvýš {max} bajtů."),
                &format!("One feature may have {max} bytes at most."),
            ),
            Self::BodyNotJson { problem } => text(
                &format!("Tělo dotazu se nepodařilo přečíst: {problem}."),
                &format!("The body cannot be read: {problem}."),
            ),
            Self::BadHeader { name, expected } => text(
                &format!("Hlavička {name} má být: {expected}."),
                &format!("The header {name} must be: {expected}."),
            ),
            Self::WrongValues(wrong) => text(
                &format!(
                    "Nic se nezapsalo. Opravte vše, co je v `findings`: {}.",
                    wrong.len()
                ),
                &format!(
                    "Nothing was written. Mend all that `findings` lists: {}.",
                    wrong.len()
                ),
            ),
            Self::Undecidable(why) => why.clone(),
            other => other.advice(),
        }
    }

    /// Says what to do about what is always the same.
    fn advice(&self) -> Text {
        let (cs, en) = match self {
            Self::NotYours => (
                "Měnit smíte jen prvky svých obcí a jiné obci je předat nemůžete. Práva přiděluje správce.",
                "You may change only features of your municipalities and cannot hand them to another. Rights are \
                 given by the administrator.",
            ),
            Self::VersionMissing => (
                "Nejprve si prvek načtěte a pošlete jeho ETag v hlavičce If-Match, aby se nepřepsala cizí změna. Program, \
                 který to neumí (QGIS), potřebuje token s povolením zapisovat bez If-Match ze stránky /account.",
                "Get the feature first and send its ETag as If-Match, so that nobody else's change is overwritten. A \
                 program that cannot (QGIS) needs a token that may write without If-Match, made on the page /account.",
            ),
            Self::NotShown => (
                "Nic se nezapsalo. Tímto tokenem jste si prvek v posledních dnech nenačetli, takže server neví, co jste \
                 viděli. Načtěte vrstvu znovu (v QGIS ji obnovte) a uložte úpravu ještě jednou.",
                "Nothing was written. The feature was not read with this token of late, so that the server does not know \
                 what you saw. Load the layer again (in QGIS, reload it) and save the edit once more.",
            ),
            Self::Overtaken { .. } => (
                "Nic se nezapsalo. `current` je dnešní stav, `yours` je to, co z něj vaše změna měla udělat. Porovnejte \
                 je a pošlete změnu znovu s If-Match podle hlavičky ETag.",
                "Nothing was written. `current` is how it stands, `yours` what your change would have made of it. \
                 Compare them and send the change again with If-Match as the header ETag says.",
            ),
            Self::Exists { .. } => (
                "Nic se nezapsalo. Posílali-li jste tento prvek už dříve a nedostali odpověď, zapsal se tehdy; jeho \
                 dnešní stav je `current`. Jinému novému prvku dejte jiné id, nebo ho vynechte.",
                "Nothing was written. If you sent this feature before and got no answer, it was written then; \
                 `current` is how it stands. Give another new feature another id, or none.",
            ),
            _ => (
                "Pošlete platný token v hlavičce Authorization: Bearer …, nebo jako heslo (Basic). Token vydává správce.",
                "Send a valid token as Authorization: Bearer …, or as the password (Basic). Tokens are issued by the \
                 administrator.",
            ),
        };
        text(cs, en)
    }

    /// Adds what is more than a sentence.
    pub(super) fn add_members(&self, body: &mut Json, language: Language) {
        match self {
            Self::Overtaken { current, yours, .. } => {
                body["current"] = current.clone();
                body["yours"] = yours.clone().unwrap_or_default();
            }
            Self::Exists {
                current: Some((current, _)),
            } => body["current"] = current.clone(),
            Self::WrongValues(wrong) => {
                body["findings"] = wrong.iter().map(|one| one.as_json(language)).collect();
            }
            _ => {}
        }
    }

    pub(super) fn add_headers(&self, answer: &mut HttpResponseBuilder) {
        match self {
            Self::NotLoggedIn => {
                answer.append_header((WWW_AUTHENTICATE, "Bearer realm=\"obzor\""));
                answer
                    .append_header((WWW_AUTHENTICATE, "Basic realm=\"obzor\", charset=\"UTF-8\""));
            }
            Self::Overtaken { etag, .. }
            | Self::Exists {
                current: Some((_, etag)),
            } => {
                answer.insert_header((ETAG, etag.as_str()));
            }
            Self::Attached { .. } => {
                answer.insert_header((ALLOW, "GET, HEAD"));
            }
            Self::WrongMediaType { accepted } => {
                answer.insert_header((ACCEPT, *accepted));
            }
            _ => {}
        }
    }
}
