//! `/revisions` and `/revisions/{number}`: change sets, for those who change the same features.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::store::RevisionQuery;
use layers::{Feature, Language, Revision, RevisionInfo};
use serde_json::{Value as Json, json};

use crate::city::{City, title};
use crate::history::{Differences, kind};
use crate::revisions::{self, COUNTED, Field, Listed, RevisionsRequest};
use crate::rights::User;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::error::{HttpError, NotWritten};
use super::links::{self, HTML, JSON, link};
use super::parameters::{Parameters, bad};
use super::preferences::{self, Format};
use super::{differences, instant, pages, recorded};

/// How many change sets or changes an answer has unless the client says.
const DEFAULT_LIMIT: u64 = 20;
/// How many it has at most.
const MAX_LIMIT: u64 = 100;

/// The parameters by which change sets are listed.
const LISTED_BY: [&str; 7] = [
    "f",
    "layer",
    "author",
    "municipality",
    instant::DATETIME,
    "before",
    "limit",
];

/// One feature that a change set touched.
pub(super) struct Touched<'a> {
    pub(super) field: &'a Field,
    pub(super) before: Option<Feature>,
    pub(super) after: Option<Feature>,
}

impl Touched<'_> {
    /// Returns the feature as it is shown, or was shown last.
    pub(super) fn feature(&self) -> &Feature {
        let shown = self.after.as_ref().or(self.before.as_ref());
        shown.expect("a feature that changed was shown before or after")
    }
}

/// Answers with change sets, the newest first.
pub(crate) async fn list(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &LISTED_BY)?;
    let wanted = read(&city, &asker, &parameters)?;
    let format = preferences::format(&req, &parameters)?;
    let language = preferences::language(&req);
    let here = format!("{}/revisions", links::base_url(&req, &city)?);
    in_background(move || {
        let fields = revisions::fields(&city, user(&asker)?, wanted.municipality);
        let (found, next) = revisions::list(asker.store(&city), &fields, &wanted)?;
        let next = next.map(|before| parameters.with(&[("before", Some(before.0.to_string()))]));
        Ok(match format {
            Format::Json => Answer::json(&list_document(&found, &here, next, language)),
            Format::Html => pages::revisions(&city, &fields, &found, &parameters, next, language),
        })
    })
    .await
}

/// Answers with what one change set changed.
pub(crate) async fn one(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &["f", "layer", "cursor", "limit"])?;
    let format = preferences::format(&req, &parameters)?;
    let language = preferences::language(&req);
    let number = path
        .parse()
        .map_err(|_not_a_number| HttpError::NoSuchPage)?;
    let here = format!("{}/revisions/{number}", links::base_url(&req, &city)?);
    in_background(move || {
        let fields = revisions::fields(&city, user(&asker)?, None);
        let listed = revisions::one(asker.store(&city), &fields, Revision(number))?;
        let listed = listed.ok_or(HttpError::NoSuchPage)?;
        let (touched, next) = changes(&city, &asker, &listed, &parameters)?;
        Ok(match format {
            Format::Json => Answer::json(&document(&listed, &touched, &here, next, language)),
            Format::Html => pages::revision(&city, &listed, &touched, next, language),
        })
    })
    .await
}

fn user(asker: &Asker) -> Result<&User, HttpError> {
    asker.user().ok_or_else(|| NotWritten::NotLoggedIn.into())
}

fn read(
    city: &City,
    asker: &Asker,
    parameters: &Parameters,
) -> Result<RevisionsRequest, HttpError> {
    let given = |name: &str| parameters.text(name).filter(|text| !text.is_empty());
    let layer = given("layer").map(|name| asker.view(city, name));
    let layer = layer.transpose()?.map(|view| view.layer().id.clone());
    let (from, until) = instant::interval(given(instant::DATETIME))?;
    let municipality = given("municipality").map(|code| {
        let wrong = |_| {
            bad(
                "municipality",
                "musí být kód obce",
                "must be the code of a municipality",
            )
        };
        code.parse().map_err(wrong)
    });
    let limit = parameters.whole_number("limit", 1)?;
    Ok(RevisionsRequest {
        query: RevisionQuery {
            layer,
            author: given("author").map(str::to_owned),
            from,
            until,
            before: parameters.whole_number("before", 1)?.map(Revision),
            limit: None,
        },
        municipality: municipality.transpose()?,
        limit: limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
    })
}

