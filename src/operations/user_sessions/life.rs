//! The sessions of a user: which there are, and how they are ended. In a pool that does not track sessions there are none.
//!
//! All sessions of a user fit the one page of AWS's answer. A token session has no SSO session beside it, since the API's sign-ins
//! begin none: `RevokeAssociatedSessions` finds nothing more to revoke.

use crate::api::{
    AdminListUserSessionsRequest, AdminListUserSessionsResponse, AdminRevokeUserSessionRequest,
    AdminRevokeUserSessionResponse, ListUserSessionsRequest, ListUserSessionsResponse,
    RevokeUserSessionRequest, RevokeUserSessionResponse, SessionDescriptionType,
};
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::UserSessionId;
use crate::store::ReadTx;

/// Lists a user's sessions, with whatever client they began.
pub(crate) async fn admin_list_user_sessions(
    cx: Cx,
    request: AdminListUserSessionsRequest,
) -> Result<AdminListUserSessionsResponse> {
    check_first_page(request.next_token.as_deref())?;
    cx.read(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        Ok(AdminListUserSessionsResponse {
            next_token: None,
            sessions: Some(listed(cx, tx, &pool, &user, None)?),
        })
    })
    .await
}

/// Lists the caller's sessions, with whatever client they began.
pub(crate) async fn list_user_sessions(
    cx: Cx,
    request: ListUserSessionsRequest,
) -> Result<ListUserSessionsResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.read(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        check_first_page(request.next_token.as_deref())?;
        let current = Some(holder.sign_in);
        Ok(ListUserSessionsResponse {
            next_token: None,
            sessions: Some(listed(cx, tx, &holder.pool, &holder.user, current)?),
        })
    })
    .await
}

/// Ends a session of a user, and with it every token of the session.
pub(crate) async fn admin_revoke_user_session(
    cx: Cx,
    request: AdminRevokeUserSessionRequest,
) -> Result<AdminRevokeUserSessionResponse> {
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        tx.revoke_sign_in(sign_in_of(cx, tx, &pool, &user, &request.session_id)?)?;
        Ok(AdminRevokeUserSessionResponse {})
    })
    .await
}

/// Ends another session of the caller, and with it every token of that session.
pub(crate) async fn revoke_user_session(
    cx: Cx,
    request: RevokeUserSessionRequest,
) -> Result<RevokeUserSessionResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        let (pool, user) = (&holder.pool, &holder.user);
        let sign_in = sign_in_of(cx, tx, pool, user, &request.session_id)?;
        if sign_in == holder.sign_in {
            return Err(ApiError::own_user_session());
        }
        tx.revoke_sign_in(sign_in)?;
        Ok(RevokeUserSessionResponse {})
    })
    .await
}

/// Refuses the token of a further page, which no list ever gives.
fn check_first_page(token: Option<&str>) -> Result<()> {
    match token {
        Some(_) => Err(ApiError::bad_pagination_token()),
        None => Ok(()),
    }
}

fn listed(
    cx: &Cx,
    tx: &ReadTx<'_>,
    pool: &Pool,
    user: &User,
    current: Option<i64>,
) -> Result<Vec<SessionDescriptionType>> {
    if !pool.sessions.enabled {
        return Ok(Vec::new());
    }
    let sessions = tx.user_sessions(user, cx.now)?.into_iter();
    Ok(sessions
        .map(|session| session.into_description(current))
        .collect())
}

/// The row of the sign-in that the user's session began with.
fn sign_in_of(
    cx: &Cx,
    tx: &ReadTx<'_>,
    pool: &Pool,
    user: &User,
    session: &UserSessionId,
) -> Result<i64> {
    if !pool.sessions.enabled {
        return Err(ApiError::no_such_user_session().because("the pool does not track sessions"));
    }
    tx.sign_in_of_session(user, session, cx.now)
}
