//! Errors about events of users.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `UserPoolAddOnNotEnabledException`: the pool has threat protection off.
    pub(crate) fn threat_protection_off() -> Self {
        Self::new(
            ErrorCode::UserPoolAddOnNotEnabledException,
            "User pool addon is not enabled.",
        )
    }

    /// `ResourceNotFoundException`: the user has no such event.
    pub(crate) fn no_such_event() -> Self {
        Self::new(ErrorCode::ResourceNotFoundException, "Event not found.")
    }

    /// `NotAuthorizedException`: the token is not that of the event of such a user.
    pub(crate) fn invalid_feedback_token() -> Self {
        Self::not_authorized("Invalid feedback token.")
    }
}
