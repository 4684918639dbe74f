//! A pool's settings: the defaults that Cognito adds, and the rules for settings that depend on each other.
//!
//! The settings are stored as they were given. Every answer shows them through [`complete`], so that a setting that an update
//! leaves out is back at its default. Where no other source is named, the defaults are those of the AWS API reference,
//! `CreateUserPool` and its types.

use crate::api::{
    AccountRecoverySettingType, AuthFactorType, DefaultEmailOptionType, DeletionProtectionType,
    EmailConfigurationType, EmailSendingAccountType, LambdaConfigType, PasswordPolicyType,
    PreTokenGenerationLambdaVersionType, RecoveryOptionNameType, RecoveryOptionType,
    SignInPolicyType, UserPoolMfaType, UserPoolTierType, UserPoolType, VerifiedAttributeType,
};
use crate::domain::mfa::MfaConfig;
use crate::domain::pool::schema_attributes;
use crate::domain::pool::{Pool, has_threat_protection};
use crate::error::{ApiError, Result};

/// The days that a temporary password is valid.
const TEMPORARY_PASSWORD_DAYS: i64 = 7;

/// The feature plan of a pool that does not name one.
const TIER: UserPoolTierType = UserPoolTierType::Essentials;

/// The settings as Cognito shows them.
pub(crate) fn as_described(settings: UserPoolType, pool: &Pool, users: i64) -> UserPoolType {
    UserPoolType {
        arn: Some(pool.arn()),
        estimated_number_of_users: Some(users),
        id: Some(pool.id.clone()),
        ..complete(settings)
    }
}

/// The settings with all defaults.
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
    settings.user_pool_tier.get_or_insert(TIER);
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

/// The default recovery options: email first, then phone (AWS's guide "Recovering user accounts").
fn recovery() -> AccountRecoverySettingType {
    let option = |priority, name| RecoveryOptionType { name, priority };
    AccountRecoverySettingType {
        recovery_mechanisms: Some(vec![
            option(1, RecoveryOptionNameType::VerifiedEmail),
            option(2, RecoveryOptionNameType::VerifiedPhoneNumber),
        ]),
    }
}

/// A pool without a password policy has the strict one; a given policy requires only what it names. The validity of temporary
/// passwords is shown in two members, and either of them sets it.
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
    // An absent number means 0 (AWS API reference, `PasswordPolicyType`).
    let given = [
        policy.temporary_password_validity_days,
        admin.unused_account_validity_days,
    ];
    let days = given.into_iter().flatten().find(|days| *days > 0);
    let days = Some(days.unwrap_or(TEMPORARY_PASSWORD_DAYS));
    policy.temporary_password_validity_days = days;
    admin.unused_account_validity_days = days;
    admin.allow_admin_create_user_only.get_or_insert(false);
}

/// The older members for messages and the message template show each other's texts.
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

/// Checks the rules for a request to create or change a pool that has these second factors. A pool from a seed need not satisfy
/// them.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_request(requested: &UserPoolType, factors: &MfaConfig) -> Result<()> {
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
    let tier = requested.user_pool_tier.unwrap_or(TIER);
    check_together(requested, Some(tier))?;
    factors.check_suffices(requested)
}

/// Checks the members of a pool's settings that depend on each other, and that the pool's feature plan has the features. An
/// unknown plan, as of an older pool in a seed, is taken to have all features.
///
/// # Errors
/// `InvalidParameterException` or `FeatureUnavailableInTierException`.
pub(crate) fn check_together(
    settings: &UserPoolType,
    tier: Option<UserPoolTierType>,
) -> Result<()> {
    check_verification(settings)
        .and_then(|()| check_sender(settings.email_configuration.as_ref()))
        .and_then(|()| check_triggers(settings.lambda_config.as_ref()))
        .and_then(|()| check_recovery(settings.account_recovery_setting.as_ref()))
        .and_then(|()| check_first_factors(first_factors(settings)))
        .map_err(ApiError::invalid_parameter)?;
    tier.map_or(Ok(()), |tier| check_tier(settings, tier))
}

fn check_verification(settings: &UserPoolType) -> Result<(), &'static str> {
    let verified = settings
        .auto_verified_attributes
        .as_deref()
        .unwrap_or_default();
    let update = settings.user_attribute_update_settings.as_ref();
    let before_update = update.and_then(|update| {
        update
            .attributes_require_verification_before_update
            .as_deref()
    });
    let mut before_update = before_update.unwrap_or_default().iter();
    if before_update.any(|attribute| !verified.contains(attribute)) {
        return Err(
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
        );
    }
    let by_sms = verified.contains(&VerifiedAttributeType::PhoneNumber);
    if by_sms && settings.sms_configuration.is_none() {
        return Err(
            "SMS configuration is required when phone_number is selected for auto verification",
        );
    }
    Ok(())
}

