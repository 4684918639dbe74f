//! Signing up, and confirming it by a code.

use crate::accounts::sign_up::{self, Application};
use crate::api::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest,
    ResendConfirmationCodeResponse, SignUpRequest, SignUpResponse,
};
use crate::context::Cx;
use crate::error::Result;
use crate::operations::app::AppCaller;
use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of signing up.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserCreation, sign_up)
        .op(Category::UserCreation, confirm_sign_up)
        .op(Category::UserResourceRead, resend_confirmation_code)
}

/// Makes a user of somebody who signs up. The user is `UNCONFIRMED`, and gets a code where the pool verifies an attribute that was
/// given.
pub(crate) async fn sign_up(cx: Cx, request: SignUpRequest) -> Result<SignUpResponse> {
    let name = request.username;
    let caller = AppCaller {
        client: request.client_id,
        secret_hash: request.secret_hash,
        context: request.user_context_data,
    };
    let client = caller.open(&cx, &name).await?;
    let application = Application {
        username: name,
        password: request.password,
        attributes: request.user_attributes.unwrap_or_default(),
    };
    let signed_up = sign_up::sign_up(&client, application).await?;
    Ok(SignUpResponse {
        code_delivery_details: signed_up.sent,
        session: None,
        user_confirmed: false,
        user_sub: signed_up.sub,
    })
}

/// Confirms a user who has signed up, by the code.
pub(crate) async fn confirm_sign_up(
    cx: Cx,
    request: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse> {
    let name = request.username;
    let caller = AppCaller {
        client: request.client_id,
        secret_hash: request.secret_hash,
        context: request.user_context_data,
    };
    let client = caller.open(&cx, &name).await?;
    let force = request.force_alias_creation == Some(true);
    sign_up::confirm(&client, name, request.confirmation_code.into(), force).await?;
    Ok(ConfirmSignUpResponse { session: None })
}

/// Sends another code to a user who has signed up.
pub(crate) async fn resend_confirmation_code(
    cx: Cx,
    request: ResendConfirmationCodeRequest,
) -> Result<ResendConfirmationCodeResponse> {
    let name = request.username;
    let caller = AppCaller {
        client: request.client_id,
        secret_hash: request.secret_hash,
        context: request.user_context_data,
    };
    let client = caller.open(&cx, &name).await?;
    let sent = sign_up::resend(&client, name).await?;
    Ok(ResendConfirmationCodeResponse {
        code_delivery_details: Some(sent),
    })
}
