//! `GET /_poolhouse/feedback-token`: the token by which a user says whether an event was the user's own. A message about the event
//! would carry it, so the caller needs the grant of reading messages, `poolhouse:ReadOutbox`, on the pool.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::signed::{self, Call};
use crate::access::READ_OUTBOX;
use crate::auth::feedback_token;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::ids::{UserPoolId, Username};
use crate::store::ReadTx;

/// The parameters of the query string.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Query {
    user_pool_id: UserPoolId,
    username: Username,
    event_id: String,
}

/// Answers with the token, or with an error in the words of AWS's front ends.
pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ReadFeedbackToken", shared, request, body, token).await
}

/// The token of the event that the query names.
///
/// # Errors
/// Those of any signed operation on a user; `UserPoolAddOnNotEnabledException`; `ResourceNotFoundException` when the user has no
/// such event.
async fn token(call: &Call<'_>) -> Result<Value> {
    let Call {
        shared,
        exchange,
        key,
        ..
    } = call;
    let query: Query = call.query()?;
    key.authorize(READ_OUTBOX, Some(&query.user_pool_id), &shared.region)?;
    let (account, seen) = (key.account.clone(), Arc::clone(&exchange.seen));
    shared
        .store
        .read(move |tx| {
            // The log names only a pool that exists, since a query string can hold anything.
            let pool = tx.pool(&query.user_pool_id)?;
            seen.set_pool(&pool.id);
            if pool.account != account {
                return Err(ApiError::foreign_pool(&pool.id));
            }
            token_of(tx, &pool, &query)
        })
        .await
}

fn token_of(tx: &ReadTx<'_>, pool: &Pool, query: &Query) -> Result<Value> {
    let configuration = pool.configuration()?;
    configuration.check_threat_protection()?;
    let user = tx.user(pool, configuration, &query.username)?;
    tx.check_auth_event(&user, &query.event_id)?;
    // A pool whose users have events has signed somebody in.
    let keys = tx.find_pool_keys(pool)?;
    let keys = keys.ok_or_else(ApiError::no_such_event)?;
    let sub = tx.user_record(&user)?.sub;
    let token = feedback_token::of(&keys.seal, &sub, &query.event_id);
    Ok(json!({"FeedbackToken": token.expose()}))
}
