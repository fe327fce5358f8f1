//! Errors as people and programs read them: the only place that makes statuses (RFC 9457, `application/problem+json`).

mod not_allowed;
mod not_now;
mod not_received;
mod not_uploaded;
mod not_written;
mod reported;

use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_LANGUAGE, CONTENT_RANGE, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, HttpResponseBuilder, ResponseError};
use chrono::{DateTime, Utc};
use layers::{Language, Text};
use serde_json::json;

use super::request_id::RequestId;
use super::{answered, preferences};

pub(crate) use self::not_allowed::NotAllowed;
pub(crate) use self::not_now::NotNow;
pub(crate) use self::not_received::{NotReceived, Unread};
pub(crate) use self::not_uploaded::NotUploaded;
pub(crate) use self::not_written::{NotWritten, WrongValue};

/// Why a request was not answered as asked.
#[derive(Debug)]
pub(crate) enum HttpError {
    /// There is nothing under this address.
    NoSuchPage,
    /// The layer is not there, or not for this audience: nobody can tell which.
    NoSuchLayer,
    /// The layer has no such feature for this audience.
    NoSuchFeature,
    /// There is no such operation, or somebody else sent it.
    NoSuchOperation,
    /// Nobody was told of the revision, so that nobody knows what changed since.
    NoSuchRevision,
    /// The history of the layer begins after the state that is asked for.
    BeforeHistory { starts: DateTime<Utc> },
    /// There is no such dataset, or nothing of it is published.
    NoSuchDataset,
    /// No release of the dataset has such a file.
    NoSuchFile,
    /// The range that is asked for begins behind the last byte.
    BeyondTheEnd { bytes: u64 },
    /// The address names a tile outside the grid or is no tile address.
    NoSuchTile,
    /// The client takes no format that there is.
    NotAcceptable { offered: String },
    /// The method is not one of those allowed here.
    MethodNotAllowed { allowed: String },
    /// The query has a parameter that this page does not know.
    UnknownParameter {
        name: String,
        nearest: Option<String>,
    },
    /// The value of a parameter cannot be used.
    BadParameter { name: String, problem: Text },
    /// A feature was not written as asked, or nobody knows who asks.
    NotWritten(Box<NotWritten>),
    /// A batch of operations was not received.
    NotReceived(NotReceived),
    /// A file was not attached, or not sent as the protocol of uploads asks.
    NotUploaded(Box<NotUploaded>),
    /// The `Host` header is no host name.
    BadHost,
    /// The web app is not part of this program.
    MapNotBuilt,
    /// The head of the request is too large.
    HeadTooLarge { max: usize },
    /// The server cannot answer now but soon.
    Busy,
    /// The address asks for too much at once.
    TooManyAtOnce,
    /// The database keeps the server from answering now.
    NotNow(NotNow),
    /// Whoever asks may not.
    NotAllowed(NotAllowed),
    /// Something failed that the client cannot mend; the cause is in the log only.
    Failed(String),
}

impl HttpError {
    fn title(&self) -> Text {
        let (cs, en) = match self {
            Self::NotWritten(why) => why.title(),
            Self::NotReceived(why) => why.title(),
            Self::NoSuchOperation => ("Operace neexistuje", "No such operation"),
            Self::NotUploaded(why) => why.title(),
            Self::NoSuchPage => ("Stránka neexistuje", "No such page"),
            Self::NoSuchLayer => ("Vrstva neexistuje", "No such layer"),
            Self::NoSuchFeature => ("Prvek neexistuje", "No such feature"),
            Self::NoSuchRevision => ("Revize není známa", "The revision is not known"),
            Self::BeforeHistory { .. } => (
                "Tak daleko historie nesahá",
                "History does not reach back so far",
            ),
            Self::NoSuchDataset => ("Datová sada neexistuje", "No such dataset"),
            Self::NoSuchFile => ("Soubor neexistuje", "No such file"),
            Self::BeyondTheEnd { .. } => ("Za koncem souboru", "Beyond the end of the file"),
            Self::NoSuchTile => ("Dlaždice neexistuje", "No such tile"),
            Self::NotAcceptable { .. } => ("Formát není v nabídce", "Not acceptable"),
            Self::MethodNotAllowed { .. } => ("Metoda není dovolena", "Method not allowed"),
            Self::UnknownParameter { .. } => ("Neznámý parametr", "Unknown parameter"),
            Self::BadParameter { .. } => ("Chybná hodnota parametru", "Invalid parameter value"),
            Self::BadHost => ("Chybná hlavička Host", "Invalid Host header"),
            Self::MapNotBuilt => ("Mapa není sestavena", "The map is not built"),
            Self::HeadTooLarge { .. } => ("Hlavička je příliš dlouhá", "The head is too large"),
            Self::Busy => ("Server teď nestíhá", "The server is busy"),
            Self::TooManyAtOnce => (
                "Příliš mnoho požadavků najednou",
                "Too many requests at once",
            ),
            Self::NotNow(why) => why.title(),
            Self::NotAllowed(why) => why.title(),
            Self::Failed(_) => ("Chyba serveru", "Server error"),
        };
        text(cs, en)
    }

