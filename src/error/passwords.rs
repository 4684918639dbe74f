//! Errors about passwords.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `PasswordHistoryPolicyViolationException`: the user has the password now or had it before.
    pub(crate) fn password_used_before() -> Self {
        Self::new(
            ErrorCode::PasswordHistoryPolicyViolationException,
            "Password has previously been used",
        )
    }

    /// `PasswordResetRequiredException`: an administrator has reset the user's password.
    pub(crate) fn password_reset_required() -> Self {
        Self::new(
            ErrorCode::PasswordResetRequiredException,
            "Password reset required for the user",
        )
    }

    /// `NotAuthorizedException`: the temporary password was not changed in time.
    pub(crate) fn temporary_password_expired() -> Self {
        Self::not_authorized(
            "Temporary password has expired and must be reset by an administrator.",
        )
    }
}
