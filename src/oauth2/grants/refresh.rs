//! The grant `refresh_token` (RFC 6749 section 6), with and without rotation.

use crate::api::OAuthFlowType;
use crate::oauth2::error::{OAuthError, Result, Word};
use crate::oauth2::form::Form;
use crate::sign_in::{ClientContext, Grant, refresh};

/// The grant of the refresh token that the form shows. Its scopes are those of the sign-in, whatever `scope` says.
///
/// # Errors
/// `unauthorized_client` when the client may not use codes, which alone give refresh tokens; `invalid_request` when the token is
/// missing; `invalid_grant` of a token that does not count.
pub(in crate::oauth2) async fn grant(client: &ClientContext, form: &Form) -> Result<Grant> {
    if !client.app.allows_oauth(OAuthFlowType::Code) {
        let why = "the client may not use refresh tokens";
        return Err(OAuthError::new(Word::UnauthorizedClient, why));
    }
    let token = form.owned("refresh_token");
    let token =
        token.ok_or_else(|| OAuthError::new(Word::InvalidRequest, "refresh_token is missing"))?;
    let granted = refresh::by_token(client, token.into(), None).await;
    granted.map_err(|error| OAuthError::of(Word::InvalidGrant, error))
}
