//! What a fault is told: whom it strikes, with what, and how often.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Effect;
use crate::api::{self, ErrorCode};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;

/// The errors that every operation and endpoint may give: a fault of the server, and throttling. An operation that declares another name
/// for one of them answers with that ([`ApiError::declared_by`]).
const OF_ALL: [ErrorCode; 3] = [
    ErrorCode::InternalErrorException,
    ErrorCode::ThrottlingException,
    ErrorCode::TooManyRequestsException,
];

/// The endpoints besides the API that may suffer, by their names in the log: those of a domain, and the documents for verifiers.
const ENDPOINTS: [&str; 13] = [
    "authorize",
    "confirm",
    "confirmforgotPassword",
    "forgotPassword",
    "idpresponse",
    "jwks",
    "login",
    "logout",
    "openid-configuration",
    "revoke",
    "signup",
    "token",
    "userInfo",
];

/// The longest delay, in milliseconds.
const LONGEST_DELAY: u64 = 60_000;

/// The longest time that a fault lasts if a time is said, in seconds: a day.
const LONGEST: u64 = 24 * 60 * 60;

/// The longest message, in characters.
const LONGEST_MESSAGE: usize = 1024;

/// The longest pool id of the API's model.
const LONGEST_POOL_ID: usize = 55;

/// What a caller says of a fault.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Rule {
    /// The operation, or the endpoint by its name in the log; `None` is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// The pool that the request is about; `None` is any, and none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_pool_id: Option<UserPoolId>,
    /// The name of the error that is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The message of that error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// How long the request waits first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delay_milliseconds: Option<u64>,
    /// When the connection ends without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disconnect: Option<Disconnect>,
    /// How many requests are struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    /// The share of requests that are struck, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<f64>,
    /// How long the fault lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_seconds: Option<u64>,
}

/// When a connection ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Disconnect {
    /// Before the request has done anything.
    BeforeWork,
    /// When the request has done what it was to do.
    AfterWork,
}

/// A rule that was checked.
pub(super) struct Checked {
    given: Rule,
    error: Option<ErrorCode>,
}

impl Checked {
    /// Checks a rule.
    ///
    /// # Errors
    /// `InvalidParameterException`, which says what is wrong with it.
    pub(super) fn of(given: Rule) -> Result<Self> {
        let error = given.checked_error()?;
        given.check_effect()?;
        given.check_bounds()?;
        Ok(Self { given, error })
    }

    /// What the caller said.
    pub(super) fn given(&self) -> &Rule {
        &self.given
    }

    /// Whether it is about requests for this operation or endpoint, and this pool.
    pub(super) fn is_about(&self, endpoint: &str, pool: Option<&UserPoolId>) -> bool {
        let (operation, of_pool) = (&self.given.operation, &self.given.user_pool_id);
        operation.as_ref().is_none_or(|name| name == endpoint)
            && of_pool.as_ref().is_none_or(|id| pool == Some(id))
    }

    /// The share of requests that are struck.
    pub(super) fn share(&self) -> Option<f64> {
        self.given.share
    }

    /// How many requests are struck.
    pub(super) fn count(&self) -> Option<u64> {
        self.given.count
    }

    /// How long it lasts.
    pub(super) fn lasts(&self) -> Option<Duration> {
        self.given.duration_seconds.map(Duration::from_secs)
    }

    /// How long requests wait.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(self.given.delay_milliseconds.unwrap_or_default())
    }

    /// What requests suffer after the delay, of the fault with this id.
    pub(super) fn effect(&self, id: u64) -> Effect {
        if let Some(error) = self.error {
            let message = self.given.message.clone();
            return Effect::Refusal(
                error,
                message.unwrap_or_else(|| format!("Fault {id} of this server.")),
            );
        }
        let disconnect = self.given.disconnect.map(Effect::Disconnect);
        disconnect.unwrap_or(Effect::Nothing)
    }

    /// The rule in words: `AdminGetUser: TooManyRequestsException, after 500 ms, 2 times`.
    pub(super) fn in_words(&self) -> String {
        let given = &self.given;
        let operation = given.operation.as_deref().unwrap_or("every operation");
        let pool = given.user_pool_id.as_ref();
        let pool = pool.map(|id| format!(" on {id}")).unwrap_or_default();
        let cut = given.disconnect.map(|when| match when {
            Disconnect::BeforeWork => "disconnected before the work".to_owned(),
            Disconnect::AfterWork => "disconnected after the work".to_owned(),
        });
        let delay = given.delay_milliseconds.map(|ms| format!("after {ms} ms"));
        let share = given.share.map(|share| format!("a share of {share}"));
        let count = given.count.map(|count| match count {
            1 => "once".to_owned(),
            count => format!("{count} times"),
        });
        let lasts = given
            .duration_seconds
            .map(|seconds| format!("for {seconds} s"));
        let error = given.error.clone();
        let parts = [error, cut, delay, share, count, lasts];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{operation}{pool}: {}", parts.join(", "))
    }
}

