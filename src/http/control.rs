//! The control endpoints under `/_poolhouse/`, open to everybody: they tell whether the server lives and is ready.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::Shared;

/// The process lives.
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

/// Requests can be answered: the registry can be read.
pub(super) async fn ready(shared: web::Data<Shared>) -> HttpResponse {
    match shared.store.probe() {
        Ok(()) => HttpResponse::Ok().json(json!({"status": "ready"})),
        Err(error) => {
            tracing::error!(%error, "not ready");
            HttpResponse::ServiceUnavailable().json(json!({"status": "not ready"}))
        }
    }
}
