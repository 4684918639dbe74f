//! `GET /_poolhouse/health`, open to everybody: whether the process lives.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::http::exchange::Exchange;
use crate::http::protocol::Protocol;
use crate::http::{Shared, host};

/// Answers with the version.
pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
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
