//! The formats of `/collections/{layer}/items`: which one a request asks for, and the links that offer them.

use actix_web::http::header::ACCEPT;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use layers::LayerView;
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::export::ExportFormat;

use super::asker::Asker;
use super::error::HttpError;
use super::items_query::known_parameters;
use super::links::{GEO_JSON, HTML, JSON, link};
use super::parameters::{Parameters, bad, nearest};
use super::preferences::{Format, header, weighted};
use super::{export, items, json_fg};

/// How the features of a layer are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ItemsFormat {
    /// Page by page as GeoJSON or for people.
    Page(Format),
    /// Page by page as JSON-FG.
    JsonFg,
    /// All at once.
    File(ExportFormat),
}

/// A format as clients ask for it.
struct Offered {
    /// The value of `f`.
    f: &'static str,
    title: &'static str,
    media_type: &'static str,
    /// By what else `Accept` may name it.
    alias: &'static str,
    format: ItemsFormat,
}

/// All formats, the one first that a client gets who does not choose.
const OFFERED: [Offered; 7] = [
    offered(
        "json",
        "GeoJSON",
        GEO_JSON,
        JSON,
        ItemsFormat::Page(Format::Json),
    ),
    offered(
        "html",
        "HTML",
        HTML,
        "application/xhtml+xml",
        ItemsFormat::Page(Format::Html),
    ),
    offered(
        "jsonfg",
        "JSON-FG",
        GEO_JSON,
        "application/vnd.ogc.fg+json",
        ItemsFormat::JsonFg,
    ),
    file("csv", "CSV", "text/csv", ExportFormat::Csv),
    file(
        "fgb",
        "FlatGeobuf",
        "application/flatgeobuf",
        ExportFormat::FlatGeobuf,
    ),
    file(
        "gpkg",
        "GeoPackage",
        "application/geopackage+sqlite3",
        ExportFormat::GeoPackage,
    ),
    file(
        "xlsx",
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ExportFormat::Xlsx,
    ),
];

const fn offered(
    f: &'static str,
    title: &'static str,
    media_type: &'static str,
    alias: &'static str,
    format: ItemsFormat,
) -> Offered {
    Offered {
        f,
        title,
        media_type,
        alias,
        format,
    }
}

const fn file(
    f: &'static str,
    title: &'static str,
    media_type: &'static str,
    format: ExportFormat,
) -> Offered {
    offered(f, title, media_type, media_type, ItemsFormat::File(format))
}

impl Offered {
    /// Whether a layer can be answered in it: FlatGeobuf is for geometries.
    fn is_for(&self, view: &LayerView) -> bool {
        let needs_geometry = self.format == ItemsFormat::File(ExportFormat::FlatGeobuf);
        !needs_geometry || view.layer().geometry.is_some()
    }

    /// Whether `Accept` finds it by its media type.
    fn is_called(&self, name: &str) -> bool {
        // That of JSON-FG is GeoJSON's, which means the plain one.
        let own = (self.format != ItemsFormat::JsonFg).then_some(self.media_type);
        own.into_iter()
            .chain([self.alias])
            .any(|known| known.eq_ignore_ascii_case(name))
    }

    fn link(&self, rel: &str, href: &str) -> Json {
        let mut link = link(rel, self.media_type, self.title, href);
        if self.format == ItemsFormat::JsonFg {
            link["profile"] = json!([json_fg::PROFILE]);
        }
        link
    }
}

/// Answers with features of a layer in the format that is asked for.
pub(crate) async fn list(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<HttpResponse, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let view = asker.view(&city, &path)?;
    let parameters = Parameters::read(&req, &known_parameters(&view))?;
    let offered = asked(&req, &view, &parameters)?;
    let answer = match offered.format {
        ItemsFormat::Page(format) => {
            items::list(&req, city, asker, view, parameters, format).await?
        }
        ItemsFormat::JsonFg => json_fg::list(&req, city, asker, &view, parameters).await?,
        ItemsFormat::File(format) => {
            let named = export::Named {
                format,
                ending: offered.f,
                media_type: offered.media_type,
            };
            return export::file(&req, city, asker, &view, &parameters, named).await;
        }
    };
    Ok(answer.respond_to(&req))
}

