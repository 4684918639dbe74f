//! Callers that show an access token instead of a signature.

use std::sync::Arc;

use super::{Cx, PoolKeys};
use crate::api::Sensitive;
use crate::auth::jwt::UnverifiedJwt;
use crate::domain::client::AppClient;
use crate::domain::pool::Pool;
use crate::domain::scopes::Scopes;
use crate::domain::tokens::{AccessToken, pool_of_issuer};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::store::ReadTx;

/// An access token whose signature has not been verified. It tells whose keys are to verify it.
pub(crate) struct UnverifiedBearer {
    pool: UserPoolId,
    token: UnverifiedJwt,
}

impl UnverifiedBearer {
    /// Reads a token.
    ///
    /// # Errors
    /// `NotAuthorizedException` of a text that is no token of a pool.
    pub(crate) fn read(token: &Sensitive<String>) -> Result<Self> {
        let invalid = || ApiError::not_authorized("Invalid Access Token");
        let token = UnverifiedJwt::parse(token.expose())
            .ok_or_else(|| invalid().because("it is not a token"))?;
        let pool = pool_of_issuer(token.claims())
            .ok_or_else(|| invalid().because("the issuer of the token is not a pool"))?;
        Ok(Self { pool, token })
    }

    /// The pool that the token names.
    pub(crate) fn pool(&self) -> &UserPoolId {
        &self.pool
    }

    /// Verifies the token with its pool's keys.
    ///
    /// # Errors
    /// `NotAuthorizedException` of a token that was altered, or that has expired.
    pub(crate) fn verified(self, cx: &Cx, (pool, keys): (Arc<Pool>, PoolKeys)) -> Result<Bearer> {
        let token = self.token;
        let id_token = token.kid() == keys.id.kid();
        let claims = token
            .verified_by(if id_token { &keys.id } else { &keys.access })
            .ok_or_else(forged)?;
        let token = AccessToken::of(&claims, cx.now)?;
        Ok(Bearer { pool, token })
    }
}

fn forged() -> ApiError {
    ApiError::not_authorized("Could not verify signature for Access Token")
}

/// An access token whose signature and expiry are right. [`Cx::holder`] finds out whether it has been revoked.
pub(crate) struct Bearer {
    /// The pool as it was then.
    pool: Arc<Pool>,
    token: AccessToken,
}

impl Bearer {
    /// The sub of the user that the token names.
    pub(crate) fn sub(&self) -> &str {
        &self.token.sub
    }

    /// Foresees what [`Cx::holder`] reads.
    fn foresee(&self, tx: &ReadTx<'_>) {
        let _ = tx.pool(&self.pool.id);
        let _ = tx.find_user_by_sub(&self.pool, &self.token.sub);
        let _ = tx.app_client(&self.token.client);
        if let Some(origin_jti) = &self.token.origin_jti {
            let _ = tx.find_sign_in(origin_jti);
        }
    }

    /// The scopes of the token.
    pub(crate) fn scopes(&self) -> &Scopes {
        &self.token.scopes
    }
}

/// The user that an access token belongs to.
pub(crate) struct Holder {
    pub(crate) pool: Arc<Pool>,
    pub(crate) user: User,
    pub(crate) record: UserRecord,
    /// The client that it was given to.
    pub(crate) app: AppClient,
    /// The row of the sign-in that it follows from.
    pub(crate) sign_in: i64,
}

impl Cx {
    /// Verifies an access token that may call the API, and takes the request from the quota of the user that it names.
    ///
    /// # Errors
    /// `NotAuthorizedException` of a token that no pool of this server issued, that was altered, that has expired, or that does not
    /// have the scope of the API; `TooManyRequestsException`.
    pub(crate) async fn bearer(&self, token: &Sensitive<String>) -> Result<Bearer> {
        let token = UnverifiedBearer::read(token)?;
        let pool = token.pool.clone();
        let keys = self
            .read(move |cx, tx| cx.verifying_keys(tx, &pool))
            .await?;
        let bearer = token.verified(self, keys)?;
        bearer.token.check_api_scope()?;
        self.take_for_user(&bearer.token.sub)?;
        Ok(bearer)
    }

    /// The pool of this id, and the keys that are to verify its tokens.
    ///
    /// # Errors
    /// `NotAuthorizedException` of a pool that this server does not have, or that has never given a token.
    pub(crate) fn verifying_keys(
        &self,
        tx: &ReadTx<'_>,
        pool: &UserPoolId,
    ) -> Result<(Arc<Pool>, PoolKeys)> {
        let found = tx.find_pool_with_keys(pool)?;
        let (pool, kept) = found.ok_or_else(|| forged().because("there is no such pool"))?;
        self.seen.set_pool(&pool.id);
        let keys = self.key_ring.keys_of(tx, &pool, kept)?;
        let keys = keys.ok_or_else(|| forged().because("the pool has never given a token"))?;
        Ok((pool, keys))
    }

    /// The user that the token belongs to.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the token was revoked or the user disabled, `ResourceNotFoundException` when the pool or
    /// the client is gone, `UserNotFoundException` when the user is.
    pub(crate) fn holder(&self, tx: &ReadTx<'_>, bearer: &Bearer) -> Result<Holder> {
        let token = &bearer.token;
        tx.foresee(|tx| bearer.foresee(tx));
        let pool = tx.pool(&bearer.pool.id)?;
        let found = tx.find_user_by_sub(&pool, &token.sub)?;
        let (user, record) = found.ok_or_else(ApiError::no_such_user)?;
        let revoked = || ApiError::not_authorized("Access Token has been revoked");
        let (owner, app) = tx.app_client(&token.client)?;
        self.seen.set_client(&app.id);
        if owner != pool.id {
            return Err(revoked().because("the client is another pool's by now"));
        }
        let sign_in = match &token.origin_jti {
            Some(origin_jti) => tx
                .find_sign_in(origin_jti)?
                .and_then(|(sign_in, whose)| (whose == user.row).then_some(sign_in)),
            None => tx.find_sign_in_at(&user, app.row, token.auth_time)?,
        };
        let sign_in = sign_in.ok_or_else(revoked)?;
        if !record.enabled {
            return Err(ApiError::user_disabled());
        }
        Ok(Holder {
            pool,
            user,
            record,
            app,
            sign_in,
        })
    }
}
