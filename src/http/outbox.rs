//! `GET /_poolhouse/outbox`: the messages that carry codes to users, for callers who sign with an access key that was granted the
//! action `poolhouse:ReadOutbox` on the pool. Without a pool, the grant must be for all pools; a key sees its account's alone.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::protocol::Protocol;
use super::rpc::{REQUEST_ID, signer};
use super::{Shared, host};
use crate::access::READ_OUTBOX;
use crate::domain::outbox::{Shown, Wanted};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::log::RequestLine;

/// What the query string may say.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Query {
    user_pool_id: Option<UserPoolId>,
    /// A username, an email address or a phone number.
    username: Option<String>,
}

/// What the log tells of a request: a pool only if there is one, as anything can stand in a query string.
#[derive(Default)]
struct Seen {
    pool: Option<UserPoolId>,
    key_id: Option<String>,
}

/// Shows the messages, or refuses in the words of AWS's front ends.
pub(super) async fn read(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let started = shared.ambient.elapsed();
    let request_id = shared.ambient.uuid().to_string();
    let query = web::Query::<Query>::from_query(request.query_string());
    let (mut seen, query) = (Seen::default(), query.map(web::Query::into_inner));
    let query = query.map_err(|why| {
        let message = format!("Query string: {why}");
        ApiError::invalid_parameter(message).because("the query string cannot be read")
    });
    let shown = shown(&shared, &request, &body, query, &mut seen).await;
    let (mut response, error) = match shown {
        Ok(shown) => (HttpResponse::Ok().json(shown), None),
        Err(error) => (Protocol::Json11.error(&error), Some(error)),
    };
    if let Ok(id) = request_id.parse() {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    RequestLine {
        request_id: &request_id,
        operation: Some("ReadOutbox"),
        pool: seen.pool.as_ref(),
        access_key_id: seen.key_id.as_deref(),
        status: response.status().as_u16(),
        error: error.as_ref(),
        duration: shared.ambient.elapsed().saturating_sub(started),
    }
    .write();
    response
}

/// # Errors
/// As of any signed operation on the pool.
async fn shown(
    shared: &Shared,
    request: &HttpRequest,
    body: &[u8],
    query: Result<Query>,
    seen: &mut Seen,
) -> Result<Shown> {
    shared.audience.admit(&host(request)?, request.headers())?;
    let key = signer(shared, request, body, shared.ambient.now())?;
    seen.key_id = Some(key.id.clone());
    let query = query?;
    let pool = query.user_pool_id.as_ref();
    key.authorize(READ_OUTBOX, pool, &shared.region)?;
    let wanted = Wanted {
        account: Some(key.account.to_string()),
        pool: pool.map(ToString::to_string),
        user: query.username,
    };
    shared
        .store
        .read(|tx| {
            if let Some(id) = pool {
                let pool = tx.pool(id)?;
                seen.pool = Some(pool.id.clone());
                if pool.account != *key.account {
                    return Err(ApiError::foreign_pool(id));
                }
            }
            tx.outbox(&wanted).map(|messages| Shown { messages })
        })
        .await
}
