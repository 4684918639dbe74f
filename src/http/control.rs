//! The control endpoints under `/_poolhouse/`. That the server lives and is ready is told to everybody; what shows anything of
//! the registry needs a signature like an operation's, by an access key that is granted it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::protocol::Protocol;
use super::{Shared, sigv4};
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};

/// The name by which access keys are granted the outbox.
const READ_OUTBOX: &str = "ReadOutbox";

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

/// Which messages are asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted {
    user_pool_id: Option<UserPoolId>,
    username: Option<Username>,
}

/// The messages with codes that Cognito would have sent to users, for a caller with an access key.
pub(super) async fn outbox(
    shared: web::Data<Shared>,
    request: HttpRequest,
    wanted: web::Query<Wanted>,
) -> HttpResponse {
    match read_outbox(&shared, &request, &wanted) {
        Ok(messages) => HttpResponse::Ok().json(messages),
        Err(error) => {
            tracing::info!(%error, "the outbox was not shown");
            Protocol::Json11.error(&error)
        }
    }
}

fn read_outbox(shared: &Shared, request: &HttpRequest, wanted: &Wanted) -> Result<Value> {
    let signed = sigv4::Signed {
        method: request.method().as_str(),
        path: request.path(),
        query: request.query_string(),
        headers: request.headers(),
        body: &[],
    };
    let key = sigv4::verify(&signed, &shared.keys, &shared.region, shared.ambient.now())?;
    key.authorize(READ_OUTBOX, wanted.user_pool_id.as_ref(), &shared.region)?;
    let messages = shared.store.read(|tx| {
        tx.outbox(
            Some(&key.account),
            wanted.user_pool_id.as_ref(),
            wanted.username.as_ref(),
        )
    })?;
    let messages = serde_json::to_value(messages).map_err(ApiError::internal)?;
    Ok(json!({"Messages": messages}))
}
