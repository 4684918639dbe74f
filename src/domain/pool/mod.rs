//! A user pool, and the part of its settings that operations decide by.
//!
//! [`Configuration::of`] checks that a pool's settings are consistent; every operation that writes a pool calls it. When an
//! operation loads a stored pool, [`Configuration::new`] repeats the part of the check that operations rely on.

pub(crate) mod schema_attributes;
pub(crate) mod settings;

use serde_json::json;

use crate::api::constraint::check;
use crate::api::{
    AccountRecoverySettingType, AdvancedSecurityModeType, AliasAttributeType,
    RecoveryOptionNameType, UserPoolType, UsernameAttributeType, schema,
};
use crate::domain::contact::{is_email, is_phone_number};
use crate::domain::user_session::SessionTracking;
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, UserPoolId};

/// A stored pool.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) row: i64,
    pub(crate) id: UserPoolId,
    /// The AWS account that the pool belongs to.
    pub(crate) account: AccountId,
    pub(crate) sessions: SessionTracking,
    /// The configuration, or the reason why the settings are not consistent.
    pub(crate) configuration: Result<Configuration, String>,
}

impl Pool {
    /// The pool's Amazon Resource Name.
    pub(crate) fn arn(&self) -> String {
        self.id.arn(self.id.region(), &self.account)
    }

    /// The pool's configuration.
    ///
    /// # Errors
    /// `InvalidUserPoolConfigurationException` if the pool's settings are not consistent; the log has the reason.
    pub(crate) fn configuration(&self) -> Result<&Configuration> {
        self.configuration
            .as_ref()
            .map_err(|why| ApiError::invalid_pool_configuration(&self.id).because(why))
    }

    /// The pool's device tracking.
    ///
    /// # Errors
    /// `InvalidUserPoolConfigurationException` if the pool does not track devices, or its settings are not consistent.
    pub(crate) fn device_tracking(&self) -> Result<DeviceConfiguration> {
        self.configuration()?
            .devices
            .ok_or_else(|| ApiError::tracking_off(&self.id))
    }
}

/// The settings of a pool that operations decide by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Whether letter case distinguishes usernames and aliases.
    pub(crate) case_sensitive: bool,
    pub(crate) sign_in_options: SignInOptions,
    /// `None` if the pool does not track devices.
    pub(crate) devices: Option<DeviceConfiguration>,
    /// Whether threat protection is on (`UserPoolAddOns`), so that events of users are recorded.
    pub(crate) threat_protection: bool,
}

/// The names that users sign in with, besides the username and the sub (AWS's guide "Configuring user pool attributes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SignInOptions {
    /// The username, and the values of these attributes.
    Username { aliases: Vec<AliasAttributeType> },
    /// The values of these attributes; the username is the sub.
    Attributes(Vec<UsernameAttributeType>),
}

/// Whether these settings have threat protection on, be it in mode `AUDIT` or `ENFORCED`.
pub(crate) fn has_threat_protection(settings: &UserPoolType) -> bool {
    let add_ons = settings.user_pool_add_ons.as_ref();
    add_ons.is_some_and(|add_ons| add_ons.advanced_security_mode != AdvancedSecurityModeType::Off)
}

/// AWS's `DeviceConfigurationType` with its defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceConfiguration {
    /// Whether a remembered device replaces the second factor.
    pub(crate) challenge_required_on_new_device: bool,
    /// Whether a device is remembered only when the app asks for it, and not already when it is confirmed.
    pub(crate) only_remembered_on_user_prompt: bool,
}

impl Configuration {
    /// Makes the configuration of a pool. A pool tracks devices if either of the two device settings is given (AWS API
    /// reference, `DeviceConfigurationType`).
    ///
    /// # Errors
    /// The reason why the settings are not consistent.
    pub(crate) fn new(
        case_sensitive: Option<bool>,
        alias_attributes: Vec<AliasAttributeType>,
        username_attributes: Vec<UsernameAttributeType>,
        challenge_required_on_new_device: Option<bool>,
        device_only_remembered_on_user_prompt: Option<bool>,
        threat_protection: bool,
    ) -> Result<Self, String> {
        let sign_in_options = match (alias_attributes.is_empty(), username_attributes.is_empty()) {
            (false, false) => {
                return Err(
                    "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."
                        .to_owned(),
                );
            }
            (_, true) => SignInOptions::Username {
                aliases: alias_attributes,
            },
            (true, false) => SignInOptions::Attributes(username_attributes),
        };
        let tracks = challenge_required_on_new_device
            .or(device_only_remembered_on_user_prompt)
            .is_some();
        Ok(Self {
            case_sensitive: case_sensitive.unwrap_or(true),
            sign_in_options,
            devices: tracks.then(|| DeviceConfiguration {
                challenge_required_on_new_device: challenge_required_on_new_device.unwrap_or(false),
                only_remembered_on_user_prompt: device_only_remembered_on_user_prompt
                    .unwrap_or(false),
            }),
            threat_protection,
        })
    }

