//! HTTP: every route on one page, and what stands around them.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, NormalizePath, from_fn};
use actix_web::web::{self, Data, PathConfig, ServiceConfig};
use actix_web::{App, Error, HttpResponse};

mod account;
mod account_acts;
mod answer;
mod answered;
mod asked_token;
mod asker;
mod attachments;
mod base_path;
mod catalog;
mod changes;
mod client;
mod collections;
mod conflict;
mod conflicts;
mod credentials;
mod crs;
mod datasets;
mod differences;
mod doors;
mod downloads;
mod edit;
mod error;
mod etag;
mod events;
mod export;
mod feature;
mod field;
mod form;
mod formats;
mod freshness;
mod gate;
mod health;
mod here;
mod history;
mod https;
mod instant;
mod invitation;
mod items;
mod items_filter;
mod items_order;
mod items_query;
mod json_fg;
mod landing;
mod links;
mod login;
mod manners;
mod map;
mod metrics;
mod oidc;
mod open_api;
mod operations;
mod pages;
mod parameters;
mod preferences;
mod quality;
mod queryables;
mod recorded;
mod recorded_small;
mod request_id;
mod revisions;
mod rights;
mod schema;
mod search;
mod server;
mod session;
mod stored_file;
mod styles;
mod tiles;
mod undo;
mod uploads;
mod user;
mod users;
mod visit;

use self::doors::{Door, Who};
use self::error::HttpError;
use self::server::Entrance;

pub(crate) use self::https::Certificate;
pub(crate) use self::server::{Listeners, serve};

/// Returns every route of the program; `docs/rights-matrix.md` lists the same, and a test compares them.
fn doors() -> Vec<Door> {
    let mut doors = vec![
        // The portal and OGC API Features.
        Door::read("/", landing::page),
        Door::read("/conformance", landing::conformance),
        Door::read("/api", open_api::document),
        Door::view("/collections", collections::list),
        Door::view("/collections/{layer}", collections::one),
        Door::view("/collections/{layer}/schema", schema::of_layer),
        Door::view("/collections/{layer}/queryables", queryables::of_layer),
        Door::view("/collections/{layer}/sortables", queryables::sortables),
        Door::view("/collections/{layer}/items", formats::list).write("POST", edit::create),
        Door::view("/collections/{layer}/items/{id}", items::one)
            .write("PATCH", edit::update)
            .write("PUT", edit::update)
            .write("DELETE", edit::remove),
        // What devices did, and what became of it.
        Door::form(Who::Editors, "/operations", operations::receive),
        Door::read_by(Who::Senders, "/operations/{id}", operations::one),
        Door::view(
            "/collections/{layer}/items/{id}/history",
            history::of_feature,
        ),
        Door::view("/changes", changes::of_layer),
        Door::read_by(Who::Editors, "/revisions", revisions::list),
        Door::read_by(Who::Editors, "/revisions/{number}", revisions::one),
        // What is published: the catalogues that are harvested, and the files of releases.
        Door::read("/catalog", catalog::municipalities),
        Door::read("/catalog/{municipality}", catalog::municipality),
        Door::read("/catalog/{municipality}/datasets/{id}", datasets::dataset),
        Door::read(
            "/catalog/{municipality}/datasets/{id}/distributions/{format}",
            datasets::distribution,
        ),
        Door::read("/downloads/{dataset}/{number}/{file}", downloads::file),
        Door::read("/quality", quality::page),
        Door::read("/rights", rights::page),
        // Tiles and how they are drawn.
        Door::view("/tiles/{layers}", tiles::tile_json),
        Door::view("/tiles/{layers}/{z}/{x}/{y}", tiles::tile),
        Door::view("/events", events::stream),
        Door::view("/styles/{id}.json", styles::style),
        Door::view("/styles/{id}/legend.json", styles::legend),
        Door::read("/fonts/{file}", styles::font),
        Door::read("/sprites/{file}", styles::sprite),
        // The web map.
        Door::view("/search", search::find),
        what_is_here(),
        Door::read("/map", map::page),
        Door::view("/map/config.json", map::config),
        Door::read("/assets/{file:.+}", map::asset),
        Door::read("/pages.css", pages::style_sheet),
        // The map in the field.
        Door::read("/field", field::page),
        Door::read("/field/sw.js", field::worker),
        Door::read("/field/manifest.webmanifest", field::manifest),
        // Robots and machines.
        Door::read("/robots.txt", landing::robots),
        Door::read("/livez", health::live),
        Door::read("/readyz", health::ready),
        Door::read("/healthz", health::up_to_date),
    ];
    doors.extend(doors_of_attachments());
    doors.extend(doors_of_conflicts());
    doors.extend(doors_of_accounts());
    doors.extend(doors_of_users());
    doors
}

/// Returns the route that tells what lies at a place; a drawn one is too long for an address.
fn what_is_here() -> Door {
    let by = Who::EachAudience;
    Door::view("/what-is-here", here::ask).write_by(by, "POST", here::ask_within)
}

