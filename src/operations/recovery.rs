//! Forgotten passwords, and passwords that administrators reset.

use crate::accounts::recovery;
use crate::api::{
    AdminResetUserPasswordRequest, AdminResetUserPasswordResponse, ConfirmForgotPasswordRequest,
    ConfirmForgotPasswordResponse, ForgotPasswordRequest, ForgotPasswordResponse,
};
use crate::context::Cx;
use crate::error::Result;
use crate::operations::app::AppCaller;
use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of account recovery.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserAccountRecovery, forgot_password)
        .op(Category::UserAccountRecovery, confirm_forgot_password)
        .op(Category::UserAccountRecovery, admin_reset_user_password)
}

/// Sends a code that allows a new password.
pub(crate) async fn forgot_password(
    cx: Cx,
    request: ForgotPasswordRequest,
) -> Result<ForgotPasswordResponse> {
    let name = request.username;
    let caller = AppCaller {
        client: request.client_id,
        secret_hash: request.secret_hash,
        context: request.user_context_data,
    };
    let client = caller.open(&cx, &name).await?;
    let sent = recovery::forgot_password(&client, name).await?;
    Ok(ForgotPasswordResponse {
        code_delivery_details: Some(sent),
    })
}

/// Sets a new password by the code.
pub(crate) async fn confirm_forgot_password(
    cx: Cx,
    request: ConfirmForgotPasswordRequest,
) -> Result<ConfirmForgotPasswordResponse> {
    let name = request.username;
    let caller = AppCaller {
        client: request.client_id,
        secret_hash: request.secret_hash,
        context: request.user_context_data,
    };
    let client = caller.open(&cx, &name).await?;
    let code = request.confirmation_code.into();
    recovery::confirm_forgot_password(&client, name, code, request.password).await?;
    Ok(ConfirmForgotPasswordResponse {})
}

/// Resets a user's password: the user gets a code for a new one, and cannot sign in before.
pub(crate) async fn admin_reset_user_password(
    cx: Cx,
    request: AdminResetUserPasswordRequest,
) -> Result<AdminResetUserPasswordResponse> {
    recovery::reset_password(cx, request.user_pool_id, request.username).await?;
    Ok(AdminResetUserPasswordResponse {})
}
