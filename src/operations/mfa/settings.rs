//! The older operations that switch codes by SMS on and off. What they set is the user's preference for SMS, which the operations
//! on MFA preferences set as well.

use crate::api::{
    AdminSetUserSettingsRequest, AdminSetUserSettingsResponse, MFAOptionType,
    SetUserSettingsRequest, SetUserSettingsResponse,
};
use crate::context::Cx;
use crate::domain::contact::Contact;
use crate::domain::mfa::Factor;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::store::WriteTx;

/// Where codes by SMS go.
const NUMBER: Contact = Contact::PhoneNumber;

/// Switches codes by SMS on, or removes the preference for them.
pub(crate) async fn set_user_settings(
    cx: Cx,
    request: SetUserSettingsRequest,
) -> Result<SetUserSettingsResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    let by_sms = is_by_sms(&request.mfa_options)?;
    cx.write(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        set(tx, &holder.user, &holder.record, by_sms)?;
        Ok(SetUserSettingsResponse {})
    })
    .await
}

/// Switches codes by SMS on for a user, or removes the preference for them.
pub(crate) async fn admin_set_user_settings(
    cx: Cx,
    request: AdminSetUserSettingsRequest,
) -> Result<AdminSetUserSettingsResponse> {
    let by_sms = is_by_sms(&request.mfa_options)?;
    cx.write(move |cx, tx| {
        let (_, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        let record = tx.user_record(&user)?;
        set(tx, &user, &record, by_sms)?;
        Ok(AdminSetUserSettingsResponse {})
    })
    .await
}

/// Whether the options are codes by SMS; otherwise there are none.
///
/// # Errors
/// `InvalidParameterException` of any other option.
fn is_by_sms(options: &[MFAOptionType]) -> Result<bool> {
    let sms = |option: &MFAOptionType| {
        option.delivery_medium == Some(NUMBER.medium())
            && option.attribute_name.as_deref() == Some(NUMBER.attribute())
    };
    if options.iter().all(sms) {
        Ok(!options.is_empty())
    } else {
        Err(ApiError::invalid_parameter(
            "MFAOptions can only be SMS with the attribute phone_number.",
        ))
    }
}

fn set(tx: &WriteTx<'_>, user: &User, record: &UserRecord, by_sms: bool) -> Result<()> {
    let mut preferences = tx.mfa_preferences(user)?;
    if by_sms {
        if !record.attributes.contains_key(NUMBER.attribute()) {
            return Err(ApiError::no_delivery_config(Factor::Sms.name()));
        }
        preferences.switch_on(Factor::Sms);
    } else {
        preferences.forget(Factor::Sms);
    }
    tx.put_mfa_preferences(user, preferences)
}
