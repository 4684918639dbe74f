//! Errors about too many requests.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `TooManyRequestsException`: a quota is used up (AWS's guide "Quotas in Amazon Cognito").
    pub(crate) fn rate_exceeded() -> Self {
        Self::new(ErrorCode::TooManyRequestsException, "Rate exceeded")
    }

    /// `TooManyRequestsException`: the quota of one user is used up (AWS's guide "Quotas in Amazon Cognito").
    pub(crate) fn too_many_requests() -> Self {
        Self::new(ErrorCode::TooManyRequestsException, "Too many requests")
    }

    /// `LimitExceededException`: the user has done this too often in the last hour.
    pub(crate) fn attempt_limit_exceeded() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "Attempt limit exceeded, please try after some time.",
        )
    }
}
