//! Which second factors a sign-in asks for, as users and administrators set it and see it.

use crate::api::{
    AdminDeleteSoftwareTokenRequest, AdminDeleteSoftwareTokenResponse,
    AdminSetUserMFAPreferenceRequest, AdminSetUserMFAPreferenceResponse, EmailMfaSettingsType,
    SMSMfaSettingsType, SetUserMFAPreferenceRequest, SetUserMFAPreferenceResponse,
    SoftwareTokenMfaSettingsType, WebAuthnMfaSettingsType,
};
use crate::context::Cx;
use crate::domain::mfa::{Factor, Wish};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::sign_in::held_factors;
use crate::store::{ReadTx, WriteTx};

/// Sets which second factors the user is asked for.
pub(crate) async fn set_user_mfa_preference(
    cx: Cx,
    request: SetUserMFAPreferenceRequest,
) -> Result<SetUserMFAPreferenceResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    let wishes = wishes(
        request.sms_mfa_settings,
        request.email_mfa_settings,
        request.software_token_mfa_settings,
        request.web_authn_mfa_settings.as_ref(),
    )?;
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        set(tx, &holder.user, &holder.record, &wishes, Caller::User)?;
        Ok(SetUserMFAPreferenceResponse {})
    })
    .await
}

/// Sets which second factors a user is asked for.
pub(crate) async fn admin_set_user_mfa_preference(
    cx: Cx,
    request: AdminSetUserMFAPreferenceRequest,
) -> Result<AdminSetUserMFAPreferenceResponse> {
    let wishes = wishes(
        request.sms_mfa_settings,
        request.email_mfa_settings,
        request.software_token_mfa_settings,
        request.web_authn_mfa_settings.as_ref(),
    )?;
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        let record = tx.user_record(&user)?;
        set(tx, &user, &record, &wishes, Caller::Administrator)?;
        Ok(AdminSetUserMFAPreferenceResponse {})
    })
    .await
}

/// Deletes a user's software token. A user without one is not an error.
pub(crate) async fn admin_delete_software_token(
    cx: Cx,
    request: AdminDeleteSoftwareTokenRequest,
) -> Result<AdminDeleteSoftwareTokenResponse> {
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        tx.delete_software_tokens(&user)?;
        let mut preferences = tx.mfa_preferences(&user)?;
        preferences.forget(Factor::SoftwareToken);
        tx.put_mfa_preferences(&user, preferences)?;
        Ok(AdminDeleteSoftwareTokenResponse {})
    })
    .await
}

fn wishes(
    sms: Option<SMSMfaSettingsType>,
    email: Option<EmailMfaSettingsType>,
    software_token: Option<SoftwareTokenMfaSettingsType>,
    passkeys: Option<&WebAuthnMfaSettingsType>,
) -> Result<Vec<(Factor, Wish)>> {
    if passkeys.is_some_and(|passkeys| passkeys.enabled == Some(true)) {
        return Err(ApiError::not_served("passkeys as a second factor"));
    }
    let wish = |factor, enabled, preferred| (factor, Wish { enabled, preferred });
    let wishes = [
        sms.map(|it| wish(Factor::Sms, it.enabled, it.preferred_mfa)),
        email.map(|it| wish(Factor::Email, it.enabled, it.preferred_mfa)),
        software_token.map(|it| wish(Factor::SoftwareToken, it.enabled, it.preferred_mfa)),
    ];
    Ok(wishes.into_iter().flatten().collect())
}

/// Who sets preferences.
#[derive(Clone, Copy)]
enum Caller {
    User,
    Administrator,
}

/// Sets the preferences.
///
/// # Errors
/// `InvalidParameterException` when a factor is switched on that the user does not have, or when the preferences contradict each
/// other.
fn set(
    tx: &WriteTx<'_>,
    user: &User,
    record: &UserRecord,
    wishes: &[(Factor, Wish)],
    caller: Caller,
) -> Result<()> {
    let held = held_factors(tx, user, record)?;
    let on = wishes.iter().filter(|(_, wish)| wish.enabled == Some(true));
    for (factor, _) in on {
        if !held.contains(factor) {
            return Err(not_held(tx, user, *factor, caller)?);
        }
    }
    let preferences = tx.mfa_preferences(user)?.set(wishes)?;
    tx.put_mfa_preferences(user, preferences)
}

/// The refusal to switch on a factor that the user does not have. About software tokens Cognito has two sentences for users, which
/// Amplify compares with (`USER_NOT_SETUP_SOFTWARE_TOKEN_MFA`, `USER_NOT_VERIFIED_SOFTWARE_TOKEN_MFA`); administrators get the
/// sentence about any factor (aws/aws-sdk-js-v3 issue 4645).
fn not_held(tx: &ReadTx<'_>, user: &User, factor: Factor, caller: Caller) -> Result<ApiError> {
    Ok(match (factor, caller) {
        (Factor::SoftwareToken, Caller::User) => {
            ApiError::invalid_parameter(if tx.has_pending_software_token(user)? {
                "User has not verified software token mfa"
            } else {
                "User has not set up software token mfa"
            })
        }
        (Factor::SoftwareToken | Factor::Sms | Factor::Email, _) => {
            ApiError::no_delivery_config(factor.name())
        }
    })
}
