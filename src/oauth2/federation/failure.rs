//! Why a sign-in at an identity provider fails, in the service's words where they are known (AWS's guide "Identity provider and relying
//! party endpoints", and recorded redirects). The app gets them as `error` and `error_description`.

use std::borrow::Cow;

use crate::api::ErrorCode;
use crate::error::ApiError;
use crate::fetch::FetchError;
use crate::oauth2::error::{OAuthError, Word};

/// The longest description of a provider that is passed on, in characters.
const MAX_DESCRIPTION: usize = 300;

/// What was asked of a provider.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    Discovery,
    Token,
    Keys,
    UserInfo,
}

/// The app's request is refused with this description; the reason is for the log.
pub(super) fn failed(
    description: impl Into<Cow<'static, str>>,
    reason: impl Into<Cow<'static, str>>,
) -> OAuthError {
    OAuthError::new(Word::InvalidRequest, reason).described(description)
}

/// The provider gives no answer.
pub(super) fn unreachable(asked: Asked, error: &FetchError) -> OAuthError {
    let description = match (asked, error) {
        (Asked::Token, FetchError::TimedOut) => "Timeout occurred in calling IdP token endpoint",
        // The service says this twice.
        (Asked::Keys, FetchError::TimedOut) => "error_description=Timeout in calling jwks uri",
        (Asked::Discovery | Asked::UserInfo, FetchError::TimedOut) => "Read timed out",
        (_, FetchError::Failed(_)) => "Connection reset",
        (_, FetchError::Address | FetchError::TooLong | FetchError::Unusable) => {
            "Bad response from identity provider"
        }
    };
    failed(description, format!("{asked:?} of the provider: {error}"))
}

/// The provider refuses the browser: its own words go on to the app.
pub(super) fn refused_by_provider(word: &str, description: Option<&str>) -> OAuthError {
    let error = OAuthError::new(Word::of_provider(word), "the provider refuses the sign-in");
    match description {
        Some(text) => error.described(text.chars().take(MAX_DESCRIPTION).collect::<String>()),
        None => error,
    }
}

/// The ID token does not count.
pub(super) fn bad_id_token(reason: &'static str) -> OAuthError {
    failed("Invalid id_token", reason)
}

/// What the pool says of the user.
///
/// # Errors
/// Faults of the server stay faults.
pub(super) fn refused_by_pool(error: ApiError) -> Result<OAuthError, ApiError> {
    let faults = [
        ErrorCode::InternalErrorException,
        ErrorCode::ThrottlingException,
        ErrorCode::TooManyRequestsException,
    ];
    if faults.contains(&error.code) {
        return Err(error);
    }
    let message = error.message.clone().unwrap_or_default();
    let reason = error.into_log_reason();
    Ok(failed(message, reason.unwrap_or_default()))
}
