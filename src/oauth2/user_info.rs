//! `/oauth2/userInfo` (OpenID Connect Core 1.0 section 5.3; AWS's guide "userInfo endpoint").

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::api::{ErrorCode, Sensitive};
use crate::context::{Cx, PoolKeys, UnverifiedBearer};
use crate::domain::pool::Pool;
use crate::domain::scopes::OPENID;
use crate::domain::tokens;
use crate::error::ApiError;
use crate::oauth2::domain::PoolDomain;

/// Why nothing is told of the user. Each holds the error for the log.
#[derive(Debug)]
pub(crate) enum UserInfoError {
    /// The request shows no token.
    NoToken(ApiError),
    /// The token does not count.
    InvalidToken(ApiError),
    /// The token does not have the scope `openid`.
    NoOpenid(ApiError),
    /// The server fails, or a quota is used up.
    Fault(ApiError),
}

impl From<ApiError> for UserInfoError {
    fn from(error: ApiError) -> Self {
        let faults = [
            ErrorCode::InternalErrorException,
            ErrorCode::TooManyRequestsException,
        ];
        if faults.contains(&error.code) {
            Self::Fault(error)
        } else {
            Self::InvalidToken(error)
        }
    }
}

/// The token in this header `Authorization`.
///
/// # Errors
/// That there is none, or that it is none of a pool.
pub(crate) fn shown_token(authorization: Option<&str>) -> Result<UnverifiedBearer, UserInfoError> {
    let token = authorization.and_then(bearer_token);
    let none = || UserInfoError::NoToken(refused("no bearer token is sent"));
    Ok(UnverifiedBearer::read(&token.ok_or_else(none)?)?)
}

fn refused(why: &'static str) -> ApiError {
    ApiError::not_authorized(why)
}

/// What a token, which these keys of its pool are to verify, lets its bearer know of its user.
///
/// # Errors
/// Why nothing is told.
pub(crate) async fn user_info(
    cx: &Cx,
    domain: &PoolDomain,
    token: UnverifiedBearer,
    keys: (Arc<Pool>, PoolKeys),
) -> Result<Map<String, Value>, UserInfoError> {
    let bearer = token.verified(cx, keys)?;
    if !bearer.scopes().contain(OPENID) {
        let why = "Access token does not contain openid scope";
        return Err(UserInfoError::NoOpenid(refused(why)));
    }
    cx.take_for_user(bearer.sub())?;
    let pool = domain.pool.id.clone();
    let told = cx.read(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        if holder.pool.id != pool {
            return Err(refused("the token is another pool's"));
        }
        let scopes = bearer.scopes();
        Ok(tokens::user_info(&holder.app, &holder.record, scopes))
    });
    Ok(told.await?)
}

/// The token of the scheme `Bearer` (RFC 6750 section 2.1). Returns `None` if the header is of another scheme.
fn bearer_token(header: &str) -> Option<Sensitive<String>> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let is_bearer = scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty();
    is_bearer.then(|| token.to_owned().into())
}
