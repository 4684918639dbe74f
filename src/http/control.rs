//! The control endpoints under `/_poolhouse/`, open to everybody: they tell whether the server lives and is ready.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::exchange::Exchange;
use super::protocol::Protocol;
use super::{Shared, host};
use crate::api::ErrorCode;

/// The process lives.
pub(super) async fn health(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("health", &shared, &request);
    exchange.end_with(
        host(&request),
        |_| {
            let alive = json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")});
            HttpResponse::Ok().json(alive)
        },
        |error| Protocol::Json11.error(error),
    )
}

/// Requests can be answered: the registry can be read.
pub(super) async fn ready(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("ready", &shared, &request);
    exchange.end_with(
        host(&request).and_then(|_| shared.store.probe()),
        |()| HttpResponse::Ok().json(json!({"status": "ready"})),
        |error| {
            if error.code == ErrorCode::MalformedHttpRequestException {
                return Protocol::Json11.error(error);
            }
            HttpResponse::ServiceUnavailable().json(json!({"status": "not ready"}))
        },
    )
}
