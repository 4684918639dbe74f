//! Sessions of users, as AWS's guide "Managing user sessions" describes them: which of them are listed, and how a pool and its
//! clients configure them. The sessions here are token sessions; SSO sessions begin in managed login.

use crate::api::{
    ClientSSOSessionConfigType, SessionDescriptionType, SessionLocationType, SessionTypeType,
    Timestamp, UserPoolTokenSessionConfigType, UserSessionTrackingType,
};
use crate::ids::{ClientId, UserSessionId};

/// The most token sessions of a user in a pool that has set no other number.
const MAX_PER_USER: i64 = 20;

/// For how many minutes a client that has set no other number reuses an SSO session.
const SSO_SESSION_MINUTES: i64 = 60;

/// What is shown where the program or the place is not known.
const UNKNOWN: &str = "unknown";

/// How a pool treats its users' sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionTracking {
    /// Whether sign-ins that begin now are recorded as sessions.
    pub(crate) enabled: bool,
    /// The most token sessions of a user.
    pub(crate) max_per_user: i64,
}

impl Default for SessionTracking {
    fn default() -> Self {
        Self {
            enabled: false,
            max_per_user: MAX_PER_USER,
        }
    }
}

impl SessionTracking {
    /// The tracking that a request or a seed sets.
    pub(crate) fn new(
        tracking: UserSessionTrackingType,
        token_session: &UserPoolTokenSessionConfigType,
    ) -> Self {
        Self {
            enabled: tracking == UserSessionTrackingType::Enabled,
            max_per_user: token_session.max_per_user,
        }
    }

    /// As answers show whether sessions are tracked.
    pub(crate) fn shown(self) -> UserSessionTrackingType {
        if self.enabled {
            UserSessionTrackingType::Enabled
        } else {
            UserSessionTrackingType::Disabled
        }
    }

    /// As answers show the limit.
    pub(crate) fn token_session(self) -> UserPoolTokenSessionConfigType {
        UserPoolTokenSessionConfigType {
            max_per_user: self.max_per_user,
        }
    }
}

/// A client's configuration of SSO sessions; `minutes` is `None` where nobody has set it.
pub(crate) fn sso_session(minutes: Option<i64>) -> ClientSSOSessionConfigType {
    ClientSSOSessionConfigType {
        max_validity_minutes: minutes.unwrap_or(SSO_SESSION_MINUTES),
    }
}

/// A use of a session: its sign-in, or a refresh of its tokens.
pub(crate) struct Activity {
    pub(crate) at: Timestamp,
    /// The address of the user, as far as it is known.
    pub(crate) ip: Option<String>,
    /// The program and operating system of the user, as far as they are known.
    pub(crate) device_type: Option<String>,
}

/// A token session of a user that has not ended: the life of one refresh token of one client.
pub(crate) struct UserSession {
    pub(crate) id: UserSessionId,
    /// The row of the sign-in that it began with.
    pub(crate) sign_in: i64,
    pub(crate) client: ClientId,
    pub(crate) created: Timestamp,
    pub(crate) last: Activity,
}

impl UserSession {
    /// The session as lists show it. `current` is the row of the caller's own sign-in.
    pub(crate) fn into_description(self, current: Option<i64>) -> SessionDescriptionType {
        let device_type = self.last.device_type;
        SessionDescriptionType {
            client_id: Some(self.client),
            create_date: Some(self.created),
            device_type: Some(device_type.unwrap_or_else(|| UNKNOWN.to_owned())),
            is_current_session: Some(current == Some(self.sign_in)),
            last_active_date: Some(self.last.at),
            last_ip_address: self.last.ip.map(Into::into),
            last_location: Some(SessionLocationType {
                city: None,
                country: Some(UNKNOWN.to_owned()),
            }),
            origin_session_id: None,
            session_id: Some(self.id),
            session_type: Some(SessionTypeType::Token),
        }
    }
}
