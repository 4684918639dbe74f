//! Errors about app clients.

use crate::api::ErrorCode;
use crate::error::ApiError;
use crate::ids::ClientId;

impl ApiError {
    /// `ResourceNotFoundException`: the pool has no such app client.
    pub(crate) fn no_such_client(client: &ClientId) -> Self {
        let message = format!("User pool client {} does not exist.", client.as_str());
        Self::new(ErrorCode::ResourceNotFoundException, message).because("there is no such client")
    }

    /// `InvalidParameterException`: another app client has this id.
    pub(crate) fn client_exists(client: &ClientId) -> Self {
        Self::invalid_parameter(format!(
            "User pool client {} already exists.",
            client.as_str()
        ))
        .because("a client has this id already")
    }

    /// `InvalidParameterException`: the app client has no secret, so that no second one can be added.
    pub(crate) fn public_client(client: &ClientId) -> Self {
        Self::invalid_parameter(format!(
            "User pool client {} does not have a client secret.",
            client.as_str()
        ))
        .because("the client is public")
    }

    /// `LimitExceededException`: the app client has as many secrets as it may have.
    pub(crate) fn too_many_client_secrets() -> Self {
        let message = "Client secrets cannot exceed limit of 2 secrets.";
        Self::new(ErrorCode::LimitExceededException, message)
    }

    /// `InvalidParameterException`: the app client has no other secret than the one that is to be deleted.
    pub(crate) fn last_client_secret() -> Self {
        Self::invalid_parameter("The last client secret cannot be deleted.")
    }

    /// `ResourceNotFoundException`: the app client has no secret with this id.
    pub(crate) fn no_such_client_secret() -> Self {
        let message = "Client secret does not exist.";
        Self::new(ErrorCode::ResourceNotFoundException, message)
    }

    /// `NotAuthorizedException`: the client may not write the attribute.
    pub(crate) fn unauthorized_attribute() -> Self {
        Self::not_authorized("A client attempted to write unauthorized attribute")
    }
}
