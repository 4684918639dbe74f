//! `GET /_poolhouse/outbox`: the messages that carry codes to users, for callers who sign with an access key that was granted the
//! action `poolhouse:ReadOutbox` on the pool. Without a pool, the grant must be for all pools; a key sees its account's alone.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::body::Body;
use super::exchange::Exchange;
use super::protocol::Protocol;
use super::rpc::read_signed;
use super::{Shared, host};
use crate::access::READ_OUTBOX;
use crate::domain::outbox::{Shown, Wanted};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;

/// What the query string may say.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Query {
    user_pool_id: Option<UserPoolId>,
    /// A username, an email address or a phone number.
    username: Option<String>,
}

/// Shows the messages, or refuses in the words of AWS's front ends.
pub(super) async fn read(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let mut body = Body::new(body);
    let exchange = Exchange::at("ReadOutbox", &shared, &request);
    let shown = shown(&shared, &exchange, &request, &mut body).await;
    let response = exchange.end_with(
        shown,
        |shown| HttpResponse::Ok().json(shown),
        |error| Protocol::Json11.error(error),
    );
    body.let_go().await;
    response
}

/// # Errors
/// As of any signed operation on the pool.
async fn shown(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    body: &mut Body,
) -> Result<Shown> {
    shared.audience.admit(&host(request)?, request.headers())?;
    let (key, _) = read_signed(shared, exchange, request, body).await?;
    let query = web::Query::<Query>::from_query(request.query_string()).map_err(|why| {
        ApiError::invalid_parameter(format!("Query string: {why}"))
            .because("the query string cannot be read")
    })?;
    let query = query.into_inner();
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
                // Only a pool that there is, as anything can stand in a query string.
                exchange.seen.set_pool(&pool.id);
                if pool.account != *key.account {
                    return Err(ApiError::foreign_pool(id));
                }
            }
            tx.outbox(&wanted).map(|messages| Shown { messages })
        })
        .await
}