    /// Says what is wrong and what to do.
    pub(crate) fn detail(&self) -> Text {
        match self {
            Self::MethodNotAllowed { allowed } => text(
                &format!("Zde lze použít jen: {allowed}."),
                &format!("Only these may be used here: {allowed}."),
            ),
            Self::NotAcceptable { offered } => text(
                &format!("Hlavička Accept nepřipouští žádný z formátů: {offered}."),
                &format!("The Accept header takes none of the formats: {offered}."),
            ),
            Self::UnknownParameter { name, nearest } => {
                let suggest = |question: &str| match nearest {
                    Some(nearest) => format!(" {question} `{nearest}`?"),
                    None => String::new(),
                };
                text(
                    &format!(
                        "Parametr `{name}` tato stránka nezná.{} Všechny parametry popisuje /api.",
                        suggest("Nemyslíte")
                    ),
                    &format!(
                        "This page knows no parameter `{name}`.{} All parameters are described in /api.",
                        suggest("Did you mean")
                    ),
                )
            }
            Self::BadParameter { name, problem } => text(
                &format!("Parametr `{name}` {}.", problem.cs),
                &format!("Parameter `{name}` {}.", problem.en),
            ),
            Self::BeyondTheEnd { bytes } => text(
                &format!("Soubor má {bytes} bajtů a žádaný rozsah začíná až za nimi."),
                &format!("The file has {bytes} bytes and the range asked for begins behind them."),
            ),
            Self::HeadTooLarge { max } => text(
                &format!("Adresa a hlavička požadavku smějí mít dohromady nejvýš {max} bajtů."),
                &format!("Address and headers of a request may have {max} bytes at most."),
            ),
            Self::BeforeHistory { starts } => text(
                &format!(
                    "Historie této vrstvy se uchovává od {}; starší stavy už nejsou. Kdo sleduje změny, zahodí, co má, a \
                     začne od since=0.",
                    starts.format("%-d. %-m. %Y %H:%M UTC")
                ),
                &format!(
                    "The history of this layer is kept from {} on; older states are gone. Who follows changes drops what \
                     they have and begins with since=0.",
                    starts.format("%Y-%m-%dT%H:%MZ")
                ),
            ),
            Self::NotWritten(why) => why.detail(),
            Self::NotReceived(why) => why.detail(),
            Self::NotUploaded(why) => why.detail(),
            Self::NotNow(why) => why.detail(),
            Self::NotAllowed(why) => why.detail(),
            other => other.advice(),
        }
    }

    /// Says the same of errors that are always the same.
    fn advice(&self) -> Text {
        let (cs, en) = match self {
            Self::NoSuchLayer => (
                "Vrstva toho jména neexistuje. Seznam vrstev je na adrese /collections.",
                "There is no layer of that name. The layers are listed under /collections.",
            ),
            Self::NoSuchFeature => (
                "Prvek tu není nebo už byl odstraněn. Prvky vrstvy vypíše adresa …/items.",
                "The feature is not here or has been removed. The layer's features are listed under …/items.",
            ),
            Self::NoSuchOperation => (
                "Taková operace sem nedorazila, nebo ji poslal někdo jiný. Pošlete ji znovu: provede se jen jednou.",
                "No such operation arrived, or somebody else sent it. Send it again: it is done only once.",
            ),
            Self::NoSuchRevision => (
                "Tato revize ve vrstvě není: server byl nejspíš obnoven ze starší zálohy. Zahoďte, co máte, a začněte od \
                 since=0.",
                "The layer has no such revision: most likely the server was restored from an older backup. Drop what \
                 you have and begin with since=0.",
            ),
            Self::NoSuchDataset => (
                "Taková datová sada není, nebo z ní zatím nebylo nic zveřejněno. Seznam je na adrese /catalog.",
                "There is no such dataset, or nothing of it has been published yet. The list is under /catalog.",
            ),
            Self::NoSuchFile => (
                "Takový soubor žádné vydání nemá. Soubory datové sady vypíše její stránka; začněte na adrese /catalog.",
                "No release has such a file. A dataset's page lists its files; begin at /catalog.",
            ),
            Self::NoSuchTile => (
                "Adresa dlaždice je /tiles/{vrstvy}/{z}/{x}/{y}; x i y jsou menší než 2^z a z je nejvýš 22.",
                "A tile's address is /tiles/{layers}/{z}/{x}/{y}; x and y are below 2^z and z is at most 22.",
            ),
            Self::BadHost => (
                "Hlavička Host musí být jméno nebo adresa serveru.",
                "The Host header must be the name or address of the server.",
            ),
            Self::MapNotBuilt => (
                "Program byl sestaven bez webové mapy. Spusťte scripts/run, nebo scripts/build-web a sestavte program \
                 znovu.",
                "The program was built without the web map. Run scripts/run, or scripts/build-web and build the \
                 program again.",
            ),
            Self::Busy => ("Zkuste to za chvíli znovu.", "Try again in a moment."),
            Self::TooManyAtOnce => (
                "Z vaší adresy se vyřizuje příliš mnoho požadavků najednou. Počkejte na odpovědi.",
                "Too many requests of your address are being answered. Wait for the answers.",
            ),
            Self::Failed(_) => (
                "Na serveru se něco nepovedlo; příčinu najde správce v protokolu. Zkuste to později.",
                "Something failed on the server; the administrator finds the cause in the log. Try again later.",
            ),
            _ => (
                "Na této adrese nic není. Přehled všeho začíná na adrese /.",
                "There is nothing under this address. Everything is listed from / on.",
            ),
        };
        text(cs, en)
    }

