//! Errors about flows, challenges and sessions.

use std::fmt;

use crate::error::ApiError;

impl ApiError {
    /// `InvalidParameterException`: the flow or the challenge needs a parameter that is missing.
    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::invalid_parameter(format!("Missing required parameter {name}"))
            .because(format_args!("{name} is missing"))
    }

    /// `InvalidParameterException`: `SRP_A` is not a number of the group, or one that SRP refuses.
    pub(crate) fn invalid_srp_a(why: impl fmt::Display) -> Self {
        Self::invalid_parameter("Invalid SRP_A given.").because(why)
    }

    /// `NotAuthorizedException`: a proof is wrong. The message is the same for every kind of proof and for unknown users.
    pub(crate) fn wrong_password() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    /// `NotAuthorizedException`: the session was never issued, or was issued for something else.
    pub(crate) fn invalid_session() -> Self {
        Self::not_authorized("Invalid session for the user.")
    }

    /// `NotAuthorizedException`: the session has expired.
    pub(crate) fn session_expired() -> Self {
        Self::not_authorized("Invalid session for the user, session is expired.")
    }

    /// `NotAuthorizedException`: the session was used before.
    pub(crate) fn session_used() -> Self {
        Self::not_authorized("Invalid session for the user, session can only be used once.")
    }
}
