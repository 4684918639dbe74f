//! What goes wrong where the app must not be told, since nobody knows that it is the app: the error page says it.

/// A mistake that the error page shows. The words are the service's, but for those about SAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageError {
    /// The request for authorization has no client, or no redirect URI.
    ParametersMissing,
    /// A parameter is repeated.
    BadRequest,
    /// The pool has no such client.
    NoSuchClient,
    /// The redirect URI is not one of the client's.
    RedirectMismatch,
    /// The client does not let its users sign in at this identity provider, or the pool does not have it.
    NoSuchProvider,
    /// The identity provider is one of SAML.
    Saml,
    /// The answer of an identity provider belongs to no sign-in.
    SomethingWentWrong,
    /// A request to sign out names no client.
    NoClientId,
    /// A request to sign out names no URL that the client has.
    NoRedirectUri,
}

impl PageError {
    /// Each of them.
    const ALL: [Self; 9] = [
        Self::ParametersMissing,
        Self::BadRequest,
        Self::NoSuchClient,
        Self::RedirectMismatch,
        Self::NoSuchProvider,
        Self::Saml,
        Self::SomethingWentWrong,
        Self::NoClientId,
        Self::NoRedirectUri,
    ];

    /// The words, as the parameter `error` of the error page has them.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::ParametersMissing => "Required parameters missing",
            Self::BadRequest => "invalid_request",
            Self::NoSuchClient => "Client does not exist",
            Self::RedirectMismatch => "redirect_mismatch",
            Self::NoSuchProvider => "Login option is not available. Please try another one",
            Self::Saml => "Signing in by SAML is not served by this server",
            Self::SomethingWentWrong => "Something went wrong",
            Self::NoClientId => "Required String parameter 'client_id' is not present",
            Self::NoRedirectUri => "Required String parameter 'redirect_uri' is not present",
        }
    }

    /// The mistake with these words. Returns `None` for other words, so that nobody can make the error page say something.
    pub(crate) fn of_words(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.words() == words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_page_says_only_what_the_service_says() {
        for error in PageError::ALL {
            assert_eq!(PageError::of_words(error.words()), Some(error));
        }
        assert_eq!(PageError::of_words("Call 555-0100 to unlock"), None);
    }
}