    /// Makes the answer in the given language; what failed here names the request, by which its cause is found.
    pub(crate) fn answer(&self, language: Language, request: Option<&RequestId>) -> HttpResponse {
        let status = self.status_code();
        let mut body = json!({
            "type": "about:blank",
            "title": self.title().in_language(language),
            "status": status.as_u16(),
            "detail": self.detail().in_language(language),
        });
        if let Some(id) = request.filter(|_| status.is_server_error()) {
            body["request_id"] = json!(id.as_str());
        }
        let mut answer = HttpResponseBuilder::new(status);
        answer.content_type("application/problem+json");
        answer.insert_header((CONTENT_LANGUAGE, language.code()));
        match self {
            Self::NotWritten(why) => {
                why.add_members(&mut body, language);
                why.add_headers(&mut answer);
                &mut answer
            }
            Self::NotReceived(why) => {
                why.add_members(&mut body);
                &mut answer
            }
            Self::NotUploaded(why) => {
                why.add_headers(&mut answer);
                &mut answer
            }
            Self::MethodNotAllowed { allowed } => answer.insert_header((ALLOW, allowed.as_str())),
            Self::Busy | Self::TooManyAtOnce | Self::NotNow(_) => {
                answer.insert_header((RETRY_AFTER, "1"))
            }
            Self::BeyondTheEnd { bytes } => {
                answer.insert_header((CONTENT_RANGE, format!("bytes */{bytes}")))
            }
            _ => &mut answer,
        };
        answer.body(body.to_string())
    }
}

fn text(cs: &str, en: &str) -> Text {
    Text {
        cs: cs.to_owned(),
        en: en.to_owned(),
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail().en)
    }
}

impl ResponseError for HttpError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoSuchPage
            | Self::NoSuchLayer
            | Self::NoSuchFeature
            | Self::NoSuchOperation
            | Self::NoSuchDataset
            | Self::NoSuchFile
            | Self::NoSuchTile => StatusCode::NOT_FOUND,
            Self::NoSuchRevision | Self::BeforeHistory { .. } => StatusCode::GONE,
            Self::BeyondTheEnd { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::NotAcceptable { .. } => StatusCode::NOT_ACCEPTABLE,
            Self::NotWritten(why) => why.status(),
            Self::NotReceived(why) => why.status(),
            Self::NotUploaded(why) => why.status(),
            Self::NotAllowed(why) => why.status(),
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnknownParameter { .. } | Self::BadParameter { .. } | Self::BadHost => {
                StatusCode::BAD_REQUEST
            }
            Self::MapNotBuilt | Self::Busy | Self::NotNow(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::HeadTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooManyAtOnce => StatusCode::TOO_MANY_REQUESTS,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.answer(Language::default(), None)
    }
}

/// Puts errors into the client's language and their causes into the log; wraps the whole application.
pub(crate) async fn in_the_clients_language(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answer = next.call(req).await?.map_into_boxed_body();
    let Some(error) = answer
        .response()
        .error()
        .and_then(|error| error.as_error::<HttpError>())
    else {
        return Ok(answer);
    };
    let id = RequestId::of(answer.request());
    if let HttpError::Failed(cause) = error {
        let request = id.as_str();
        let door = answered::door(answer.request());
        tracing::error!(request, door, "a request failed: {cause}");
    }
    let response = error.answer(preferences::language(answer.request()), Some(&id));
    Ok(answer.into_response(response))
}

#[cfg(test)]
mod tests {
    use layers::StoreError;

    use super::*;

    #[test]
    fn a_failure_tells_its_cause_to_nobody() {
        let error = HttpError::from(StoreError::Engine {
            act: "read",
            detail: "SELECT secret".into(),
        });
        assert_eq!(error.status_code(), StatusCode::INTERNAL_SERVER_ERROR);
        for language in [Language::Czech, Language::English] {
            assert!(!error.detail().in_language(language).contains("SELECT"));
        }
    }

    #[test]
    fn an_unknown_parameter_suggests_the_nearest() {
        let error = HttpError::UnknownParameter {
            name: "limt".into(),
            nearest: Some("limit".into()),
        };
        assert!(error.detail().cs.contains("Nemyslíte `limit`?"));
        assert!(error.detail().en.contains("Did you mean `limit`?"));
    }
}
