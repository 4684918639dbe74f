//! Errors about sessions of users.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `ResourceNotFoundException`: the user has no such session, or it has ended.
    pub(crate) fn no_such_user_session() -> Self {
        Self::new(ErrorCode::ResourceNotFoundException, "Session not found.")
    }

    /// `InvalidParameterException`: the session is the one that the caller's access token belongs to.
    pub(crate) fn own_user_session() -> Self {
        Self::invalid_parameter("The current session cannot be revoked.")
    }

    /// `InvalidParameterException`: the pool does not track sessions.
    pub(crate) fn session_tracking_off() -> Self {
        Self::invalid_parameter("User session tracking is not enabled for the user pool.")
    }
}
