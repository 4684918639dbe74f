//! Which pool a request for an operation is about.

use serde::Deserialize;

use super::Shared;
use crate::api::Sensitive;
use crate::auth::jwt::UnverifiedJwt;
use crate::domain::tokens::pool_of_issuer;
use crate::ids::{ClientId, UserPoolId};

/// The members by which requests of apps lead to a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    client_id: Option<ClientId>,
    access_token: Option<Sensitive<String>>,
}

/// The pool that the request names, or else that of the client or of the access token that its body names. Returns `None` if it names
/// none of them, or nothing that exists. Nothing is proved by what this finds.
pub(super) async fn pool(
    shared: &Shared,
    named: Option<&UserPoolId>,
    body: &[u8],
) -> Option<UserPoolId> {
    if let Some(pool) = named {
        return Some(pool.clone());
    }
    let named: Named = serde_json::from_slice(body).ok()?;
    if let Some(token) = named.access_token {
        let token = UnverifiedJwt::parse(token.expose())?;
        return pool_of_issuer(token.claims());
    }
    let client = named.client_id?;
    let found = shared.store.read(move |tx| tx.app_client(&client)).await;
    found.ok().map(|(pool, _)| pool)
}
