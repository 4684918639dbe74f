//! Addresses and numbers that users verify by codes.

use crate::accounts::verification::{send_code, verifiable, verify};
use crate::api::{
    GetUserAttributeVerificationCodeRequest, GetUserAttributeVerificationCodeResponse, Sensitive,
    VerifyUserAttributeRequest, VerifyUserAttributeResponse,
};
use crate::context::Cx;
use crate::error::Result;
use crate::quotas::Hourly;

/// Sends a code that verifies the user's address or number.
pub(crate) async fn get_user_attribute_verification_code(
    cx: Cx,
    request: GetUserAttributeVerificationCodeRequest,
) -> Result<GetUserAttributeVerificationCodeResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    let contact = verifiable(&request.attribute_name)?;
    let sent = cx
        .write(move |cx, tx| {
            let holder = cx.holder(tx, &bearer)?;
            cx.take_hourly(Hourly::GetUserAttributeVerificationCode, bearer.sub())?;
            let settings = tx.pool_settings(&holder.pool)?;
            let user = (&holder.user, &holder.record);
            send_code(cx, tx, (&holder.pool, &settings), user, contact)
        })
        .await?;
    Ok(GetUserAttributeVerificationCodeResponse {
        code_delivery_details: Some(sent),
    })
}

/// Verifies the user's address or number by the code.
pub(crate) async fn verify_user_attribute(
    cx: Cx,
    request: VerifyUserAttributeRequest,
) -> Result<VerifyUserAttributeResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    let contact = verifiable(&request.attribute_name)?;
    let code = Sensitive::from(request.code);
    let verified = cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        let user = (&holder.user, &holder.record);
        verify(cx, tx, &holder.pool, user, (contact, &code))
    });
    verified.await??;
    Ok(VerifyUserAttributeResponse {})
}
