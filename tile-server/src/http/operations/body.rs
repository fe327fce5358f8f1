//! The body of a batch: operations as a JSON array, or one on each line.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};
use layers::merge::{OPERATIONS_AT_MOST, Operation};
use serde_json::Value as Json;

use crate::http::error::{HttpError, NotReceived, Unread};

/// The most bytes of a batch; one that is larger is sent in parts.
const BODY_MAX: usize = 8 * 1024 * 1024;

/// Reads the operations of a request, or says everything in it that is none.
pub(super) async fn read(req: &HttpRequest, payload: Payload) -> Result<Vec<Operation>, HttpError> {
    let header = req.headers().get(CONTENT_TYPE);
    let header = header.and_then(|header| header.to_str().ok());
    let media_type = header.unwrap_or_default().split(';').next();
    let read = match media_type.unwrap_or_default().trim() {
        "application/json" => of_array,
        "application/x-ndjson" | "application/jsonl" => of_lines,
        _ => return Err(NotReceived::WrongMediaType.into()),
    };
    let too_large = |_| NotReceived::TooLarge { max: BODY_MAX };
    let bytes = payload.to_bytes_limited(BODY_MAX).await;
    let bytes = bytes.map_err(too_large)?;
    let bytes = bytes.map_err(|error| whole(&error.to_string()))?;
    Ok(read(&bytes)?)
}

fn of_array(bytes: &Bytes) -> Result<Vec<Operation>, NotReceived> {
    let array: Vec<Json> =
        serde_json::from_slice(bytes).map_err(|error| whole(&error.to_string()))?;
    check_number(array.len())?;
    let read = array.into_iter().map(serde_json::from_value);
    sorted_out(
        read.enumerate()
            .map(|(index, read)| (Unread::at_index(index), read)),
    )
}

fn of_lines(bytes: &Bytes) -> Result<Vec<Operation>, NotReceived> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines: Vec<_> = lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    check_number(lines.len())?;
    let read = lines.into_iter();
    sorted_out(read.map(|(place, line)| (Unread::at_line(place + 1), serde_json::from_slice(line))))
}

fn check_number(number: usize) -> Result<(), NotReceived> {
    let max = OPERATIONS_AT_MOST;
    if number > max {
        return Err(NotReceived::TooMany { number, max });
    }
    Ok(())
}

fn sorted_out(
    read: impl Iterator<Item = (Unread, serde_json::Result<Operation>)>,
) -> Result<Vec<Operation>, NotReceived> {
    let (mut operations, mut unread) = (Vec::new(), Vec::new());
    for (place, read) in read {
        match read {
            Ok(operation) => operations.push(operation),
            Err(error) => unread.push(place.because(&error.to_string())),
        }
    }
    if unread.is_empty() {
        Ok(operations)
    } else {
        Err(NotReceived::Unread(unread))
    }
}

fn whole(problem: &str) -> NotReceived {
    NotReceived::Unread(vec![Unread::whole(problem)])
}
