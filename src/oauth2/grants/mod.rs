//! The grants of the token endpoint.

pub(super) mod client_credentials;
pub(super) mod code;
pub(super) mod refresh;
