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

    /// `NotAuthorizedException`: the client may not write the attribute.
    pub(crate) fn unauthorized_attribute() -> Self {
        Self::not_authorized("A client attempted to write unauthorized attribute")
    }
}
