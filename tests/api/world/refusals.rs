//! Refusals that several operations give: type and message, for [`Answer::refused_as`](super::Answer::refused_as).

/// The type and the message of a refusal.
pub(crate) type Refusal = (&'static str, &'static str);

/// A wrong password, and for a discreet client an unknown user.
pub(crate) const WRONG_PASSWORD: Refusal =
    ("NotAuthorizedException", "Incorrect username or password.");

/// The refusal after too many failed attempts.
pub(crate) const LOCKED_OUT: Refusal = ("NotAuthorizedException", "Password attempts exceeded");
/// A disabled user.
pub(crate) const DISABLED: Refusal = ("NotAuthorizedException", "User is disabled.");
/// An unknown user, for an operation that declares the error.
pub(crate) const NO_USER: Refusal = ("UserNotFoundException", "User does not exist.");
/// An unknown device, or another user's.
pub(crate) const NO_DEVICE: Refusal = ("ResourceNotFoundException", "Device does not exist.");
/// A session that is not valid for this client, user and challenge.
pub(crate) const INVALID_SESSION: Refusal =
    ("NotAuthorizedException", "Invalid session for the user.");
/// A session that was used.
pub(crate) const USED_SESSION: Refusal = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
);
/// An expired session.
pub(crate) const EXPIRED_SESSION: Refusal = (
    "NotAuthorizedException",
    "Invalid session for the user, session is expired.",
);

/// A code of a second factor that is not the one that was sent or shown.
pub(crate) const WRONG_CODE: Refusal = ("CodeMismatchException", "Invalid code received for user");
/// A text that is no access token.
pub(crate) const INVALID_ACCESS_TOKEN: Refusal = ("NotAuthorizedException", "Invalid Access Token");
/// An access token with a wrong signature.
pub(crate) const UNVERIFIED_ACCESS_TOKEN: Refusal = (
    "NotAuthorizedException",
    "Could not verify signature for Access Token",
);
/// An access token of a sign-in that was revoked.
pub(crate) const REVOKED_ACCESS_TOKEN: Refusal =
    ("NotAuthorizedException", "Access Token has been revoked");
/// A refresh token that is not valid for this client and device.
pub(crate) const INVALID_REFRESH_TOKEN: Refusal =
    ("NotAuthorizedException", "Invalid Refresh Token");
/// A refresh token of a sign-in that was revoked.
pub(crate) const REVOKED_REFRESH_TOKEN: Refusal =
    ("NotAuthorizedException", "Refresh Token has been revoked");
/// An expired refresh token.
pub(crate) const EXPIRED_REFRESH_TOKEN: Refusal =
    ("NotAuthorizedException", "Refresh Token has expired");
/// A request without a signature.
pub(crate) const NO_SIGNATURE: Refusal = (
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
);
/// A signature with an unknown access key.
pub(crate) const UNKNOWN_KEY: Refusal = (
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
);

/// The message of `AccessDeniedException` to an access key of the server's own account.
pub(crate) fn access_denied(key: &str, operation: &str, resource: &str) -> String {
    format!(
        "User: arn:aws:iam::000000000000:user/{key} is not authorized to perform: cognito-idp:{operation} on resource: \
         {resource} because no identity-based policy allows the cognito-idp:{operation} action"
    )
}

/// A signature that does not match.
pub(crate) const WRONG_SIGNATURE: Refusal = (
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
     and signing method. Consult the service documentation for details.",
);
