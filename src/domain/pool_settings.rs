//! What Cognito fills in where a pool's settings say nothing.
//!
//! The settings are kept as they were given. Whoever shows them goes through [`complete`], so that what is shown after a
//! change is what the change answered, and a member that is left out later is back at its default. Where nothing else is
//! said, the defaults are those of the AWS API reference, `CreateUserPool` and its types.

use crate::api::{
    AccountRecoverySettingType, AuthFactorType, DefaultEmailOptionType, DeletionProtectionType,
    EmailSendingAccountType, PasswordPolicyType, RecoveryOptionNameType, RecoveryOptionType,
    SignInPolicyType, UserPoolMfaType, UserPoolTierType, UserPoolType,
};
use crate::domain::mfa::Factors;
use crate::domain::pool::Pool;
use crate::domain::schema_attributes;
use crate::error::{ApiError, Result};

/// How many days a temporary password is good for.
const TEMPORARY_PASSWORD_DAYS: i64 = 7;

/// The settings as Cognito shows them.
pub(crate) fn shown(settings: UserPoolType, pool: &Pool, users: i64) -> UserPoolType {
    UserPoolType {
        arn: Some(arn(pool)),
        estimated_number_of_users: Some(users),
        id: Some(pool.id.clone()),
        ..complete(settings)
    }
}

/// The pool's Amazon Resource Name.
fn arn(pool: &Pool) -> String {
    format!(
        "arn:aws:cognito-idp:{}:{}:userpool/{}",
        pool.id.region(),
        pool.account,
        pool.id
    )
}

/// The settings with a value wherever Cognito has a default.
pub(crate) fn complete(mut settings: UserPoolType) -> UserPoolType {
    settings
        .schema_attributes
        .get_or_insert_with(schema_attributes::standard);
    settings
        .deletion_protection
        .get_or_insert(DeletionProtectionType::Inactive);
    settings
        .mfa_configuration
        .get_or_insert(UserPoolMfaType::Off);
    settings
        .user_pool_tier
        .get_or_insert(UserPoolTierType::Essentials);
    settings.lambda_config.get_or_insert_default();
    settings.user_pool_tags.get_or_insert_default();
    settings
        .email_configuration
        .get_or_insert_default()
        .email_sending_account
        .get_or_insert(EmailSendingAccountType::CognitoDefault);
    settings
        .account_recovery_setting
        .get_or_insert_with(recovery);
    complete_policies(&mut settings);
    complete_messages(&mut settings);
    settings
}

/// Email first, then phone (AWS's guide "Recovering user accounts").
fn recovery() -> AccountRecoverySettingType {
    let option = |priority, name| RecoveryOptionType { name, priority };
    AccountRecoverySettingType {
        recovery_mechanisms: Some(vec![
            option(1, RecoveryOptionNameType::VerifiedEmail),
            option(2, RecoveryOptionNameType::VerifiedPhoneNumber),
        ]),
    }
}

/// A pool without a password policy has the strict one; a policy that is given requires what it names. The days that a
/// temporary password is good for show in two places, of which either sets them.
fn complete_policies(settings: &mut UserPoolType) {
    let admin = settings.admin_create_user_config.get_or_insert_default();
    let policies = settings.policies.get_or_insert_default();
    policies
        .sign_in_policy
        .get_or_insert_with(|| SignInPolicyType {
            allowed_first_auth_factors: Some(vec![AuthFactorType::Password]),
        });
    let strict = policies.password_policy.is_none();
    let policy: &mut PasswordPolicyType = policies.password_policy.get_or_insert_default();
    policy.minimum_length.get_or_insert(8);
    policy.require_lowercase.get_or_insert(strict);
    policy.require_numbers.get_or_insert(strict);
    policy.require_symbols.get_or_insert(strict);
    policy.require_uppercase.get_or_insert(strict);
    let days = *policy.temporary_password_validity_days.get_or_insert(
        admin
            .unused_account_validity_days
            .unwrap_or(TEMPORARY_PASSWORD_DAYS),
    );
    admin.unused_account_validity_days = Some(days);
    admin.allow_admin_create_user_only.get_or_insert(false);
}

/// The older members for messages and the template show each other's texts.
fn complete_messages(settings: &mut UserPoolType) {
    let template = settings
        .verification_message_template
        .get_or_insert_default();
    template
        .default_email_option
        .get_or_insert(DefaultEmailOptionType::ConfirmWithCode);
    for (older, newer) in [
        (
            &mut settings.email_verification_message,
            &mut template.email_message,
        ),
        (
            &mut settings.email_verification_subject,
            &mut template.email_subject,
        ),
        (
            &mut settings.sms_verification_message,
            &mut template.sms_message,
        ),
    ] {
        *newer = newer.take().or_else(|| older.clone());
        *older = older.take().or_else(|| newer.clone());
    }
}

/// Checks what is true of a request to create or change a pool with these second factors, and need not be of a pool as it is
/// shown.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_request(requested: &UserPoolType, factors: &Factors) -> Result<()> {
    let password_policy = requested
        .policies
        .as_ref()
        .and_then(|policies| policies.password_policy.as_ref());
    let temporary = password_policy.and_then(|policy| policy.temporary_password_validity_days);
    let unused = requested
        .admin_create_user_config
        .as_ref()
        .and_then(|config| config.unused_account_validity_days);
    if temporary.is_some() && unused.is_some() {
        return Err(ApiError::invalid_parameter(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        ));
    }
    let mfa = requested.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
    let by_sms = requested.sms_configuration.is_some();
    if mfa != UserPoolMfaType::Off && !by_sms && !factors.without_sms() {
        return Err(ApiError::sms_needed());
    }
    Ok(())
}
