//! Errors about devices.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `ResourceNotFoundException`: the user has no such device, or it was forgotten or never confirmed.
    pub(crate) fn no_such_device() -> Self {
        Self::new(
            ErrorCode::ResourceNotFoundException,
            "Device does not exist.",
        )
    }
}
