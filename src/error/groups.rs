//! Errors about groups.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `ResourceNotFoundException`: the pool has no such group.
    pub(crate) fn no_such_group() -> Self {
        Self::new(ErrorCode::ResourceNotFoundException, "Group not found.")
    }

    /// `GroupExistsException`: the pool has a group with this name.
    pub(crate) fn group_exists() -> Self {
        Self::new(
            ErrorCode::GroupExistsException,
            "A group with the name already exists.",
        )
    }

    /// `LimitExceededException`: the pool has as many groups as a pool may have.
    pub(crate) fn too_many_groups() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "The user pool has the maximum number of groups.",
        )
    }

    /// `InvalidParameterException`: the user is in as many groups as a user may be in. `AdminAddUserToGroup` declares no
    /// `LimitExceededException`.
    pub(crate) fn too_many_groups_of_user() -> Self {
        Self::invalid_parameter("The user is in the maximum number of groups.")
    }
}