fn check_sender(email: Option<&EmailConfigurationType>) -> Result<(), &'static str> {
    let Some(email) = email.filter(|email| email.source_arn.is_none()) else {
        return Ok(());
    };
    if email.email_sending_account == Some(EmailSendingAccountType::Developer) {
        return Err("Source ARN is required to use DEVELOPER email sending owner");
    }
    if email.from.is_some() {
        return Err("Cannot configure From email address for default email configuration");
    }
    Ok(())
}

fn check_triggers(triggers: Option<&LambdaConfigType>) -> Result<(), &'static str> {
    let Some(triggers) = triggers else {
        return Ok(());
    };
    let sends = triggers.custom_email_sender.is_some() || triggers.custom_sms_sender.is_some();
    if sends && triggers.kms_key_id.is_none() {
        return Err("KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.");
    }
    let newer = triggers.pre_token_generation_config.as_ref();
    let both = triggers.pre_token_generation.as_ref().zip(newer);
    if both.is_some_and(|(older, newer)| *older != newer.lambda_arn) {
        return Err(
            "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
        );
    }
    Ok(())
}

fn check_recovery(setting: Option<&AccountRecoverySettingType>) -> Result<(), &'static str> {
    let mechanisms = setting.and_then(|setting| setting.recovery_mechanisms.as_deref());
    let mut seen: Vec<&RecoveryOptionType> = Vec::new();
    for mechanism in mechanisms.unwrap_or_default() {
        let same = |other: &&RecoveryOptionType| {
            other.name == mechanism.name || other.priority == mechanism.priority
        };
        if seen.iter().any(same) {
            return Err(
                "Invalid account recovery setting parameter. Account Recovery Setting cannot have duplicate priorities or \
                 recovery mechanisms.",
            );
        }
        seen.push(mechanism);
    }
    Ok(())
}

fn first_factors(settings: &UserPoolType) -> &[AuthFactorType] {
    let policies = settings.policies.as_ref();
    let policy = policies.and_then(|policies| policies.sign_in_policy.as_ref());
    let factors = policy.and_then(|policy| policy.allowed_first_auth_factors.as_deref());
    factors.unwrap_or_default()
}

fn check_first_factors(factors: &[AuthFactorType]) -> Result<(), &'static str> {
    if factors.is_empty() || factors.contains(&AuthFactorType::Password) {
        Ok(())
    } else {
        Err("Password should be configured as one of the allowed first auth factors.")
    }
}

/// Which features need a higher plan (AWS's guide "User pool feature plans").
fn check_tier(settings: &UserPoolType, tier: UserPoolTierType) -> Result<()> {
    let mut features = Vec::new();
    if tier == UserPoolTierType::Lite {
        if first_factors(settings)
            .iter()
            .any(|factor| *factor != AuthFactorType::Password)
        {
            features.push("Passwordless Sign-In".to_owned());
        }
        let triggers = settings.lambda_config.as_ref();
        let config = triggers.and_then(|triggers| triggers.pre_token_generation_config.as_ref());
        let version = config.map(|config| config.lambda_version);
        features.extend(
            version
                .filter(|version| *version != PreTokenGenerationLambdaVersionType::V1_0)
                .map(|version| {
                    format!(
                        "Token Customization with Pre-Token Generation Lambda {}",
                        version.as_str()
                    )
                }),
        );
    }
    if has_threat_protection(settings) && tier != UserPoolTierType::Plus {
        features.push("Threat Protection".to_owned());
    }
    if features.is_empty() {
        return Ok(());
    }
    Err(ApiError::unavailable_in_tier(tier, &features))
}

/// Checks that the feature plan of a pool with these settings has sessions of users (AWS API reference,
/// `SetUserPoolSessionConfiguration`).
///
/// # Errors
/// `FeatureUnavailableInTierException`.
pub(crate) fn check_has_sessions(settings: &UserPoolType) -> Result<()> {
    check_is_not_lite(settings, "User Session Tracking")
}

/// Checks that the feature plan of a pool with these settings has managed login (AWS API reference, `CreateUserPoolDomain`).
///
/// # Errors
/// `FeatureUnavailableInTierException`.
pub(crate) fn check_has_managed_login(settings: &UserPoolType) -> Result<()> {
    check_is_not_lite(settings, "Managed Login")
}

fn check_is_not_lite(settings: &UserPoolType, feature: &str) -> Result<()> {
    match settings.user_pool_tier.unwrap_or(TIER) {
        tier @ UserPoolTierType::Lite => {
            Err(ApiError::unavailable_in_tier(tier, &[feature.to_owned()]))
        }
        UserPoolTierType::Essentials | UserPoolTierType::Plus => Ok(()),
    }
}
