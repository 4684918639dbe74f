//! `/oauth2/revoke` (RFC 7009; AWS's guide "The token revocation endpoint").

use crate::context::Cx;
use crate::oauth2::client::authenticated;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::error::{OAuthError, Result, Word};
use crate::oauth2::form::Form;
use crate::sign_in::revocation::{self, Revocation};

/// Revokes the refresh token that the form shows, with this header `Authorization`.
///
/// # Errors
/// `invalid_request` when the token is missing, or the client's tokens cannot be revoked; those of the client's authentication;
/// `unsupported_token_type` of another kind of token.
pub(crate) async fn revoke(
    cx: &Cx,
    domain: &PoolDomain,
    form: &Form,
    authorization: Option<&str>,
) -> Result<()> {
    let invalid = |why: &'static str| OAuthError::new(Word::InvalidRequest, why);
    if form.repeats_any(&["token", "client_id", "client_secret"]) {
        return Err(invalid("a parameter is repeated"));
    }
    let (client, ()) = authenticated(cx, domain, form, authorization, |_, _| Ok(())).await?;
    let token = form.owned("token");
    let token = token.ok_or_else(|| invalid("token is missing"))?;
    match revocation::revoke(&client, token.into()).await? {
        Revocation::Done => Ok(()),
        Revocation::Disabled => Err(invalid("token revocation is disabled for the client")),
        Revocation::NoRefreshToken => Err(OAuthError::new(
            Word::UnsupportedTokenType,
            "it is an ID token or an access token",
        )),
        Revocation::OfAnotherClient => Err(OAuthError::new(
            Word::InvalidClient,
            "the token was given to another client",
        )),
    }
}
