//! The errors of OAuth 2.0, as endpoints tell them in JSON and apps get them in redirects.

use std::borrow::Cow;

use crate::api::ErrorCode;
use crate::error::ApiError;

/// The words by which identity providers refuse (RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6).
const OF_PROVIDERS: [&str; 11] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

/// The words that name errors (RFC 6749 sections 4.1.2.1 and 5.2, RFC 7009 section 2.2.1, OpenID Connect Core 1.0 section 3.1.2.6).
/// `too_many_requests` is none of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedTokenType,
    LoginRequired,
    ServerError,
    TooManyRequests,
    /// What an identity provider says of a sign-in there: one of [`OF_PROVIDERS`].
    OfProvider(&'static str),
}

impl Word {
    /// The word that an identity provider says, `invalid_request` if it is none of the standards'.
    pub(super) fn of_provider(said: &str) -> Self {
        let known = OF_PROVIDERS.into_iter().find(|word| *word == said);
        known.map_or(Self::InvalidRequest, Self::OfProvider)
    }

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::LoginRequired => "login_required",
            Self::ServerError => "server_error",
            Self::TooManyRequests => "too_many_requests",
            Self::OfProvider(word) => word,
        }
    }

    /// The error of the API that the log shows in its place.
    fn code(self) -> ErrorCode {
        match self {
            Self::InvalidRequest | Self::UnsupportedGrantType | Self::UnsupportedTokenType => {
                ErrorCode::InvalidParameterException
            }
            Self::InvalidClient
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::LoginRequired
            | Self::OfProvider(_) => ErrorCode::NotAuthorizedException,
            Self::InvalidScope => ErrorCode::ScopeDoesNotExistException,
            Self::ServerError => ErrorCode::InternalErrorException,
            Self::TooManyRequests => ErrorCode::TooManyRequestsException,
        }
    }
}

/// A refusal.
#[derive(Debug)]
pub(crate) struct OAuthError {
    pub(crate) word: Word,
    /// The member `error_description`, where the service sends one.
    pub(crate) description: Option<Cow<'static, str>>,
    /// Why, for the log.
    reason: Cow<'static, str>,
}

/// The result of the endpoints.
pub(crate) type Result<T, E = OAuthError> = std::result::Result<T, E>;

impl OAuthError {
    /// A refusal, and the reason for the log.
    pub(crate) fn new(word: Word, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            word,
            description: None,
            reason: reason.into(),
        }
    }

    /// Adds the member `error_description`.
    pub(super) fn described(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The refusal of what an error of the API is about. Faults of the server and used-up quotas keep words of their own.
    pub(super) fn of(word: Word, error: ApiError) -> Self {
        let word = if error.code == ErrorCode::InternalErrorException {
            Word::ServerError
        } else if matches!(
            error.code,
            ErrorCode::TooManyRequestsException | ErrorCode::ThrottlingException
        ) {
            Word::TooManyRequests
        } else {
            word
        };
        let reason = error.into_log_reason();
        Self::new(word, reason.unwrap_or_default())
    }

    /// The error for the log.
    pub(crate) fn logged(&self) -> ApiError {
        let word = self.word.as_str();
        ApiError::new(self.word.code(), word).because(format_args!("{word}: {}", self.reason))
    }
}

/// A fault, or a used-up quota. No other error of the API is expected where this is used.
impl From<ApiError> for OAuthError {
    fn from(error: ApiError) -> Self {
        Self::of(Word::ServerError, error)
    }
}
