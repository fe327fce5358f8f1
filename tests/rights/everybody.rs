//! Doors that are the same for all: whoever asks, they say what everybody may know, and say it alike.

use layers::PrivacyClass;

use super::cells::Cells;
use super::expected::{Actor, actors, everybody};
use super::leaving::{Publisher, can_be_published};
use super::planted;
use crate::answer::Answer;

/// The doors that tell of layers, datasets or the server, each with addresses to ask for.
const TELLING: [(&str, &[&str]); 16] = [
    ("/", &["/?f=json", "/?f=html"]),
    ("/conformance", &["/conformance"]),
    ("/api", &["/api?f=json", "/api?f=html"]),
    ("/catalog", &["/catalog?f=json", "/catalog?f=html"]),
    (
        "/catalog/{municipality}",
        &["/catalog/562971?f=json", "/catalog/562971?f=html"],
    ),
    (
        "/catalog/{municipality}/datasets/{id}",
        &[
            "/catalog/562971/datasets/{dataset}?f=json",
            "/catalog/562971/datasets/{dataset}?f=html",
        ],
    ),
    (
        "/catalog/{municipality}/datasets/{id}/distributions/{format}",
        &["/catalog/562971/datasets/{dataset}/distributions/csv"],
    ),
    (
        "/downloads/{dataset}/{number}/{file}",
        &[
            "/downloads/{dataset}/latest/{dataset}.csv",
            "/downloads/{dataset}/1/report.json",
        ],
    ),
    ("/quality", &["/quality?f=json", "/quality?f=html"]),
    ("/rights", &["/rights"]),
    ("/map", &["/map"]),
    ("/field", &["/field"]),
    ("/robots.txt", &["/robots.txt"]),
    ("/livez", &["/livez"]),
    ("/readyz", &["/readyz"]),
    ("/healthz", &["/healthz"]),
];
/// The doors that tell nothing of data: what is built in, and what a browser logs in by.
const BUILT_IN: [&str; 10] = [
    "/fonts/{file}",
    "/sprites/{file}",
    "/assets/{file:.+}",
    "/pages.css",
    "/field/sw.js",
    "/field/manifest.webmanifest",
    "/login",
    "/login/oidc",
    "/login/oidc/callback",
    "/invitation",
];

/// Returns all these doors, in the order in which `listed` are.
pub(super) fn sorted<'a>(listed: &[&'a str]) -> Vec<&'a str> {
    let known = |door: &&&str| {
        TELLING.iter().any(|(telling, _)| telling == *door) || BUILT_IN.contains(door)
    };
    listed.iter().filter(known).copied().collect()
}

fn ask(publisher: &Publisher, actor: &Actor, path: &str) -> Answer {
    let bearer = actor.token.iter().map(|token| format!("Bearer {token}"));
    let bearer: Vec<_> = bearer.collect();
    let headers: Vec<_> = bearer
        .iter()
        .map(|bearer| ("Authorization", bearer.as_str()))
        .collect();
    publisher.city.get_with(path, &headers)
}

#[test]
fn what_is_the_same_for_all_tells_nothing_that_is_hidden() {
    let publisher = Publisher::start();
    let layers = publisher.layers.iter();
    let datasets = layers.flat_map(|layer| {
        let known = can_be_published(layer);
        // Beside a public layer those stand that are not, and never a public one.
        let beside = (!known).then(|| (format!("with-{}", layer.id), false));
        beside
            .into_iter()
            .chain([(format!("of-{}", layer.id), known)])
    });
    let datasets: Vec<_> = datasets.collect();
    let mut cells = Cells::default();
    let actors = actors(&publisher.city);
    for address in TELLING.iter().flat_map(|(_, addresses)| *addresses) {
        let paths: Vec<_> = if address.contains("{dataset}") {
            let paths = datasets.iter();
            paths
                .map(|(id, is_known)| (address.replace("{dataset}", id), *is_known))
                .collect()
        } else {
            vec![((*address).to_owned(), true)]
        };
        for (path, is_known) in paths {
            let public = ask(&publisher, &everybody(), &path);
            let expected = if is_known { 200 } else { 404 };
            cells.expect(&path, public.status, expected);
            hidden(&publisher, &mut cells, &path, &public);
            // There are many datasets: who sees most asks for them all.
            let some = actors
                .iter()
                .filter(|actor| actor.name == "administrator" || !address.contains("{dataset}"));
            for actor in some {
                let answer = ask(&publisher, actor, &path);
                let is_same = (answer.status, &answer.body) == (public.status, &public.body);
                cells.expect(&format!("{}: {path} alike", actor.name), is_same, true);
            }
        }
    }
    cells.hold(2_500);
}

/// No layer that is hidden from everybody is named, and no text that is.
fn hidden(publisher: &Publisher, cells: &mut Cells, path: &str, answer: &Answer) {
    let body = String::from_utf8_lossy(&answer.body);
    for layer in publisher.layers.iter() {
        if !everybody().sees_layer(layer) {
            let asked = path.contains(layer.id.as_str());
            let quoted = format!("\"{}\"", layer.id);
            let datasets = ["of", "with"].map(|word| format!("{word}-{}", layer.id));
            let titles = [&quoted, &layer.title.cs, &layer.title.en];
            let mut names = titles.into_iter().chain(&datasets);
            let tells = !asked && names.any(|name| body.contains(name.as_str()));
            cells.expect(&format!("{path} names {}", layer.id), tells, false);
        }
        for row in &publisher.rows[layer.id.as_str()] {
            for class in [PrivacyClass::Internal, PrivacyClass::Personal] {
                if planted::text_field(layer, class).is_some() {
                    let told = body.contains(&row.text(class));
                    cells.expect(&format!("{path} tells {}", row.text(class)), told, false);
                }
            }
        }
    }
}
