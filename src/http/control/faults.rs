//! `/_poolhouse/faults`: what requests are made to suffer. `GET` lists the faults, `POST` adds one, `DELETE` removes all or one of them.
//! The caller signs with an access key that is granted the action `poolhouse:SetFaults`, and the settings must allow it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::signed::{self, Call};
use crate::access::SET_FAULTS;
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::faults::Rule;
use crate::http::Shared;

/// Answers with all faults.
pub(super) async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ListFaults", shared, request, body, async |call| {
        call.authorize_for_tests(SET_FAULTS)?;
        Ok(all(call))
    })
    .await
}

/// Adds a fault, and answers with it.
pub(super) async fn add(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("AddFault", shared, request, body, async |call| {
        call.authorize_for_tests(SET_FAULTS)?;
        let rule: Rule = call.body()?;
        let shared = call.shared;
        let added = shared.faults.add(rule, &shared.ambient)?;
        tell(shared, added.in_words());
        Ok(json!({"Fault": added}))
    })
    .await
}

/// Removes the fault that the path names, or all of them, and answers with those that are left.
pub(super) async fn clear(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ClearFaults", shared, request, body, async |call| {
        call.authorize_for_tests(SET_FAULTS)?;
        let id = call.request.match_info().get("id");
        remove(call, id)?;
        Ok(all(call))
    })
    .await
}

/// # Errors
/// `ResourceNotFoundException` when there is no fault of this id.
fn remove(call: &Call<'_>, id: Option<&str>) -> Result<()> {
    let unknown = || {
        ApiError::new(
            ErrorCode::ResourceNotFoundException,
            "This server has no fault of this id.",
        )
    };
    let number = id.map(str::parse).transpose().map_err(|_| unknown())?;
    if !call.shared.faults.clear(number) && number.is_some() {
        return Err(unknown());
    }
    let cleared = number.map_or_else(|| "all".to_owned(), |id| id.to_string());
    tell(call.shared, format!("{cleared} cleared"));
    Ok(())
}

/// Tells the log of the change.
fn tell(shared: &Shared, change: String) {
    shared.log.event("Fault", Some(("change", change)));
}

fn all(call: &Call<'_>) -> Value {
    json!({"Faults": call.shared.faults.all(&call.shared.ambient)})
}
