//! Refusals that several operations give: type and message, for [`Answer::refused_as`](super::Answer::refused_as).

/// The type and the message of a refusal.
pub(crate) type Refusal = (&'static str, &'static str);

pub(crate) const WRONG_PASSWORD: Refusal =
    ("NotAuthorizedException", "Incorrect username or password.");

/// The refusal after too many failed attempts.
pub(crate) const LOCKED_OUT: Refusal = ("NotAuthorizedException", "Password attempts exceeded");
pub(crate) const DISABLED: Refusal = ("NotAuthorizedException", "User is disabled.");
pub(crate) const NO_USER: Refusal = ("UserNotFoundException", "User does not exist.");
pub(crate) const NO_DEVICE: Refusal = ("ResourceNotFoundException", "Device does not exist.");
pub(crate) const INVALID_SESSION: Refusal =
    ("NotAuthorizedException", "Invalid session for the user.");
pub(crate) const USED_SESSION: Refusal = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
);
pub(crate) const EXPIRED_SESSION: Refusal = (
    "NotAuthorizedException",
    "Invalid session for the user, session is expired.",
);

/// A code of a second factor that is not the one that was sent or shown.
pub(crate) const WRONG_CODE: Refusal = ("CodeMismatchException", "Invalid code received for user");
pub(crate) const INVALID_ACCESS_TOKEN: Refusal = ("NotAuthorizedException", "Invalid Access Token");
pub(crate) const UNVERIFIED_ACCESS_TOKEN: Refusal = (
    "NotAuthorizedException",
    "Could not verify signature for Access Token",
);
pub(crate) const REVOKED_ACCESS_TOKEN: Refusal =
    ("NotAuthorizedException", "Access Token has been revoked");
pub(crate) const INVALID_REFRESH_TOKEN: Refusal =
    ("NotAuthorizedException", "Invalid Refresh Token");
pub(crate) const REVOKED_REFRESH_TOKEN: Refusal =
    ("NotAuthorizedException", "Refresh Token has been revoked");
pub(crate) const EXPIRED_REFRESH_TOKEN: Refusal =
    ("NotAuthorizedException", "Refresh Token has expired");
pub(crate) const NO_SIGNATURE: Refusal = (
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
);
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

pub(crate) const WRONG_SIGNATURE: Refusal = (
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
     and signing method. Consult the service documentation for details.",
);
