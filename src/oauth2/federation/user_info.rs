//! What a provider tells of the user whom an access token is of (OpenID Connect Core 1.0 section 5.3).

use serde_json::{Map, Value};

use super::failure::{Asked, failed, unreachable};
use super::party::Party;
use crate::api::Sensitive;
use crate::context::Cx;
use crate::fetch::Call;
use crate::oauth2::error::Result;

/// The claims at this address.
///
/// # Errors
/// Why the provider tells none.
pub(super) async fn user_info(
    cx: &Cx,
    party: &Party,
    endpoint: &str,
    access_token: Sensitive<String>,
) -> Result<Map<String, Value>> {
    let call = if party.tells_by_post() {
        Call::post(endpoint, String::new().into())
    } else {
        Call::get(endpoint)
    };
    let reply = cx.fetch(call.bearing(access_token)).await;
    let reply = reply.map_err(|error| unreachable(Asked::UserInfo, &error))?;
    let (name, status) = (&party.name, reply.status);
    if status != 200 {
        let description = format!("{name} Error - {status} error getting user info");
        return Err(failed(description, format!("userInfo answers {status}")));
    }
    let read = serde_json::from_slice(reply.body.expose());
    read.map_err(|_| failed("Bad userInfo response", "userInfo is not a JSON object"))
}

/// The claims of both, of the ID token where both have one: that is signed.
///
/// # Errors
/// When they are of two users (section 5.3.2).
pub(super) fn merged(
    id_token: Map<String, Value>,
    mut told: Map<String, Value>,
) -> Result<Map<String, Value>> {
    if told.get("sub") != id_token.get("sub") {
        return Err(failed(
            "Bad userInfo response",
            "userInfo is about another user",
        ));
    }
    told.extend(id_token);
    Ok(told)
}
