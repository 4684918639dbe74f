//! What an operation answers when it refuses, and every sentence that recurs.
//!
//! An [`ApiError`] has two audiences. The caller sees `code` and `message`, never more than Cognito would say. The log gets
//! the `reason` as well: why a refusal was refused, or what broke behind an `InternalErrorException`. A sentence that
//! Cognito says in several places exists once, as a constructor here.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::api::{ErrorCode, InputError};
use crate::ids::{ClientId, UserPoolId, Username};

/// What every operation returns.
pub(crate) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// A refusal or a fault, as the caller and the log see it.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// The error's shape name; the status follows from it.
    pub(crate) code: ErrorCode,
    /// What the caller reads; `None` where Cognito sends no message member at all.
    pub(crate) message: Option<Cow<'static, str>>,
    /// For the log alone: the true reason, where the message does not say it.
    pub(crate) reason: Option<String>,
    /// How long a throttled client should wait before it tries again.
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

    /// Adds what only the log shall read.
    #[must_use]
    pub(crate) fn because(mut self, reason: impl fmt::Display) -> Self {
        self.reason = Some(reason.to_string());
        self
    }

    /// Adds how long the client should wait before it tries again.
    #[must_use]
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What the log tells of it: the reason, or the message where that is a fixed sentence. A composed one may repeat what the
    /// caller sent.
    pub(crate) fn into_log_reason(self) -> Option<Cow<'static, str>> {
        match (self.reason, self.message) {
            (Some(reason), _) => Some(Cow::Owned(reason)),
            (None, Some(Cow::Borrowed(sentence))) => Some(Cow::Borrowed(sentence)),
            (None, Some(Cow::Owned(_)) | None) => None,
        }
    }

    /// The same error under the name by which an operation declares it: a few declare `InternalServerException` for a fault,
    /// or leave the throttle to the error that is common to all services; `AdminCreateUser` has one name for whatever is taken;
    /// most have none for a pool whose configuration does not hold together; and some that name a user have none for a user who
    /// does not exist.
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
        ];
        let other = otherwise
            .into_iter()
            .find(|(code, _)| *code == self.code && !declared.contains(code));
        if let Some((_, other)) = other {
            self.code = other;
        }
        self
    }

    /// `NotImplementedException` of something that Poolhouse does not serve, by its name.
    pub(crate) fn not_served(what: &str) -> Self {
        let message = format!("Poolhouse does not serve {what}.");
        Self::new(ErrorCode::NotImplementedException, message)
            .because(format_args!("{what} is not served"))
    }

    /// A fault of ours: the caller learns nothing but that, the log gets the source.
    pub(crate) fn internal(source: impl fmt::Display) -> Self {
        Self::new(
            ErrorCode::InternalErrorException,
            "An internal error occurred.",
        )
        .because(source)
    }

    /// `InvalidParameterException` with the given text.
    pub(crate) fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParameterException, message)
    }

    /// `InvalidParameterException` of a pagination token that the list never gave.
    pub(crate) fn bad_pagination_token() -> Self {
        Self::invalid_parameter("Invalid pagination token given.")
    }

    /// `NotAuthorizedException` with the given text.
    pub(crate) fn not_authorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::NotAuthorizedException, message)
    }

    /// `InvalidParameterException` of a client's half of an SRP exchange that is no number of the group.
    pub(crate) fn invalid_srp_a(why: impl fmt::Display) -> Self {
        Self::invalid_parameter("Invalid SRP_A given.").because(why)
    }

    /// `UserNotConfirmedException` of a user who has signed up and not shown that it was them.
    pub(crate) fn user_not_confirmed() -> Self {
        Self::new(
            ErrorCode::UserNotConfirmedException,
            "User is not confirmed.",
        )
    }

    /// `PasswordResetRequiredException` of a user whose password an administrator has reset.
    pub(crate) fn password_reset_required() -> Self {
        Self::new(
            ErrorCode::PasswordResetRequiredException,
            "Password reset required for the user",
        )
    }

    /// `NotAuthorizedException` of an attribute that the client may not set.
    pub(crate) fn unauthorized_attribute() -> Self {
        Self::not_authorized("A client attempted to write unauthorized attribute")
    }

    /// `NotAuthorizedException` of a proof that does not hold, whatever is wrong with it.
    pub(crate) fn wrong_password() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    /// `PasswordHistoryPolicyViolationException` of a password that the user has or had.
    pub(crate) fn password_used_before() -> Self {
        Self::new(
            ErrorCode::PasswordHistoryPolicyViolationException,
            "Password has previously been used",
        )
    }

    /// `NotAuthorizedException` of a temporary password that nobody changed in time.
    pub(crate) fn temporary_password_expired() -> Self {
        Self::not_authorized(
            "Temporary password has expired and must be reset by an administrator.",
        )
    }

    /// `NotAuthorizedException` of a user whom an administrator has disabled.
    pub(crate) fn user_disabled() -> Self {
        Self::not_authorized("User is disabled.")
    }

    /// `NotAuthorizedException` of a session that was never given, or for something else.
    pub(crate) fn invalid_session() -> Self {
        Self::not_authorized("Invalid session for the user.")
    }

    /// `NotAuthorizedException` of a session whose time is over.
    pub(crate) fn session_expired() -> Self {
        Self::not_authorized("Invalid session for the user, session is expired.")
    }

    /// `NotAuthorizedException` of a session that has served.
    pub(crate) fn session_used() -> Self {
        Self::not_authorized("Invalid session for the user, session can only be used once.")
    }

    /// `NotAuthorizedException` of a refresh token that does not count: unknown, another client's, or another device's.
    pub(crate) fn invalid_refresh_token() -> Self {
        Self::not_authorized("Invalid Refresh Token")
    }

    /// `CodeMismatchException` of a second factor's code that is not the right one.
    pub(crate) fn wrong_mfa_code() -> Self {
        Self::new(
            ErrorCode::CodeMismatchException,
            "Invalid code received for user",
        )
    }

    /// `SoftwareTokenMFANotFoundException` of a user who has no software token, or none to verify.
    pub(crate) fn no_software_token() -> Self {
        Self::new(
            ErrorCode::SoftwareTokenMFANotFoundException,
            "Software Token MFA does not exist for the user.",
        )
    }

    /// `SoftwareTokenMFANotFoundException` of a pool whose users have no software tokens.
    pub(crate) fn no_software_tokens_in_pool() -> Self {
        Self::new(
            ErrorCode::SoftwareTokenMFANotFoundException,
            "Software Token MFA has not been enabled by the userPool",
        )
    }

    /// `MFAMethodNotFoundException` of a second factor that the user cannot be asked for.
    pub(crate) fn no_such_mfa_method() -> Self {
        Self::new(
            ErrorCode::MFAMethodNotFoundException,
            "MFA method not found for the user.",
        )
    }

    /// `InvalidParameterException` of a parameter that the flow or challenge needs.
    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::invalid_parameter(format!("Missing required parameter {name}"))
            .because(format_args!("{name} is missing"))
    }

    /// `ResourceNotFoundException` of a pool that is not there.
    pub(crate) fn no_such_pool(pool: &UserPoolId) -> Self {
        let message = format!("User pool {pool} does not exist.");
        Self::new(ErrorCode::ResourceNotFoundException, message).because("there is no such pool")
    }

    /// `InvalidParameterException` of a pool that asks for MFA and has no way to it.
    pub(crate) fn sms_needed() -> Self {
        Self::invalid_parameter(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        )
    }

    /// `ResourceNotFoundException` of an app client that is not there, or is another pool's.
    pub(crate) fn no_such_client(client: &ClientId) -> Self {
        let message = format!("User pool client {} does not exist.", client.as_str());
        Self::new(ErrorCode::ResourceNotFoundException, message).because("there is no such client")
    }

    /// `InvalidParameterException` of an app client's id that is taken.
    pub(crate) fn client_exists(client: &ClientId) -> Self {
        Self::invalid_parameter(format!(
            "User pool client {} already exists.",
            client.as_str()
        ))
        .because("a client has this id already")
    }

    /// `ResourceNotFoundException` of a device that is not there, is another user's, was forgotten or never confirmed.
    pub(crate) fn no_such_device() -> Self {
        Self::new(
            ErrorCode::ResourceNotFoundException,
            "Device does not exist.",
        )
    }

    /// `UserNotFoundException`, of every operation that does not hide who exists.
    pub(crate) fn no_such_user() -> Self {
        Self::new(ErrorCode::UserNotFoundException, "User does not exist.")
    }

    /// `UsernameExistsException` of an administrator's new user whose name is taken.
    pub(crate) fn username_exists() -> Self {
        Self::new(
            ErrorCode::UsernameExistsException,
            "User account already exists",
        )
    }

    /// `UnsupportedUserStateException` of inviting a user again who needs no invitation.
    pub(crate) fn resend_not_possible(username: &Username) -> Self {
        let message = format!(
            "Resend not possible. {} status is not FORCE_CHANGE_PASSWORD",
            username.as_str()
        );
        Self::new(ErrorCode::UnsupportedUserStateException, message)
            .because("the user's status is not FORCE_CHANGE_PASSWORD")
    }

    /// `NotAuthorizedException` of confirming a user who is not waiting for it.
    pub(crate) fn not_unconfirmed(status: &str) -> Self {
        let message = format!("User cannot be confirmed. Current status is {status}");
        Self::not_authorized(message).because(format_args!("the user's status is {status}"))
    }

    /// `NotAuthorizedException` of an administrator whose account does not own the pool.
    pub(crate) fn foreign_pool(pool: &UserPoolId) -> Self {
        let message = format!("Not authorized to access user pool {pool}.");
        Self::not_authorized(message).because("the pool belongs to another account")
    }

    /// `InvalidUserPoolConfigurationException` of a device operation in a pool that tracks no devices.
    pub(crate) fn tracking_off(pool: &UserPoolId) -> Self {
        let message = format!("Device tracking is not configured for user pool {pool}.");
        Self::new(ErrorCode::InvalidUserPoolConfigurationException, message)
            .because("the pool tracks no devices")
    }

    /// `InvalidUserPoolConfigurationException` of a pool whose configuration does not hold together.
    pub(crate) fn invalid_pool_configuration(pool: &UserPoolId) -> Self {
        let message = format!("The configuration of user pool {pool} is not valid.");
        Self::new(ErrorCode::InvalidUserPoolConfigurationException, message)
    }

    /// `AliasExistsException` of a sign-in attribute whose value is another user's.
    pub(crate) fn alias_exists(attribute: &str) -> Self {
        let message = format!("An account with the given {attribute} already exists.");
        Self::new(ErrorCode::AliasExistsException, message)
            .because(format_args!("another user has the {attribute}"))
    }

    /// `InvalidParameterException` of a sub that another user of the pool has; only seeds name subs.
    pub(crate) fn sub_exists() -> Self {
        Self::invalid_parameter("The sub is another user's.")
    }

    /// `TooManyRequestsException` of an exhausted quota (AWS's guide "Quotas in Amazon Cognito").
    pub(crate) fn rate_exceeded() -> Self {
        Self::new(ErrorCode::TooManyRequestsException, "Rate exceeded")
    }

    /// `TooManyRequestsException` of too much that is asked for one user (the same page).
    pub(crate) fn too_many_requests() -> Self {
        Self::new(ErrorCode::TooManyRequestsException, "Too many requests")
    }

    /// `LimitExceededException` of what a user may do a few times an hour.
    pub(crate) fn attempt_limit_exceeded() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "Attempt limit exceeded, please try after some time.",
        )
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
                // The members alone: what stands in them is the caller's.
                let mut members: Vec<&str> = found.iter().map(|one| one.member).collect();
                members.dedup();
                let members = members.join(", ");
                Self::invalid_parameter(error.to_string()).because(format_args!(
                    "constraints of the model do not hold in {members}"
                ))
            }
            InputError::Undecodable(source) => {
                // The decoder's words could repeat what the caller sent.
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
