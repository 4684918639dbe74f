//! The fake identity provider of a pool.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::auth::es256::Es256Key;
use crate::auth::seal::SealKey;
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::domain::provider::{IdentityProvider, MAX_PROVIDERS};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::store::ReadTx;

/// The id of its only key.
pub(super) const KID: &str = "fake";

/// The fake identity provider of a pool.
pub(crate) struct FakeProvider {
    pub(super) cx: Cx,
    pub(super) pool: Arc<Pool>,
    pub(super) issuer: String,
    pub(super) seal: Arc<SealKey>,
}

/// The path of the pool's fake identity provider on the server.
fn path_of(pool: &UserPoolId) -> String {
    format!("/_poolhouse/idp/{pool}")
}

impl FakeProvider {
    /// That of the pool with this id, at the address of the server that its caller used.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such pool.
    pub(crate) async fn open(cx: &Cx, id: UserPoolId) -> Result<Self> {
        let pool = cx.read(move |_, tx| tx.pool(&id)).await?;
        cx.seen.set_pool(&pool.id);
        let keys = cx.key_ring.keys(&pool).await?;
        Ok(Self {
            issuer: format!("{}{}", cx.issuer.server(&cx.host), path_of(&pool.id)),
            seal: Arc::clone(&keys.seal),
            cx: cx.clone(),
            pool,
        })
    }

    /// The discovery document (OpenID Connect Discovery 1.0 section 3).
    pub(crate) fn discovery(&self) -> Value {
        let issuer = &self.issuer;
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        })
    }

    /// Its public key.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(crate) fn jwks(&self) -> Result<Value> {
        Ok(json!({"keys": [self.key()?.jwk(KID)]}))
    }

    /// The key that it signs with. It follows from the pool's, so that all servers of a registry have the same.
    pub(super) fn key(&self) -> Result<Es256Key> {
        let seed = self.seal.derive("fake identity provider", &[]);
        Es256Key::of_seed(seed).ok_or_else(|| ApiError::internal("the seed is no key"))
    }

    /// The pool's provider that is its client of this id. Returns `None` if there is none.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn find_client(
        pool: &Pool,
        tx: &ReadTx<'_>,
        id: &str,
    ) -> Result<Option<IdentityProvider>> {
        let path = path_of(&pool.id);
        let is_client = |provider: &IdentityProvider| {
            let detail = |name: &str| provider.details.get(name).map(String::as_str);
            let is_issuer = detail("oidc_issuer").is_some_and(|issuer| issuer.ends_with(&path));
            is_issuer && detail("client_id") == Some(id)
        };
        let mut providers = tx.providers(pool, None, MAX_PROVIDERS)?.items.into_iter();
        match providers.find(is_client) {
            Some(found) => tx.find_provider(pool, &found.name),
            None => Ok(None),
        }
    }
}
