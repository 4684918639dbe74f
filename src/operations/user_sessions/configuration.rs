//! How pools and clients configure their users' sessions.

use crate::api::{
    GetUserPoolClientSessionConfigurationRequest, GetUserPoolClientSessionConfigurationResponse,
    GetUserPoolSessionConfigurationRequest, GetUserPoolSessionConfigurationResponse,
    SetUserPoolClientSessionConfigurationRequest, SetUserPoolClientSessionConfigurationResponse,
    SetUserPoolSessionConfigurationRequest, SetUserPoolSessionConfigurationResponse,
};
use crate::context::Cx;
use crate::domain::pool::settings;
use crate::domain::user_session::{SessionTracking, sso_session};
use crate::error::{ApiError, Result};

/// Shows whether a pool tracks sessions, and how many a user may have.
pub(crate) async fn get_user_pool_session_configuration(
    cx: Cx,
    request: GetUserPoolSessionConfigurationRequest,
) -> Result<GetUserPoolSessionConfigurationResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        Ok(GetUserPoolSessionConfigurationResponse {
            token_session: Some(pool.sessions.token_session()),
            user_pool_id: Some(pool.id.clone()),
            user_session_tracking: Some(pool.sessions.shown()),
        })
    })
    .await
}

/// Sets whether a pool tracks sessions, and how many a user may have. Sessions that began before stay as they are.
pub(crate) async fn set_user_pool_session_configuration(
    cx: Cx,
    request: SetUserPoolSessionConfigurationRequest,
) -> Result<SetUserPoolSessionConfigurationResponse> {
    let tracking = SessionTracking::new(request.user_session_tracking, &request.token_session);
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.hold_pool(&pool)?;
        let mut settings = tx.pool_settings(&pool)?;
        settings::check_has_sessions(&settings)?;
        settings.last_modified_date = Some(cx.now);
        tx.put_pool(&pool.id, &pool.account, &settings)?;
        tx.put_session_tracking(&pool, tracking)?;
        Ok(SetUserPoolSessionConfigurationResponse {
            token_session: Some(tracking.token_session()),
            user_pool_id: Some(pool.id.clone()),
            user_session_tracking: Some(tracking.shown()),
        })
    })
    .await
}

/// Shows for how long a client reuses an SSO session.
pub(crate) async fn get_user_pool_client_session_configuration(
    cx: Cx,
    request: GetUserPoolClientSessionConfigurationRequest,
) -> Result<GetUserPoolClientSessionConfigurationResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let minutes = tx.sso_session_minutes(&pool, &request.client_id)?;
        cx.seen.set_client(&request.client_id);
        Ok(GetUserPoolClientSessionConfigurationResponse {
            client_id: Some(request.client_id),
            sso_session: Some(sso_session(minutes)),
            user_pool_id: Some(pool.id.clone()),
        })
    })
    .await
}

/// Sets for how long a client reuses an SSO session, in a pool that tracks sessions.
pub(crate) async fn set_user_pool_client_session_configuration(
    cx: Cx,
    request: SetUserPoolClientSessionConfigurationRequest,
) -> Result<SetUserPoolClientSessionConfigurationResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let id = request.client_id;
        let mut client = tx.client(&pool, &id)?;
        cx.seen.set_client(&id);
        settings::check_has_sessions(&tx.pool_settings(&pool)?)?;
        if !pool.sessions.enabled {
            return Err(ApiError::session_tracking_off());
        }
        client.last_modified_date = Some(cx.now);
        tx.put_client(&pool, &id, &client)?;
        tx.put_sso_session_minutes(&pool, &id, request.sso_session.max_validity_minutes)?;
        Ok(SetUserPoolClientSessionConfigurationResponse {
            client_id: Some(id),
            sso_session: Some(request.sso_session),
            user_pool_id: Some(pool.id.clone()),
        })
    })
    .await
}
