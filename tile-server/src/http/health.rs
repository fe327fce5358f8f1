//! `/livez` and `/readyz`: whether the program runs, and whether it can answer.

use actix_web::web::{self, Data};

use crate::city::City;

use super::answer::Answer;
use super::error::HttpError;

/// Answers that the program runs.
pub(crate) async fn live() -> Answer {
    plain("ok")
}

/// Answers whether the store can be read; tiles and search load themselves on first use.
pub(crate) async fn ready(city: Data<City>) -> Result<Answer, HttpError> {
    match web::block(move || city.store.head()).await? {
        Ok(_) => Ok(plain("ready")),
        Err(error) => {
            tracing::error!("the store cannot be read: {error}");
            Err(HttpError::Busy)
        }
    }
}

fn plain(text: &'static str) -> Answer {
    Answer::new("text/plain; charset=utf-8", text)
}