impl Rule {
    /// The error to answer with, if the operation can give it.
    fn checked_error(&self) -> Result<Option<ErrorCode>> {
        let declared: &[ErrorCode] = match self.operation.as_deref() {
            None => &[],
            Some(name) if ENDPOINTS.contains(&name) => &[],
            Some(name) => {
                let model = api::operation(name);
                model.map(|model| model.errors).ok_or_else(|| {
                    ApiError::invalid_parameter(format!(
                        "Operation: the API has no operation {name}, and it is none of the endpoints {}.",
                        ENDPOINTS.join(", ")
                    ))
                })?
            }
        };
        let Some(name) = &self.error else {
            return Ok(None);
        };
        let mut possible = OF_ALL.iter().chain(declared);
        let found = possible.find(|code| code.as_str() == name).copied();
        let found = found.ok_or_else(|| {
            let (who, all) = (self.operation.as_deref(), OF_ALL.iter().chain(declared));
            let mut all: Vec<&str> = all.map(|code| code.as_str()).collect();
            all.sort_unstable();
            all.dedup();
            ApiError::invalid_parameter(format!(
                "Error: {} cannot answer with {name}, but with one of {}.",
                who.unwrap_or("every operation"),
                all.join(", ")
            ))
        })?;
        Ok(Some(found))
    }

    fn check_effect(&self) -> Result<()> {
        let nothing = self.error.is_none()
            && self.disconnect.is_none()
            && self.delay_milliseconds.unwrap_or_default() == 0;
        let why = if nothing {
            "One of Error, DelayMilliseconds and Disconnect is needed."
        } else if self.error.is_some() && self.disconnect.is_some() {
            "A request is answered with an Error or disconnected, not both."
        } else if self.message.is_some() && self.error.is_none() {
            "Message is that of an Error."
        } else {
            return Ok(());
        };
        Err(ApiError::invalid_parameter(why))
    }

    fn check_bounds(&self) -> Result<()> {
        let within = |value: Option<u64>, least, most| {
            value.is_none_or(|value| (least..=most).contains(&value))
        };
        let why = if !within(self.delay_milliseconds, 0, LONGEST_DELAY) {
            "DelayMilliseconds must be from 0 to 60000."
        } else if !within(self.count, 1, u64::MAX) {
            "Count must be at least 1."
        } else if !self.share.is_none_or(|share| (0.0..=1.0).contains(&share)) {
            "Share must be from 0 to 1."
        } else if !within(self.duration_seconds, 1, LONGEST) {
            "DurationSeconds must be from 1 to 86400."
        } else if self
            .message
            .as_ref()
            .is_some_and(|text| text.chars().count() > LONGEST_MESSAGE)
        {
            "Message must not be longer than 1024 characters."
        } else if !self.user_pool_id.as_ref().is_none_or(is_pool_id) {
            "UserPoolId must be the id of a user pool, such as us-east-1_Example12."
        } else {
            return Ok(());
        };
        Err(ApiError::invalid_parameter(why))
    }
}

/// Whether it can be the id of a pool, which need not exist yet.
fn is_pool_id(id: &UserPoolId) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    id.as_str().len() <= LONGEST_POOL_ID
        && !id.region().is_empty()
        && !id.name().is_empty()
        && [id.region(), id.name()]
            .iter()
            .all(|part| part.bytes().all(plain))
}
