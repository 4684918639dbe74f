//! What users want of the second factors, and how it is shown.

use crate::api::{
    AdminSetUserMFAPreferenceRequest, AdminSetUserMFAPreferenceResponse,
    SetUserMFAPreferenceRequest, SetUserMFAPreferenceResponse,
};
use crate::domain::second_factor::{Asked, Preferences, asked};
use crate::domain::user::User;
use crate::error::Result;
use crate::operations::bearer::Holder;
use crate::operations::context::Cx;
use crate::operations::users::named;
use crate::store::{ReadTx, WriteTx};

/// Sets what the user wants of the second factors; what the request does not name stays.
pub(crate) async fn set_user_mfa_preference(
    cx: Cx,
    request: SetUserMFAPreferenceRequest,
) -> Result<SetUserMFAPreferenceResponse> {
    let bearer = cx.bearer(&request.access_token)?;
    let asked = asked(
        request.sms_mfa_settings,
        request.email_mfa_settings,
        request.software_token_mfa_settings,
    );
    let context = cx.clone();
    cx.write(move |tx| {
        let Holder { user, .. } = context.holder(tx, &bearer)?;
        change(tx, &user, asked)
    })
    .await?;
    Ok(SetUserMFAPreferenceResponse {})
}

/// Sets what a user wants of the second factors.
pub(crate) async fn admin_set_user_mfa_preference(
    cx: Cx,
    request: AdminSetUserMFAPreferenceRequest,
) -> Result<AdminSetUserMFAPreferenceResponse> {
    let asked = asked(
        request.sms_mfa_settings,
        request.email_mfa_settings,
        request.software_token_mfa_settings,
    );
    let context = cx.clone();
    cx.write(move |tx| {
        let (_, user) = named(&context, tx, &request.user_pool_id, &request.username)?;
        change(tx, &user, asked)
    })
    .await?;
    Ok(AdminSetUserMFAPreferenceResponse {})
}

fn change(tx: &WriteTx<'_>, user: &User, asked: Asked) -> Result<()> {
    let record = tx.user_record(user)?;
    let has_token = tx.find_software_token(user, true)?.is_some();
    let mut preferences = tx.mfa_preferences(user)?;
    preferences.change(asked, &record, has_token)?;
    tx.put_mfa_preferences(user, preferences)
}

/// `UserMFASettingList` and `PreferredMfaSetting` of a user; absent where there is nothing to tell.
pub(super) fn shown(tx: &ReadTx<'_>, user: &User) -> Result<(Option<Vec<String>>, Option<String>)> {
    let preferences: Preferences = tx.mfa_preferences(user)?;
    let wanted = preferences.wanted();
    let names = wanted.iter().map(|factor| factor.name().to_owned());
    let list: Vec<String> = names.collect();
    let preferred = preferences.preferred.map(|factor| factor.name().to_owned());
    Ok(((!list.is_empty()).then_some(list), preferred))
}
