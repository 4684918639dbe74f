//! New tokens for a refresh token, and revoking tokens.

use crate::api::{
    AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse, ErrorCode,
    GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse, GlobalSignOutRequest,
    GlobalSignOutResponse, RevokeTokenRequest, RevokeTokenResponse,
};
use crate::context::Cx;
use crate::error::{ApiError, Result};
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::sign_in::revocation::Revocation;
use crate::sign_in::{Caller, ClientContext, UserContext, refresh, revocation};

/// The operations of tokens.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserAuthentication, get_tokens_from_refresh_token)
        .op(Category::UserUpdate, admin_user_global_sign_out)
        .op(Category::UserUpdate, global_sign_out)
        .op(Category::UserToken, revoke_token)
}

/// Gives new tokens for a refresh token, with another refresh token in its place where the client rotates them.
pub(crate) async fn get_tokens_from_refresh_token(
    cx: Cx,
    request: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse> {
    let told = UserContext::default();
    let client = ClientContext::open(&cx, Caller::App, request.client_id, told).await?;
    client
        .check_secret(request.client_secret.as_ref())
        .map_err(|why| ApiError::not_authorized("Client secret does not match.").because(why))?;
    let grant = refresh::by_token(&client, request.refresh_token, request.device_key).await?;
    let result = grant.issue(&client).await?;
    cx.seen.set_next(None);
    Ok(GetTokensFromRefreshTokenResponse {
        authentication_result: Some(result),
    })
}

/// Revokes a refresh token, and every token that follows from the same sign-in. A token that does not count is not an error
/// (RFC 7009 section 2.2).
pub(crate) async fn revoke_token(
    cx: Cx,
    request: RevokeTokenRequest,
) -> Result<RevokeTokenResponse> {
    let unauthorized =
        |why: &str| ApiError::new(ErrorCode::UnauthorizedException, "Invalid client.").because(why);
    let told = UserContext::default();
    let client = ClientContext::open(&cx, Caller::App, request.client_id, told).await;
    let client = client.map_err(|error| {
        if error.code == ErrorCode::ResourceNotFoundException {
            unauthorized("there is no such client")
        } else {
            error
        }
    })?;
    client
        .check_secret(request.client_secret.as_ref())
        .map_err(unauthorized)?;
    match revocation::revoke(&client, request.token).await? {
        Revocation::Done => Ok(RevokeTokenResponse {}),
        Revocation::Disabled => Err(ApiError::new(
            ErrorCode::UnsupportedOperationException,
            "Token revocation is disabled for this client.",
        )),
        Revocation::NoRefreshToken => Err(ApiError::new(
            ErrorCode::UnsupportedTokenTypeException,
            "Unsupported token type.",
        )),
        Revocation::OfAnotherClient => Err(unauthorized("the token was given to another client")),
    }
}

/// Revokes all tokens of the user.
pub(crate) async fn global_sign_out(
    cx: Cx,
    request: GlobalSignOutRequest,
) -> Result<GlobalSignOutResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        tx.revoke_sign_ins(&holder.user)
    })
    .await?;
    Ok(GlobalSignOutResponse {})
}

/// Revokes all tokens of a user.
pub(crate) async fn admin_user_global_sign_out(
    cx: Cx,
    request: AdminUserGlobalSignOutRequest,
) -> Result<AdminUserGlobalSignOutResponse> {
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        tx.revoke_sign_ins(&user)
    })
    .await?;
    Ok(AdminUserGlobalSignOutResponse {})
}
