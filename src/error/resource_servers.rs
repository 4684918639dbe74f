//! Errors about resource servers.

use crate::api::ErrorCode;
use crate::error::ApiError;
use crate::ids::UserPoolId;

impl ApiError {
    /// `ResourceNotFoundException`: the pool has no such resource server.
    pub(crate) fn no_such_resource_server(identifier: &str) -> Self {
        let message = format!("Resource server {identifier} does not exist.");
        Self::new(ErrorCode::ResourceNotFoundException, message)
            .because("there is no such resource server")
    }

    /// `InvalidParameterException`: the pool has a resource server with this identifier. The API has no other error for it.
    pub(crate) fn resource_server_exists(identifier: &str, pool: &UserPoolId) -> Self {
        let message = format!("{identifier} already exists in user pool {pool}.");
        Self::invalid_parameter(message).because("the pool has a resource server with this name")
    }

    /// `InvalidParameterException`: two scopes of a resource server have the same name.
    pub(crate) fn scope_given_twice(name: &str) -> Self {
        let message = format!("Scope {name} is given more than once.");
        Self::invalid_parameter(message).because("two scopes have the same name")
    }

    /// `LimitExceededException`: the pool has as many resource servers as a pool may have.
    pub(crate) fn too_many_resource_servers() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "The user pool has the maximum number of resource servers.",
        )
    }
}
