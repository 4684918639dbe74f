//! `GET /_poolhouse/outbox`: the messages that carry codes to users. The caller signs with an access key that is granted the
//! action `poolhouse:ReadOutbox` on the pool, or on all pools if the query names none. A key sees the messages of its own account
//! only. A request that names a time waits for messages that are not there yet.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::signed::{self, Call};
use super::waiting;
use crate::access::READ_OUTBOX;
use crate::domain::outbox::{MessageFilter, MessageList};
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::ids::UserPoolId;

/// The longest time that a request may wait, in seconds: less than proxies and clients wait for an answer.
const MAX_WAIT: u64 = 30;

/// The parameters of the query string.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Query {
    user_pool_id: Option<UserPoolId>,
    /// A username, an email address or a phone number.
    username: Option<String>,
    /// Only messages with a greater id.
    #[serde(default, rename = "after")]
    after: i64,
    /// How long to wait for a message, in seconds.
    #[serde(default, rename = "wait")]
    wait: u64,
}

/// Answers with the messages, or with an error in the words of AWS's front ends.
pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ReadOutbox", shared, request, body, messages).await
}

/// The messages that the query asks for.
///
/// # Errors
/// Those of any signed operation on the pool.
async fn messages(call: &Call<'_>) -> Result<MessageList> {
    let Call {
        shared,
        exchange,
        request,
        key,
        ..
    } = call;
    let query: Query = call.query()?;
    if query.wait > MAX_WAIT {
        return Err(ApiError::invalid_parameter(format!(
            "Query string: wait must be at most {MAX_WAIT} seconds"
        )));
    }
    let pool = query.user_pool_id;
    key.authorize(READ_OUTBOX, pool.as_ref(), &shared.region)?;
    if let Some(id) = pool.clone() {
        let (account, seen) = (key.account.clone(), Arc::clone(&exchange.seen));
        let check = shared.store.read(move |tx| {
            let pool = tx.pool(&id)?;
            // The log names only a pool that exists, since a query string can hold anything.
            seen.set_pool(&pool.id);
            if pool.account != account {
                return Err(ApiError::foreign_pool(&id));
            }
            Ok(())
        });
        check.await?;
    }
    let wanted = MessageFilter {
        account: Some(key.account.clone()),
        pool: pool.map(|id| id.to_string()),
        user: query.username,
        after: query.after,
    };
    if query.wait > 0 {
        return waiting::messages(shared, request, wanted, Duration::from_secs(query.wait)).await;
    }
    shared.store.read(move |tx| tx.outbox(&wanted)).await
}
