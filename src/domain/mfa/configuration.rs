//! A pool's MFA configuration: its second factors and their settings.
//!
//! `UserPoolType` holds a part of it: whether MFA is required, and how SMS messages are sent. That part is stored only there and
//! the rest only here, so that `DescribeUserPool` and `GetUserPoolMfaConfig` cannot disagree.

use serde::{Deserialize, Serialize};

use crate::api::{
    EmailMfaConfigType, EmailSendingAccountType, GetUserPoolMfaConfigResponse,
    SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse, SmsMfaConfigType,
    SoftwareTokenMfaConfigType, UserPoolMfaType, UserPoolType, WebAuthnConfigurationType,
};
use crate::error::{ApiError, Result};

/// The part of the MFA configuration that `UserPoolType` does not hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct MfaConfig {
    /// Whether SMS messages are a factor. The pool's settings say how they are sent.
    pub(crate) sms: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) software_token: Option<SoftwareTokenMfaConfigType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<EmailMfaConfigType>,
    /// Passkeys, which are a first factor and need no MFA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) web_authn: Option<WebAuthnConfigurationType>,
}

impl MfaConfig {
    /// Whether there is a second factor without SMS messages.
    pub(crate) fn without_sms(&self) -> bool {
        let software_token = self.software_token.as_ref();
        self.email.is_some() || software_token.is_some_and(|token| token.enabled == Some(true))
    }

    /// Whether SMS messages are a factor. They are the factor of a pool that requires MFA and names no factor, as
    /// `CreateUserPool` allows.
    pub(crate) fn by_sms(&self, mode: UserPoolMfaType) -> bool {
        self.sms || (mode != UserPoolMfaType::Off && !self.without_sms())
    }

    /// The whole MFA configuration as `GetUserPoolMfaConfig` shows it.
    pub(crate) fn into_response(self, settings: UserPoolType) -> GetUserPoolMfaConfigResponse {
        let mode = settings.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
        let by_sms = self.by_sms(mode);
        let sms = SmsMfaConfigType {
            sms_authentication_message: settings.sms_authentication_message,
            sms_configuration: settings.sms_configuration,
        };
        GetUserPoolMfaConfigResponse {
            email_mfa_configuration: self.email,
            mfa_configuration: Some(mode),
            sms_mfa_configuration: Some(sms)
                .filter(|sms| by_sms && sms.sms_configuration.is_some()),
            software_token_mfa_configuration: self.software_token,
            web_authn_configuration: self.web_authn,
        }
    }

    /// The MFA configuration of a pool for which `GetUserPoolMfaConfig` shows `shown`. Fills in the members of `settings` that
    /// are absent.
    pub(crate) fn from_response(
        shown: SetUserPoolMfaConfigRequest,
        settings: &mut UserPoolType,
    ) -> Self {
        // A pool that does not set it shows `OFF` too.
        let mode = shown
            .mfa_configuration
            .filter(|mode| *mode != UserPoolMfaType::Off);
        settings.mfa_configuration = settings.mfa_configuration.or(mode);
        let sms = shown.sms_mfa_configuration;
        let by_sms = sms.is_some();
        let sms = sms.unwrap_or_default();
        let message = &mut settings.sms_authentication_message;
        *message = message.take().or(sms.sms_authentication_message);
        let configuration = &mut settings.sms_configuration;
        *configuration = configuration.take().or(sms.sms_configuration);
        Self {
            // SMS messages without a configuration are not shown.
            sms: by_sms && configuration.is_some(),
            software_token: shown.software_token_mfa_configuration,
            email: shown.email_mfa_configuration,
            web_authn: shown.web_authn_configuration,
        }
    }

    /// Sets what the request names. The second factors and the requirement belong together: a request that names one of them
    /// replaces all. Passkeys are separate.
    ///
    /// # Errors
    /// `InvalidParameterException` if the result is not consistent.
    pub(crate) fn set(
        &mut self,
        settings: &mut UserPoolType,
        request: SetUserPoolMfaConfigRequest,
    ) -> Result<()> {
        let named = request.mfa_configuration.is_some()
            || request.sms_mfa_configuration.is_some()
            || request.software_token_mfa_configuration.is_some()
            || request.email_mfa_configuration.is_some();
        self.web_authn = request.web_authn_configuration.or(self.web_authn.take());
        if !named {
            return Ok(());
        }
        settings.mfa_configuration = request.mfa_configuration.or(settings.mfa_configuration);
        self.sms = request.sms_mfa_configuration.is_some();
        if let Some(sms) = request.sms_mfa_configuration {
            settings.sms_authentication_message = sms.sms_authentication_message;
            settings.sms_configuration =
                sms.sms_configuration.or(settings.sms_configuration.take());
        }
        self.software_token = request.software_token_mfa_configuration;
        self.email = request.email_mfa_configuration;
        self.check(settings)?;
        let email = settings.email_configuration.as_ref();
        let sender = email.and_then(|email| email.email_sending_account);
        if self.email.is_some() && sender != Some(EmailSendingAccountType::Developer) {
            return Err(ApiError::invalid_parameter(
                "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of \
                 COGNITO_DEFAULT.",
            ));
        }
        Ok(())
    }

    /// Checks that a pool with these settings has a factor if it asks for MFA: one of these, or SMS messages that it can send.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn check_suffices(&self, settings: &UserPoolType) -> Result<()> {
        let mode = settings.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
        let by_sms = settings.sms_configuration.is_some();
        if mode == UserPoolMfaType::Off || by_sms || self.without_sms() {
            Ok(())
        } else {
            Err(ApiError::sms_needed())
        }
    }

    fn check(&self, settings: &UserPoolType) -> Result<()> {
        let refused = |why: &'static str| Err(ApiError::invalid_parameter(why));
        let any = self.sms || self.without_sms();
        match settings.mfa_configuration.unwrap_or(UserPoolMfaType::Off) {
            UserPoolMfaType::Off if any => refused(
                "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
            ),
            UserPoolMfaType::On | UserPoolMfaType::Optional if !any => refused(
                "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
            ),
            UserPoolMfaType::On | UserPoolMfaType::Optional
                if self.sms && settings.sms_configuration.is_none() =>
            {
                Err(ApiError::sms_needed())
            }
            UserPoolMfaType::Off | UserPoolMfaType::On | UserPoolMfaType::Optional => Ok(()),
        }
    }
}

impl From<GetUserPoolMfaConfigResponse> for SetUserPoolMfaConfigResponse {
    fn from(shown: GetUserPoolMfaConfigResponse) -> Self {
        Self {
            email_mfa_configuration: shown.email_mfa_configuration,
            mfa_configuration: shown.mfa_configuration,
            sms_mfa_configuration: shown.sms_mfa_configuration,
            software_token_mfa_configuration: shown.software_token_mfa_configuration,
            web_authn_configuration: shown.web_authn_configuration,
        }
    }
}
