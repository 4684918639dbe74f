//! Revoking refresh tokens (RFC 7009; AWS's guide "Ending user sessions with token revocation").

use crate::api::Sensitive;
use crate::auth::jwt::UnverifiedJwt;
use crate::auth::refresh_token;
use crate::error::Result;
use crate::sign_in::client::ClientContext;

/// What becomes of a request to revoke a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revocation {
    /// Nobody can use the token any more, if it ever counted (RFC 7009 section 2.2).
    Done,
    /// The client's tokens cannot be revoked.
    Disabled,
    /// It is an ID token or an access token.
    NoRefreshToken,
    /// It was given to another client.
    OfAnotherClient,
}

/// Revokes a refresh token, and every token that follows from the same sign-in.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) async fn revoke(client: &ClientContext, token: Sensitive<String>) -> Result<Revocation> {
    if !client.app.revokes_tokens() {
        return Ok(Revocation::Disabled);
    }
    if UnverifiedJwt::parse(token.expose()).is_some() {
        return Ok(Revocation::NoRefreshToken);
    }
    client
        .write(move |client, tx| {
            let hash = refresh_token::hash(token.expose());
            match tx.find_refresh_token(&hash)? {
                Some(kept) if kept.client != client.app.row => Ok(Revocation::OfAnotherClient),
                Some(kept) => {
                    tx.revoke_sign_in(kept.row)?;
                    Ok(Revocation::Done)
                }
                None => Ok(Revocation::Done),
            }
        })
        .await
}
