//! The errors of the API.
//!
//! An [`ApiError`] has two readers. The caller reads `code` and `message`, which say no more than Cognito would. The log gets
//! the `reason` as well: why the request was refused, or what broke behind an `InternalErrorException`. A message that Cognito
//! sends in several places is written once, by a constructor in the file of its resource.

mod auth_events;
mod branding;
mod clients;
mod codes;
mod devices;
mod domains;
mod groups;
mod import;
mod mfa;
mod passwords;
mod pools;
mod providers;
mod quotas;
mod resource_servers;
mod sign_in;
mod tokens;
mod user_sessions;
mod users;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::api::{ErrorCode, InputError};

/// The result of every operation.
pub(crate) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// A refusal of a request, or a fault of the server.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// The name of the error's shape. It determines the HTTP status.
    pub(crate) code: ErrorCode,
    /// The message for the caller; `None` where Cognito sends no member `message`.
    pub(crate) message: Option<Cow<'static, str>>,
    /// The reason for the log, where the message does not give it.
    pub(crate) reason: Option<String>,
    /// How long a throttled client is asked to wait before it tries again.
    pub(crate) retry_after: Option<Duration>,
}

impl ApiError {
    /// An error with a message.
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: Some(message.into()),
            reason: None,
            retry_after: None,
        }
    }

    /// An error that Cognito sends without a message member.
    pub(crate) fn bare(code: ErrorCode) -> Self {
        Self {
            code,
            message: None,
            reason: None,
            retry_after: None,
        }
    }

    /// Adds the reason for the log.
    #[must_use]
    pub(crate) fn because(mut self, reason: impl fmt::Display) -> Self {
        self.reason = Some(reason.to_string());
        self
    }

    /// Adds how long the client is asked to wait before it tries again.
    #[must_use]
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The text for the log: the reason, or else a message that is a fixed sentence. Returns `None` for a composed message, since
    /// it may repeat what the caller sent.
    pub(crate) fn into_log_reason(self) -> Option<Cow<'static, str>> {
        match (self.reason, self.message) {
            (Some(reason), _) => Some(Cow::Owned(reason)),
            (None, Some(Cow::Borrowed(sentence))) => Some(Cow::Borrowed(sentence)),
            (None, Some(Cow::Owned(_)) | None) => None,
        }
    }

    /// Changes the code to one that the operation declares. Some operations declare other codes than most: for a fault of the
    /// server, for a used-up quota, for an alias that another user has, for a pool with invalid settings, or for a user who does
    /// not exist, or for a caller of another account, where IAM refuses. A code that is declared, or that has no other, stays.
    #[must_use]
    pub(crate) fn declared_by(mut self, declared: &[ErrorCode]) -> Self {
        let otherwise = [
            (
                ErrorCode::InternalErrorException,
                ErrorCode::InternalServerException,
            ),
            (
                ErrorCode::TooManyRequestsException,
                ErrorCode::ThrottlingException,
            ),
            (
                ErrorCode::AliasExistsException,
                ErrorCode::UsernameExistsException,
            ),
            (
                ErrorCode::InvalidUserPoolConfigurationException,
                ErrorCode::InvalidParameterException,
            ),
            (
                ErrorCode::UserNotFoundException,
                ErrorCode::ResourceNotFoundException,
            ),
            (
                ErrorCode::NotAuthorizedException,
                ErrorCode::AccessDeniedException,
            ),
        ];
        let other = otherwise
            .into_iter()
            .find(|(code, _)| *code == self.code && !declared.contains(code));
        if let Some((_, other)) = other {
            self.code = other;
        }
        self
    }

    /// The answer to something that was decided in a state of the registry that is no more.
    pub(crate) fn snapshot_restored() -> Self {
        Self::new(
            ErrorCode::ThrottlingException,
            "A snapshot was restored meanwhile. Try again.",
        )
        .retry_after(Duration::from_secs(1))
    }

    /// `NotImplementedException`: Poolhouse does not serve `what`.
    pub(crate) fn not_served(what: &str) -> Self {
        let message = format!("Poolhouse does not serve {what}.");
        Self::new(ErrorCode::NotImplementedException, message)
            .because(format_args!("{what} is not served"))
    }

    /// `InternalErrorException`: a fault of the server. The caller reads a fixed sentence; the log gets the source.
    pub(crate) fn internal(source: impl fmt::Display) -> Self {
        Self::new(
            ErrorCode::InternalErrorException,
            "An internal error occurred.",
        )
        .because(source)
    }

    /// `InvalidParameterException` with this message.
    pub(crate) fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParameterException, message)
    }

    /// `InvalidParameterException`: the list did not issue the pagination token.
    pub(crate) fn bad_pagination_token() -> Self {
        Self::invalid_parameter("Invalid pagination token given.")
    }

    /// `NotAuthorizedException` with this message.
    pub(crate) fn not_authorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::NotAuthorizedException, message)
    }
}

impl From<InputError> for ApiError {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Serialization(message) => Self {
                code: ErrorCode::SerializationException,
                reason: Some(if message.is_some() {
                    "a value of the body is of another JSON type than the model's".to_owned()
                } else {
                    "the body is not a JSON object, or a value is not of the model's form"
                        .to_owned()
                }),
                message: message.map(Cow::Owned),
                retry_after: None,
            },
            InputError::Violations(ref found) => {
                // Only the names of the members, since the values are the caller's.
                let mut members: Vec<&str> = found.iter().map(|one| one.member).collect();
                members.dedup();
                let members = members.join(", ");
                Self::invalid_parameter(error.to_string()).because(format_args!(
                    "constraints of the model do not hold in {members}"
                ))
            }
            InputError::Undecodable(source) => {
                // The decoder's message could repeat what the caller sent.
                let kind = source.classify();
                Self::internal(format_args!("checked input does not decode: {kind:?}"))
            }
        }
    }
}

impl std::error::Error for ApiError {}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(reason) = &self.reason {
            write!(f, " ({reason})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_takes_the_name_that_the_operation_declares() {
        let fault = || ApiError::internal("the disk is full");
        let only = [ErrorCode::InternalServerException];
        assert_eq!(fault().declared_by(&only).code, only[0]);
        let both = [only[0], ErrorCode::InternalErrorException];
        assert_eq!(fault().declared_by(&both).code, both[1]);
        let throttled = ApiError::rate_exceeded().declared_by(&only);
        assert_eq!(throttled.code, ErrorCode::ThrottlingException);
    }
}
