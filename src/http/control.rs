//! The control endpoints under `/_poolhouse/`, open to everybody: they tell whether the server lives and is ready.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::protocol::Protocol;
use super::{Shared, host};

/// The process lives.
pub(super) async fn health(request: HttpRequest) -> HttpResponse {
    if let Err(error) = host(&request) {
        return Protocol::Json11.error(&error);
    }
    HttpResponse::Ok().json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

/// Requests can be answered: the registry can be read.
pub(super) async fn ready(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    if let Err(error) = host(&request) {
        return Protocol::Json11.error(&error);
    }
    match shared.store.probe() {
        Ok(()) => HttpResponse::Ok().json(json!({"status": "ready"})),
        Err(error) => {
            tracing::error!(%error, "not ready");
            HttpResponse::ServiceUnavailable().json(json!({"status": "not ready"}))
        }
    }
}
