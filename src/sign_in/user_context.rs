//! What the caller of a sign-in tells of the user, where the request itself comes from somebody else's server.

use std::net::IpAddr;

use crate::api::{ContextDataType, Sensitive, UserContextDataType};

/// The user's address and program, as far as the caller tells them.
#[derive(Default, Clone)]
pub(crate) struct UserContext {
    pub(super) ip: Option<IpAddr>,
    /// The value of the header `User-Agent`.
    pub(super) user_agent: Option<String>,
    /// What AWS's libraries have collected on the user's device.
    pub(super) encoded_data: Option<String>,
}

/// What an app tells. An address that is none is left out.
impl From<Option<Sensitive<UserContextDataType>>> for UserContext {
    fn from(told: Option<Sensitive<UserContextDataType>>) -> Self {
        let Some(told) = told.map(Sensitive::into_inner) else {
            return Self::default();
        };
        Self {
            ip: told.ip_address.and_then(|ip| ip.parse().ok()),
            user_agent: None,
            encoded_data: told.encoded_data,
        }
    }
}

/// What an administrator tells: the headers are those of the user's request to the administrator's server. An address that is
/// none is left out.
impl From<Option<ContextDataType>> for UserContext {
    fn from(told: Option<ContextDataType>) -> Self {
        let Some(told) = told else {
            return Self::default();
        };
        let user_agent = told.http_headers.into_iter().find_map(|header| {
            let name = header.header_name?;
            let is_wanted = name.eq_ignore_ascii_case("User-Agent");
            header.header_value.filter(|_| is_wanted)
        });
        Self {
            ip: told.ip_address.parse().ok(),
            user_agent,
            encoded_data: told.encoded_data,
        }
    }
}
