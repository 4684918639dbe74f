//! The control endpoints under `/_poolhouse/`, which are Poolhouse's own: a file for each.

mod clock;
mod copied;
mod faults;
mod feedback_token;
mod health;
mod import_log;
mod import_upload;
mod metrics;
mod outbox;
mod ready;
mod requests;
mod seeds;
mod signed;
mod snapshots;
mod waiting;

use actix_web::web;

use super::exchange::{get, put, resource};

pub(super) use clock::Shown as ShownClock;
pub(super) use waiting::MAX_WAITING;

/// Adds the paths of all control endpoints.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .service(get("/_poolhouse/health", health::answer))
        .service(get("/_poolhouse/ready", ready::answer))
        .service(get("/_poolhouse/outbox", outbox::answer))
        .service(get("/_poolhouse/feedback-token", feedback_token::answer))
        .service(get("/_poolhouse/import-log", import_log::answer))
        .service(resource(
            "/_poolhouse/clock",
            "DELETE, GET, POST",
            [
                web::get().to(clock::read),
                web::post().to(clock::change),
                web::delete().to(clock::reset),
            ],
        ))
        .service(resource(
            "/_poolhouse/faults",
            "DELETE, GET, POST",
            [
                web::get().to(faults::list),
                web::post().to(faults::add),
                web::delete().to(faults::clear),
            ],
        ))
        .service(resource(
            "/_poolhouse/faults/{id}",
            "DELETE",
            [web::delete().to(faults::clear)],
        ))
        .service(get("/_poolhouse/metrics", metrics::answer))
        .service(get("/_poolhouse/requests", requests::list))
        .service(get("/_poolhouse/requests/{id}", requests::explain))
        .service(resource(
            "/_poolhouse/seeds",
            "GET, POST",
            [web::get().to(seeds::export), web::post().to(seeds::apply)],
        ))
        .service(get("/_poolhouse/snapshots", snapshots::list))
        .service(resource(
            "/_poolhouse/snapshots/{name}",
            "DELETE, PUT",
            [
                web::put().to(snapshots::save),
                web::delete().to(snapshots::delete),
            ],
        ))
        .service(resource(
            "/_poolhouse/snapshots/{name}/restore",
            "POST",
            [web::post().to(snapshots::restore)],
        ))
        .service(put(
            "/_poolhouse/import/{account}/{pool}/{job}",
            import_upload::answer,
        ));
}