    /// Makes the configuration of a pool with these settings.
    ///
    /// # Errors
    /// The reason why the settings are not consistent.
    pub(crate) fn of(settings: &UserPoolType) -> Result<Self, String> {
        schema_attributes::check(settings.schema_attributes.as_deref().unwrap_or_default())?;
        check_recovery(settings.account_recovery_setting.as_ref())?;
        let devices = settings.device_configuration.as_ref();
        Self::new(
            settings
                .username_configuration
                .as_ref()
                .map(|configuration| configuration.case_sensitive),
            settings.alias_attributes.clone().unwrap_or_default(),
            settings.username_attributes.clone().unwrap_or_default(),
            devices.and_then(|devices| devices.challenge_required_on_new_device),
            devices.and_then(|devices| devices.device_only_remembered_on_user_prompt),
            has_threat_protection(settings),
        )
    }

    /// Refuses a pool that records no events.
    ///
    /// # Errors
    /// `UserPoolAddOnNotEnabledException`.
    pub(crate) fn check_threat_protection(&self) -> Result<()> {
        if self.threat_protection {
            Ok(())
        } else {
            Err(ApiError::threat_protection_off())
        }
    }

    /// The attribute that a new user's name is the value of. Returns `None` if the name is the username itself.
    ///
    /// # Errors
    /// `InvalidParameterException` if no user of the pool can have this name.
    pub(crate) fn attribute_of_name(&self, name: &str) -> Result<Option<&'static str>> {
        let (email, phone_number) = (is_email(name), is_phone_number(name));
        let refused = |sentence: &'static str| Err(ApiError::invalid_parameter(sentence));
        match &self.sign_in_options {
            SignInOptions::Username { aliases } => {
                if email && aliases.contains(&AliasAttributeType::Email) {
                    return refused(
                        "Username cannot be of email format, since user pool is configured for email alias.",
                    );
                }
                if phone_number && aliases.contains(&AliasAttributeType::PhoneNumber) {
                    return refused(
                        "Username cannot be of phone number format, since user pool is configured for phone number alias.",
                    );
                }
                Ok(None)
            }
            SignInOptions::Attributes(attributes) => {
                let by_email = attributes.contains(&UsernameAttributeType::Email);
                let by_phone_number = attributes.contains(&UsernameAttributeType::PhoneNumber);
                match (by_email, by_phone_number) {
                    (true, _) if email => Ok(Some("email")),
                    (_, true) if phone_number => Ok(Some("phone_number")),
                    (true, false) => refused("Username should be an email."),
                    (false, _) => refused("Username should be a phone number."),
                    (true, true) => {
                        refused("Username should be either an email or a phone number.")
                    }
                }
            }
        }
    }

    /// The form in which a username or alias is stored for searching: in lower case if the pool ignores case.
    pub(crate) fn key_of(&self, name: &str) -> String {
        if self.case_sensitive {
            name.to_owned()
        } else {
            name.to_lowercase()
        }
    }
}

/// `admin_only` excludes every other way to recover an account (AWS API reference, `AccountRecoverySettingType`).
fn check_recovery(setting: Option<&AccountRecoverySettingType>) -> Result<(), String> {
    let mechanisms = setting.and_then(|setting| setting.recovery_mechanisms.as_deref());
    let mechanisms = mechanisms.unwrap_or_default();
    let by_admin = mechanisms
        .iter()
        .any(|mechanism| mechanism.name == RecoveryOptionNameType::AdminOnly);
    if by_admin && mechanisms.len() > 1 {
        return Err(
            "Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other \
             recovery mechanisms."
                .to_owned(),
        );
    }
    Ok(())
}

/// Checks the id of a new pool on a server for `region`.
///
/// # Errors
/// The reason why the pool cannot have this id.
pub(crate) fn pool_id(text: &str, region: &str) -> Result<UserPoolId, String> {
    check(&schema::USER_POOL_TYPE, &mut json!({"Id": text})).map_err(|error| error.to_string())?;
    let id = UserPoolId::from(text.to_owned());
    if id.region() == region {
        Ok(id)
    } else {
        Err(format!("the pool id '{text}' is not of Region {region}"))
    }
}
