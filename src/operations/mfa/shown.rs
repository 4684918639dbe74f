//! What answers show of a user's factors.

use crate::api::{
    AdminGetUserAuthFactorsRequest, AdminGetUserAuthFactorsResponse, GetUserAuthFactorsRequest,
    GetUserAuthFactorsResponse, MFAOptionType, UserType,
};
use crate::context::Cx;
use crate::domain::contact::Contact;
use crate::domain::mfa::{Factor, Held, configured};
use crate::domain::pool::Pool;
use crate::domain::user::{User, UserRecord};
use crate::error::Result;
use crate::sign_in::held_factors;
use crate::store::ReadTx;

/// Where codes by SMS go.
const NUMBER: Contact = Contact::PhoneNumber;

/// What a user or an administrator has set about the user's second factors. Each is `None` where there is nothing to show.
pub(crate) struct UserMfa {
    /// `MFAOptions`: codes by SMS, the only kind that it knows.
    pub(crate) options: Option<Vec<MFAOptionType>>,
    /// `PreferredMfaSetting`.
    pub(crate) preferred: Option<String>,
    /// `UserMFASettingList`: the factors that the user has and that are switched on.
    pub(crate) list: Option<Vec<String>>,
}

impl UserMfa {
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn of(tx: &ReadTx<'_>, user: &User, record: &UserRecord) -> Result<Self> {
        tx.foresee(|tx| {
            let _ = tx.has_software_token(user);
            let _ = tx.mfa_preferences(user);
        });
        Self::among(tx, user, held_factors(tx, user, record)?)
    }

    /// What is set about these factors, which the user has.
    fn among(tx: &ReadTx<'_>, user: &User, mut factors: Vec<Factor>) -> Result<Self> {
        let preferences = tx.mfa_preferences(user)?;
        factors.retain(|factor| preferences.is_on(*factor));
        let preferred = preferences
            .preferred
            .filter(|factor| factors.contains(factor));
        let names: Vec<String> = factors
            .iter()
            .map(|factor| factor.name().to_owned())
            .collect();
        Ok(Self {
            options: factors.contains(&Factor::Sms).then(by_sms),
            preferred: preferred.map(|factor| factor.name().to_owned()),
            list: Some(names).filter(|names| !names.is_empty()),
        })
    }
}

/// A user in a list of users, whose row is `row`, with what shows in lists alone.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn listed_user(tx: &ReadTx<'_>, row: i64, mut user: UserType) -> Result<UserType> {
    let mut attributes = user.attributes.iter().flatten();
    let has_number = attributes.any(|attribute| attribute.name == NUMBER.attribute());
    if has_number && tx.wants_codes_by_sms(row)? {
        user.mfa_options = Some(by_sms());
    }
    Ok(user)
}

/// `MFAOptions` of a user who gets codes by SMS.
fn by_sms() -> Vec<MFAOptionType> {
    vec![MFAOptionType {
        attribute_name: Some(NUMBER.attribute().to_owned()),
        delivery_medium: Some(NUMBER.medium()),
    }]
}

/// Shows which factors a user can sign in with, and which second ones are switched on.
pub(crate) async fn admin_get_user_auth_factors(
    cx: Cx,
    request: AdminGetUserAuthFactorsRequest,
) -> Result<AdminGetUserAuthFactorsResponse> {
    cx.read(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &request.user_pool_id, &request.username)?;
        let record = tx.user_record(&user)?;
        let shown = auth_factors(tx, &pool, &user, record)?;
        Ok(AdminGetUserAuthFactorsResponse {
            configured_user_auth_factors: shown.configured_user_auth_factors,
            preferred_mfa_setting: shown.preferred_mfa_setting,
            user_mfa_setting_list: shown.user_mfa_setting_list,
            username: shown.username,
        })
    })
    .await
}

/// Shows the user which factors to sign in with, and which second ones are switched on.
pub(crate) async fn get_user_auth_factors(
    cx: Cx,
    request: GetUserAuthFactorsRequest,
) -> Result<GetUserAuthFactorsResponse> {
    let bearer = cx.bearer(&request.access_token).await?;
    cx.read(move |cx, tx| {
        let holder = cx.holder(tx, &bearer)?;
        auth_factors(tx, &holder.pool, &holder.user, holder.record)
    })
    .await
}

fn auth_factors(
    tx: &ReadTx<'_>,
    pool: &Pool,
    user: &User,
    record: UserRecord,
) -> Result<GetUserAuthFactorsResponse> {
    let held = Held {
        password: tx.find_password(user.row)?.is_some(),
        factors: held_factors(tx, user, &record)?,
    };
    let configured = configured(&tx.pool_settings(pool)?, &tx.pool_mfa(pool)?, &held);
    let mfa = UserMfa::among(tx, user, held.factors)?;
    Ok(GetUserAuthFactorsResponse {
        configured_user_auth_factors: Some(configured),
        preferred_mfa_setting: mfa.preferred,
        user_mfa_setting_list: mfa.list,
        username: record.username,
    })
}
