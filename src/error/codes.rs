//! Errors about codes that are sent to users.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `CodeMismatchException`: another code was sent.
    pub(crate) fn code_mismatch() -> Self {
        Self::new(
            ErrorCode::CodeMismatchException,
            "Invalid verification code provided, please try again.",
        )
    }

    /// `ExpiredCodeException`: no code was sent, or it has expired, or it was used.
    pub(crate) fn expired_code() -> Self {
        Self::new(
            ErrorCode::ExpiredCodeException,
            "Invalid code provided, please request a code again.",
        )
    }

    /// `UserNotFoundException` of an operation that an app calls for a user who has proved nothing.
    pub(crate) fn no_such_user_of_client() -> Self {
        Self::new(
            ErrorCode::UserNotFoundException,
            "Username/client id combination not found.",
        )
    }

    /// `NotAuthorizedException`: the pool verifies no attribute by a code.
    pub(crate) fn auto_verification_off() -> Self {
        Self::not_authorized("Cannot resend codes. Auto verification not turned on.")
    }

    /// `InvalidParameterException`: the user is confirmed and needs no code for it.
    pub(crate) fn already_confirmed() -> Self {
        Self::invalid_parameter("User is already confirmed.")
    }

    /// `InvalidParameterException`: codes that verify an attribute are sent to email addresses and phone numbers only.
    pub(crate) fn not_verifiable() -> Self {
        Self::invalid_parameter(
            "Invalid attribute name. Only phone_number and email can be verified.",
        )
    }

    /// `InvalidParameterException`: the user has no address or number to send a code to.
    pub(crate) fn no_contact(what: &'static str) -> Self {
        Self::invalid_parameter(format!("User does not have a valid registered {what}"))
    }

    /// `InvalidParameterException`: the user has no verified address or number by which the account can be recovered.
    pub(crate) fn no_recovery_contact() -> Self {
        Self::invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
        )
    }

    /// `NotAuthorizedException`: a user with this status cannot reset the password.
    pub(crate) fn password_not_resettable() -> Self {
        Self::not_authorized("User password cannot be reset in the current state.")
    }

    /// `NotAuthorizedException`: in this pool administrators alone reset passwords.
    pub(crate) fn recovery_by_administrator() -> Self {
        Self::not_authorized("Contact administrator to reset password.")
    }
}
