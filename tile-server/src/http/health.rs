//! `/livez`, `/readyz` and `/healthz`: whether the program runs, can answer, and answers with the newest state.

use actix_web::web::{self, Data};
use layers::{Audience, Standing};

use crate::city::City;

use super::answer::Answer;
use super::error::{HttpError, NotNow};

/// Answers that the program runs.
pub(crate) async fn live() -> Answer {
    plain("ok")
}

/// Answers whether something can be served: from the store, or from memory while that is away.
pub(crate) async fn ready(city: Data<City>) -> Result<Answer, HttpError> {
    web::block(move || {
        let drawn = || city.drawable_views(&Audience::PUBLIC);
        match city.reached() {
            Standing::Unreachable if !city.tiles.is_loaded(&drawn()) => {
                Err(NotNow::Unreachable.into())
            }
            _ => Ok(plain("ready")),
        }
    })
    .await?
}

/// Answers whether what is served is the newest state.
pub(crate) async fn up_to_date(city: Data<City>) -> Result<Answer, HttpError> {
    web::block(move || match city.reached() {
        Standing::UpToDate => Ok(plain("up to date")),
        Standing::Behind => Err(NotNow::Behind.into()),
        Standing::Unreachable => Err(NotNow::Unreachable.into()),
    })
    .await?
}

fn plain(text: &'static str) -> Answer {
    Answer::new("text/plain; charset=utf-8", text)
}
