//! Why a batch of operations was not received, with everything in it that cannot be read.

use actix_web::http::StatusCode;
use layers::Text;
use serde_json::{Value as Json, json};

use super::text;

/// The reason; nothing of the batch was judged.
#[derive(Debug)]
pub(crate) enum NotReceived {
    /// The body is of a media type that is not read here.
    WrongMediaType,
    /// The body has more bytes than are read.
    TooLarge { max: usize },
    /// There are more operations than are judged together.
    TooMany { number: usize, max: usize },
    /// All that is no operation.
    Unread(Vec<Unread>),
}

/// Something that is no operation.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Where it stands in the batch.
    place: Json,
    problem: String,
}

impl Unread {
    /// Begins with the place in an array, from 0.
    pub(crate) fn at_index(index: usize) -> Self {
        Self::at(json!({ "index": index }))
    }

    /// Begins with the number of a line, from 1.
    pub(crate) fn at_line(line: usize) -> Self {
        Self::at(json!({ "line": line }))
    }

    /// Says what is wrong with the body as a whole.
    pub(crate) fn whole(problem: &str) -> Self {
        Self::at(json!({})).because(problem)
    }

    fn at(place: Json) -> Self {
        let problem = String::new();
        Self { place, problem }
    }

    /// Says what is wrong there.
    pub(crate) fn because(mut self, problem: &str) -> Self {
        problem.clone_into(&mut self.problem);
        self
    }
}

impl NotReceived {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::WrongMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } | Self::TooMany { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unread(_) => StatusCode::BAD_REQUEST,
        }
    }

    pub(super) fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::WrongMediaType => ("Neznámý druh obsahu", "Unsupported media type"),
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                ("Příliš velká dávka", "The batch is too large")
            }
            Self::Unread(_) => ("Dávku nelze přečíst", "The batch cannot be read"),
        }
    }

    pub(super) fn detail(&self) -> Text {
        match self {
            Self::WrongMediaType => text(
                "Pošlete operace jako pole (Content-Type: application/json) nebo po řádcích (application/x-ndjson).",
                "Send operations as an array (Content-Type: application/json) or on lines (application/x-ndjson).",
            ),
            Self::TooLarge { max } => text(
                &format!("Dávka smí mít nejvýš {max} bajtů. Rozdělte ji; nic se nezapsalo."),
                &format!(
                    "A batch may have {max} bytes at most. Send it in parts; nothing was written."
                ),
            ),
            Self::TooMany { number, max } => text(
                &format!(
                    "Dávka má {number} operací, smí jich mít nejvýš {max}. Rozdělte ji; nic se nezapsalo."
                ),
                &format!(
                    "The batch has {number} operations and may have {max}. Send it in parts; nothing was written."
                ),
            ),
            Self::Unread(unread) => text(
                &format!(
                    "Nic se nezapsalo. Co není operace, je v `problems`: {}.",
                    unread.len()
                ),
                &format!(
                    "Nothing was written. What is no operation is in `problems`: {}.",
                    unread.len()
                ),
            ),
        }
    }

    /// Adds what is more than a sentence.
    pub(super) fn add_members(&self, body: &mut Json) {
        if let Self::Unread(unread) = self {
            let problems = unread.iter().map(|one| {
                let mut entry = one.place.clone();
                entry["problem"] = json!(one.problem);
                entry
            });
            body["problems"] = problems.collect();
        }
    }
}
