//! `GET /_poolhouse/health`, open to everybody: whether the process lives, what its clock shows if that is not the system's time,
//! and how many faults may strike if there are any.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::clock::Shown;
use crate::http::exchange::Exchange;
use crate::http::protocol::Protocol;
use crate::http::{Shared, host};

/// That the process lives.
#[derive(Serialize)]
struct Alive {
    status: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<Shown>,
    /// How many faults may strike.
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<usize>,
}

/// Answers with the version, and with the clock and the faults if they were set.
pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("health", &shared, &request);
    exchange.end_with(
        host(&request),
        |_| {
            HttpResponse::Ok().json(Alive {
                status: "ok",
                version: env!("CARGO_PKG_VERSION"),
                clock: shared.ambient.clock_set_to().map(Shown::from),
                faults: Some(shared.faults.count(&shared.ambient)).filter(|count| *count > 0),
            })
        },
        |error| Protocol::Json11.error(error),
    )
}
