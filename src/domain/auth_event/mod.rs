//! The events of users that threat protection records (AWS's guide "Viewing and exporting user event history").
//!
//! An event is one thing that a user did or tried: a sign-in with all its challenges, a sign-up, a change of the password. It is
//! named by the id of the request that it began with.

mod collected;

use crate::api::{
    AuthEventType, ChallengeName, ChallengeResponse, ChallengeResponseType, EventContextDataType,
    EventFeedbackType, EventResponseType, EventRiskType, EventType, RiskDecisionType, Timestamp,
};

pub(crate) use collected::Collected;

/// How long an event is kept: two years, as in Cognito.
pub(crate) const KEPT_MS: i64 = 2 * 365 * 24 * 60 * 60 * 1000;

/// The most events that are kept of one user. The newest are.
pub(crate) const MAX_EVENTS_OF_USER: i64 = 200;

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AuthEvent {
    pub(crate) id: String,
    pub(crate) event_type: EventType,
    pub(crate) progress: Progress,
    pub(crate) origin: Origin,
    pub(crate) feedback: Option<EventFeedbackType>,
    pub(crate) created: Timestamp,
}

/// Where the user was during an event, as far as the request tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) ip_address: Option<String>,
    /// The user's program and operating system.
    pub(crate) device_name: Option<String>,
    pub(crate) timezone: Option<String>,
}

/// How far an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) response: EventResponseType,
    /// How the last password was judged; `None` if there was none.
    pub(crate) password: Option<ChallengeResponse>,
    /// How the last answer about a second factor was judged; `None` if there was none.
    pub(crate) mfa: Option<ChallengeResponse>,
}

impl Progress {
    /// An event of this outcome in which nothing was proved.
    pub(crate) fn of(response: EventResponseType) -> Self {
        Self {
            response,
            password: None,
            mfa: None,
        }
    }

    /// The same with a password that was judged so.
    pub(crate) fn with_password(self, judged: ChallengeResponse) -> Self {
        Self {
            password: Some(judged),
            ..self
        }
    }

    /// The same with a second factor that was judged so.
    pub(crate) fn with_mfa(self, judged: ChallengeResponse) -> Self {
        Self {
            mfa: Some(judged),
            ..self
        }
    }
}

impl AuthEvent {
    /// The event as answers show it.
    pub(crate) fn into_auth_event_type(self) -> AuthEventType {
        let Progress {
            response,
            password,
            mfa,
        } = self.progress;
        let judged = [
            (ChallengeName::Password, password),
            (ChallengeName::Mfa, mfa),
        ];
        let responses = judged.into_iter().filter_map(|(name, judged)| {
            judged.map(|judged| ChallengeResponseType {
                challenge_name: Some(name),
                challenge_response: Some(judged),
            })
        });
        AuthEventType {
            challenge_responses: Some(responses.collect()),
            creation_date: Some(self.created),
            event_context_data: Some(EventContextDataType {
                city: None,
                country: None,
                device_name: self.origin.device_name,
                ip_address: self.origin.ip_address,
                timezone: self.origin.timezone,
            }),
            event_feedback: self.feedback,
            event_id: Some(self.id),
            event_response: Some(response),
            // Nothing assesses risks.
            event_risk: Some(EventRiskType {
                compromised_credentials_detected: Some(false),
                risk_decision: Some(RiskDecisionType::NoRisk),
                risk_level: None,
            }),
            event_type: Some(self.event_type),
        }
    }
}
