//! `/what-is-here`: what lies at a point, in a feature such as a parcel, or in a drawn area, of all layers.

use actix_web::HttpRequest;
use actix_web::web::{Data, Payload};
use layers::{Language, LayerView};

use crate::city::{City, title};
use crate::edit::Which;
use crate::here::{HereError, Spot, headings, look};

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::error::HttpError;
use super::pages;
use super::parameters::{Parameters, bad};
use super::preferences::{self, Format};
use super::{links, recorded_small};

mod answer;
mod question;

pub(crate) use self::answer::{Found, Subject};
use self::question::{PARAMETERS, Question, What};

/// Answers what the query asks about; a browser that asks about nothing gets the form.
pub(crate) async fn ask(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &PARAMETERS)?;
    let format = preferences::format(&req, &parameters)?;
    match Question::read(&parameters)? {
        Some(question) => answer(&req, city, asker, question, format).await,
        None if format == Format::Html => {
            let language = preferences::language(&req);
            in_background(move || Ok(pages::ask_what_is_here(&city, language))).await
        }
        None => Err(question::nothing_asked()),
    }
}

/// Answers what lies in the geometry of a GeoJSON document.
pub(crate) async fn ask_within(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let asker = Asker::of_reader(&req, &city).await?;
    let parameters = Parameters::read(&req, &["f", question::RADIUS])?;
    let format = preferences::format(&req, &parameters)?;
    let question = Question::drawn(payload, &parameters).await?;
    answer(&req, city, asker, question, format).await
}

async fn answer(
    req: &HttpRequest,
    city: Data<City>,
    asker: Asker,
    question: Question,
    format: Format,
) -> Result<Answer, HttpError> {
    let language = preferences::language(req);
    let base = links::base_url(req, &city)?;
    in_background(move || {
        let found = find(&city, &asker, question, language)?;
        recorded_small::lying(&city, &asker, &found)?;
        Ok(match format {
            Format::Json => Answer::json(&found.to_json(language, &base)),
            Format::Html => pages::what_is_here(&city, &found, language),
        })
    })
    .await
}

fn find(
    city: &City,
    asker: &Asker,
    question: Question,
    language: Language,
) -> Result<Found, HttpError> {
    let parameter = question.parameter;
    let subject = subject(city, asker, question, language)?;
    let views: Vec<LayerView> = city.views(asker.audience()).collect();
    let itself = subject.feature.as_ref().map(|(_, id)| *id);
    let layers = look(asker.store(city), &views, &subject.spot, itself, language);
    let layers = layers.map_err(|error| match error {
        HereError::Read(error) => error.into(),
        HereError::TooMuch => bad(
            parameter,
            "je příliš velké místo: leží v něm víc, než se zjišťuje najednou. Zeptejte se na menší",
            "is too large a place: more lies there than is told at once. Ask about a smaller one",
        ),
    })?;
    Ok(Found { subject, layers })
}

/// Finds what is asked about.
fn subject(
    city: &City,
    asker: &Asker,
    Question {
        what,
        parameter,
        radius,
    }: Question,
    language: Language,
) -> Result<Subject, HttpError> {
    let (geometry, title, feature) = match what {
        What::Place(geometry) => (Some(geometry), None, None),
        What::Feature { layer, id } => {
            let view = headings(&asker.view(city, &layer)?);
            let which: Which = id.parse().map_err(|()| HttpError::NoSuchFeature)?;
            let query = which.query(view.clone());
            let found = asker.store(city).read(&query)?.next().transpose()?;
            let feature = found.ok_or(HttpError::NoSuchFeature)?;
            let heading = title(&view, &feature, language);
            (feature.geometry, Some(heading), Some((view, feature.id)))
        }
    };
    let spot = geometry.and_then(|geometry| Spot::new(geometry, radius));
    let spot = spot.ok_or_else(|| {
        bad(
            parameter,
            "musí mít polohu: bod, čáru nebo plochu",
            "must have a place: a point, a line or an area",
        )
    })?;
    Ok(Subject {
        spot,
        title,
        feature,
    })
}