/// Returns the values of `f` for a layer.
pub(super) fn names(view: &LayerView) -> Vec<&'static str> {
    let fitting = OFFERED.iter().filter(|one| one.is_for(view));
    fitting.map(|one| one.f).collect()
}

/// Returns the media types in which the features of a layer are answered, each once.
pub(super) fn media_types(view: &LayerView) -> Vec<&'static str> {
    let fitting = OFFERED.iter().filter(|one| one.is_for(view));
    let mut types: Vec<_> = fitting.map(|one| one.media_type).collect();
    types.dedup();
    types.sort_unstable();
    types.dedup();
    types
}

/// Returns links to the features of a layer in all formats but some, at the address that is made for `f`.
pub(super) fn links(
    view: &LayerView,
    rel: &str,
    but: &[&str],
    address: impl Fn(&str) -> String,
) -> Vec<Json> {
    OFFERED
        .iter()
        .filter(|one| one.is_for(view) && !but.contains(&one.f))
        .map(|one| one.link(rel, &address(one.f)))
        .collect()
}

fn asked(
    req: &HttpRequest,
    view: &LayerView,
    parameters: &Parameters,
) -> Result<&'static Offered, HttpError> {
    let names = names(view);
    match parameters.text("f") {
        Some(name) => {
            let found = OFFERED
                .iter()
                .find(|one| one.f == name && names.contains(&one.f));
            found.ok_or_else(|| unknown(name, &names))
        }
        None => accepted(&header(req, ACCEPT), view).ok_or_else(|| HttpError::NotAcceptable {
            offered: media_types(view).join(", "),
        }),
    }
}

fn unknown(name: &str, names: &[&str]) -> HttpError {
    let list = names.join(", ");
    let suggest = |question: &str| match nearest(name, names) {
        Some(nearest) => format!("; {question} `{nearest}`?"),
        None => String::new(),
    };
    bad(
        "f",
        &format!("musí být jedno z: {list}{}", suggest("nemyslíte")),
        &format!("must be one of: {list}{}", suggest("did you mean")),
    )
}

/// Returns the format that the client takes most gladly (RFC 9110, section 12.5.1); the most exact name of it counts.
fn accepted(accept: &str, view: &LayerView) -> Option<&'static Offered> {
    if accept.trim().is_empty() {
        return OFFERED.first();
    }
    let weight = |one: &Offered| {
        let (group, _) = one.media_type.split_once('/')?;
        let named = |is_meant: &dyn Fn(&str) -> bool| {
            let found = weighted(accept).filter(|(name, _)| is_meant(name));
            found.map(|(_, q)| q).reduce(f32::max)
        };
        named(&|name| one.is_called(name))
            .or_else(|| named(&|name| name.strip_suffix("/*") == Some(group)))
            .or_else(|| named(&|name| name == "*/*"))
    };
    let mut best = None;
    for one in OFFERED.iter().filter(|one| one.is_for(view)) {
        let weight = weight(one).unwrap_or(0.0);
        if weight > best.map_or(0.0, |(best, _)| best) {
            best = Some((weight, one));
        }
    }
    best.map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use layers::{Audience, LayerSet};

    use super::*;

    fn check(accept: &str, expected: Option<&str>) {
        let layers = LayerSet::shipped().expect("sound");
        let layer = layers.iter().find(|layer| layer.geometry.is_some());
        let view = Audience::OFFICE
            .view(layer.expect("a layer"))
            .expect("seen");
        let found = accepted(accept, &view).map(|one| one.f);
        assert_eq!(found, expected, "{accept}");
    }

    #[test]
    fn the_format_is_the_one_that_is_taken_most_gladly() {
        check("", Some("json"));
        check("*/*", Some("json"));
        check("application/*", Some("json"));
        check("application/geo+json", Some("json"));
        check("application/vnd.ogc.fg+json", Some("jsonfg"));
        check("text/html,application/xml;q=0.9,*/*;q=0.8", Some("html"));
        check("text/csv", Some("csv"));
        check("text/html;q=0.5, application/flatgeobuf", Some("fgb"));
        check("application/geopackage+sqlite3", Some("gpkg"));
        check("application/json;q=0, text/*;q=0.1", Some("html"));
        check("image/png", None);
        check("application/geo+json;q=0", None);
    }
}