/// Returns the routes of photos and documents on features.
fn doors_of_attachments() -> [Door; 6] {
    [
        Door::view(attachments::OF_FEATURE, attachments::list).write("POST", attachments::add),
        Door::view(
            "/collections/{layer}/items/{id}/attachments/{sha256}",
            attachments::content,
        )
        .write("DELETE", attachments::remove),
        Door::form(
            Who::Editors,
            "/collections/{layer}/items/{id}/attachments/{sha256}/remove",
            attachments::remove_by_form,
        ),
        Door::form(Who::Editors, "/attachments", uploads::begin).saying(&uploads::OPTIONS),
        Door::form(Who::Editors, "/attachments/have", uploads::have),
        Door::at("/attachments/{upload}")
            .write("HEAD", uploads::state)
            .write("PATCH", uploads::go_on)
            .write("DELETE", uploads::give_up),
    ]
}

/// Returns the routes by which conflicts are decided and revisions undone.
fn doors_of_conflicts() -> [Door; 5] {
    let by = Who::Deciders;
    [
        Door::read_by(by, "/conflicts", conflicts::list),
        Door::read_by(by, "/conflicts/{id}", conflict::one),
        Door::form(by, "/conflicts/{id}/decision", conflict::decide),
        Door::form(by, "/conflicts/{id}/reopen", conflict::reopen),
        Door::form(by, "/revisions/{number}/undo", undo::undo),
    ]
}

/// Returns the routes by which people log in and look after their accounts.
fn doors_of_accounts() -> [Door; 10] {
    [
        Door::read("/login", login::page).write_by(Who::Everybody, "POST", login::come_in),
        Door::read("/login/oidc", oidc::begin),
        Door::read(oidc::BACK, oidc::finish),
        Door::form(Who::Everybody, "/logout", login::go_out),
        Door::read("/invitation", invitation::page).write_by(
            Who::Everybody,
            "POST",
            invitation::accept,
        ),
        Door::read_by(Who::LoggedIn, "/account", account::page),
        Door::form(Who::LoggedIn, "/account/password", account::change_password),
        Door::form(
            Who::LoggedIn,
            "/account/sessions/end",
            account::end_sessions,
        ),
        Door::form(Who::LoggedIn, "/account/tokens", account::make_token),
        Door::form(
            Who::LoggedIn,
            "/account/tokens/revoke",
            account::revoke_token,
        ),
    ]
}

/// Returns the routes by which administrators look after users.
fn doors_of_users() -> Vec<Door> {
    let by = Who::Administrators;
    vec![
        Door::read_by(by, "/users", users::list).write_by(by, "POST", users::add),
        Door::read_by(by, "/users/{name}", user::page),
        Door::form(by, "/users/{name}/roles", user::grant),
        Door::form(by, "/users/{name}/roles/withdraw", user::withdraw),
        Door::form(by, "/users/{name}/link", user::make_link),
        Door::form(by, "/users/{name}/sessions/end", user::end_sessions),
        Door::form(by, "/users/{name}/tokens/revoke", user::revoke_tokens),
        Door::form(by, "/users/{name}/disable", user::disable),
        Door::form(by, "/users/{name}/enable", user::enable),
    ]
}

/// Puts together what answers a request: the doors, and around them what every answer has.
fn app(
    entrance: &Entrance,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(Data::clone(&entrance.city))
        .app_data(Data::clone(&entrance.open_maps))
        .app_data(Data::clone(&entrance.gate))
        .app_data(Data::clone(&entrance.metrics))
        .app_data(PathConfig::default().error_handler(|_, _| HttpError::NoSuchTile.into()))
        .wrap(from_fn(base_path::put_before))
        .wrap(from_fn(gate::of_requests))
        .wrap(from_fn(error::in_the_clients_language))
        .wrap(from_fn(session::of_every_answer))
        .wrap(Compress::default())
        .wrap(NormalizePath::trim())
        .wrap(from_fn(freshness::of_every_answer))
        .wrap(from_fn(base_path::taken_off))
        .wrap(from_fn(manners::of_every_answer))
        .configure(routes)
}

fn routes(app: &mut ServiceConfig) {
    for door in doors() {
        door.open(app);
    }
    app.default_service(web::to(nothing_here));
}

async fn nothing_here() -> Result<HttpResponse, HttpError> {
    Err(HttpError::NoSuchPage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_stands_in_the_rights_matrix() {
        let written = include_str!("../../docs/rights-matrix.md");
        let rows: Vec<&str> = written
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        let expected: Vec<String> = doors()
            .iter()
            .flat_map(|door| door.ways.iter().map(move |way| (door.path, way)))
            .map(|(path, way)| format!("| `{path}` | {} | {} |", way.methods, way.who))
            .collect();
        assert_eq!(
            rows, expected,
            "docs/rights-matrix.md and http.rs must list the same doors"
        );
    }
}
