//! `/_poolhouse/requests`: the last requests with their true outcome, and what became of one of them. The caller signs with an access
//! key that is granted the action `poolhouse:ReadRequests`. Requests of these endpoints are not among those that are shown.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::signed::{self, Call};
use crate::access::READ_REQUESTS;
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::http::Shared;

/// The most requests that are shown at once.
const MOST: usize = 1000;

/// The parameters of the query string.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    /// Only requests with a greater number.
    #[serde(default)]
    after: u64,
}

/// Answers with the last requests, the newest last.
pub(super) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ReadRequests", shared, request, body, async |call| {
        admit(call)?;
        let query: Query = call.query()?;
        let (requests, last) = call.shared.recent.since(query.after, MOST);
        Ok(json!({"Requests": requests, "LastNumber": last}))
    })
    .await
}

/// Answers with what became of a request.
pub(super) async fn explain(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ExplainRequest", shared, request, body, explained).await
}

/// Checks that the caller may read about requests, and hides this one from those who do.
///
/// # Errors
/// Those of the grant.
fn admit(call: &Call<'_>) -> Result<()> {
    call.authorize_for_server(READ_REQUESTS)?;
    call.exchange.seen.hide();
    Ok(())
}

async fn explained(call: &Call<'_>) -> Result<Value> {
    admit(call)?;
    let id = call.request.match_info().get("id").unwrap_or_default();
    let id = Uuid::try_parse(id);
    let found = id.ok().and_then(|id| call.shared.recent.explain(id));
    let found = found.ok_or_else(|| {
        ApiError::new(
            ErrorCode::ResourceNotFoundException,
            "No request of this id is among the last ones of this server.",
        )
    })?;
    Ok(json!({"Request": found.line, "Passed": found.passed, "RefusedBy": found.refused_by}))
}
