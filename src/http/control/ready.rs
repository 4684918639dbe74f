//! `GET /_poolhouse/ready`, open to everybody: whether requests can be answered, because the registry can be read.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::api::ErrorCode;
use crate::http::exchange::Exchange;
use crate::http::protocol::Protocol;
use crate::http::{Shared, host};

/// Answers with status 200 if the registry can be read, otherwise with status 503.
pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("ready", &shared, &request);
    let ready = match host(&request) {
        Ok(_) => shared.store.probe().await,
        Err(refusal) => Err(refusal),
    };
    exchange.end_with(
        ready,
        |()| HttpResponse::Ok().json(json!({"status": "ready"})),
        |error| {
            if error.code == ErrorCode::MalformedHttpRequestException {
                return Protocol::Json11.error(error);
            }
            HttpResponse::ServiceUnavailable().json(json!({"status": "not ready"}))
        },
    )
}
