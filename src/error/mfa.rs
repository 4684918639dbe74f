//! Errors about second factors.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `InvalidParameterException`: the pool uses MFA and has no second factor to send or check a code with.
    pub(crate) fn sms_needed() -> Self {
        Self::invalid_parameter(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        )
    }

    /// `InvalidParameterException`: the user has no address, number or token for the factor of this name, which is to be switched
    /// on.
    pub(crate) fn no_delivery_config(factor: &str) -> Self {
        Self::invalid_parameter(format!(
            "User does not have delivery config set to turn on {factor}"
        ))
        .because("the user does not have this factor")
    }

    /// `MFAMethodNotFoundException`: the user has no such second factor.
    pub(crate) fn no_such_mfa_method() -> Self {
        Self::new(
            ErrorCode::MFAMethodNotFoundException,
            "MFA method not found for the user.",
        )
    }

    /// `SoftwareTokenMFANotFoundException`: the user has no software token, or none that waits to be verified.
    pub(crate) fn no_software_token() -> Self {
        Self::new(
            ErrorCode::SoftwareTokenMFANotFoundException,
            "Software Token MFA does not exist for the user.",
        )
    }

    /// `SoftwareTokenMFANotFoundException`: the pool does not let its users have software tokens.
    pub(crate) fn no_software_tokens_in_pool() -> Self {
        Self::new(
            ErrorCode::SoftwareTokenMFANotFoundException,
            "Software Token MFA has not been enabled by the userPool",
        )
    }

    /// `CodeMismatchException`: the code of a second factor is wrong.
    pub(crate) fn wrong_mfa_code() -> Self {
        Self::new(
            ErrorCode::CodeMismatchException,
            "Invalid code received for user",
        )
    }
}
