//! Errors about tokens.

use crate::error::ApiError;

impl ApiError {
    /// `NotAuthorizedException`: the refresh token is unknown, or belongs to another client or device.
    pub(crate) fn invalid_refresh_token() -> Self {
        Self::not_authorized("Invalid Refresh Token")
    }
}