/// Reads one page of what a change set changed and writes down that it is read; returns also the query for the next.
fn changes<'a>(
    city: &City,
    asker: &Asker,
    listed: &Listed<'a>,
    parameters: &Parameters,
) -> Result<(Vec<Touched<'a>>, Option<String>), HttpError> {
    let limit = parameters
        .whole_number("limit", 1)?
        .unwrap_or(DEFAULT_LIMIT)
        .min(MAX_LIMIT);
    let first = parameters.text("layer");
    let mut cursor = parameters.whole_number("cursor", 0)?;
    let mut found: Vec<Touched<'a>> = Vec::new();
    let is_first = |field: &Field| first.is_none_or(|name| field.view.layer().id.as_str() == name);
    let fields = listed.touched.iter().map(|(field, _)| *field);
    for field in fields.skip_while(|field| !is_first(field)) {
        let id = &field.view.layer().id;
        for change in field.changes(asker.store(city), listed.info.revision, cursor.take())? {
            let change = change?;
            if found.len() as u64 == limit {
                let last = found
                    .last()
                    .filter(|last| last.field.view.layer().id == *id);
                let after = last.map(|last| last.feature().fid.to_string());
                let next = [("layer", Some(id.to_string())), ("cursor", after)];
                recorded::touched(city, asker, &found)?;
                return Ok((found, Some(parameters.with(&next))));
            }
            found.push(Touched {
                field,
                before: change.before,
                after: change.after,
            });
        }
    }
    recorded::touched(city, asker, &found)?;
    Ok((found, None))
}

fn list_document(
    found: &[Listed<'_>],
    here: &str,
    next: Option<String>,
    language: Language,
) -> Json {
    let found = found.iter().map(|one| head(one, language));
    json!({ "revisions": found.collect::<Vec<_>>(), "links": links(here, next) })
}

/// Returns where the document is, its page, and what comes after it.
fn links(here: &str, next: Option<String>) -> Json {
    let mut links = vec![
        link("self", JSON, "JSON", here),
        link("alternate", HTML, "HTML", &format!("{here}?f=html")),
    ];
    links.extend(next.map(|next| link("next", JSON, "", &format!("{here}?{next}"))));
    links.into()
}

/// Writes who, when and why, and how many features of which layers.
fn head(listed: &Listed<'_>, language: Language) -> Json {
    let RevisionInfo {
        revision,
        at,
        author,
        reason,
    } = &listed.info;
    let touched = listed.touched.iter().map(|(field, count)| {
        let layer = field.view.layer();
        json!({
            "layer": layer.id.as_str(),
            "title": layer.title.in_language(language),
            "features": count.min(&COUNTED),
            "more": *count > COUNTED,
        })
    });
    json!({
        "revision": revision.0,
        "at": at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "by": author,
        "reason": reason,
        "touched": touched.collect::<Vec<_>>(),
    })
}

fn document(
    listed: &Listed<'_>,
    touched: &[Touched<'_>],
    here: &str,
    next: Option<String>,
    language: Language,
) -> Json {
    let changes = touched.iter().map(|one| {
        let (view, feature) = (&one.field.view, one.feature());
        let between = Differences::between(one.before.as_ref(), one.after.as_ref());
        json!({
            "layer": view.layer().id.as_str(),
            "id": feature.id.to_string(),
            "title": title(view, feature, language),
            "change": differences::word(kind(one.before.as_ref(), one.after.as_ref())),
            "differences": differences::document(view, &between, language),
        })
    });
    let mut document = head(listed, language);
    document["changes"] = changes.collect();
    document["links"] = links(here, next);
    document
}
