//! The second factors of a pool.

use crate::api::{
    GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse, SetUserPoolMfaConfigRequest,
    SetUserPoolMfaConfigResponse,
};
use crate::context::Cx;
use crate::error::Result;

/// Shows a pool's second factors and passkey settings.
pub(crate) async fn get_user_pool_mfa_config(
    cx: Cx,
    request: GetUserPoolMfaConfigRequest,
) -> Result<GetUserPoolMfaConfigResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let settings = tx.pool_settings(&pool)?;
        Ok(tx.pool_factors(&pool)?.into_response(settings))
    })
    .await
}

/// Sets a pool's second factors, its passkey settings, or both.
pub(crate) async fn set_user_pool_mfa_config(
    cx: Cx,
    request: SetUserPoolMfaConfigRequest,
) -> Result<SetUserPoolMfaConfigResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.hold_pool(&pool)?;
        let mut settings = tx.pool_settings(&pool)?;
        let mut factors = tx.pool_factors(&pool)?;
        factors.set(&mut settings, request)?;
        settings.last_modified_date = Some(cx.now);
        tx.put_pool(&pool.id, &pool.account, &settings)?;
        tx.put_pool_factors(&pool, &factors)?;
        Ok(factors.into_response(settings).into())
    })
    .await
}
