//! The grant `client_credentials` (RFC 6749 section 4.4): a token for the client itself.

use crate::api::{OAuthFlowType, Sensitive};
use crate::auth::jwt;
use crate::domain::scopes::{STANDARD, Scopes};
use crate::domain::tokens::MachineIssue;
use crate::error::ApiError;
use crate::oauth2::error::{OAuthError, Result, Word};
use crate::oauth2::form::Form;
use crate::sign_in::ClientContext;

/// An access token of the client, with the scopes that the form asks for. The pool's resource servers have the `custom` ones.
///
/// # Errors
/// `unauthorized_client` when the client may not use the grant; `invalid_scope` of a scope that the pool does not have,
/// `invalid_grant` of one that the client may not use.
pub(in crate::oauth2) async fn access_token(
    client: &ClientContext,
    form: &Form,
    custom: &[String],
) -> Result<Sensitive<String>> {
    if !client.app.allows_oauth(OAuthFlowType::ClientCredentials) {
        let why = "the client may not use its own credentials";
        return Err(OAuthError::new(Word::UnauthorizedClient, why));
    }
    let asked = form.find("scope").map(Scopes::parse);
    let scopes = scopes(client, asked, custom)?;
    let cx = &client.cx;
    let issue = MachineIssue {
        app: &client.app,
        scopes: &scopes,
        issuer: &cx.issuer.of(&client.pool.id, &cx.host),
        now: cx.now,
    };
    let claims = issue.access_claims(&cx.ambient.uuid().to_string());
    let key = client.keys.access.clone();
    let signed = cx.compute(move || jwt::sign(&key, &claims)).await?;
    Ok(signed.map_err(ApiError::internal)?)
}

/// The scopes of the token: those that are asked for, or else all custom scopes of the client that the pool has.
fn scopes(client: &ClientContext, asked: Option<Scopes>, custom: &[String]) -> Result<Scopes> {
    let is_custom = |scope: &str| custom.iter().any(|known| known == scope);
    let allowed = client.app.oauth_scopes();
    let Some(asked) = asked else {
        let own = allowed.iter().filter(|scope| is_custom(scope));
        return Ok(Scopes::Granted(own.cloned().collect()));
    };
    if asked
        .iter()
        .any(|scope| !is_custom(scope) && !STANDARD.contains(&scope))
    {
        let why = "no resource server of the pool has a scope";
        return Err(OAuthError::new(Word::InvalidScope, why));
    }
    if asked
        .iter()
        .any(|scope| !allowed.iter().any(|one| one == scope))
    {
        let why = "the client may not use a scope";
        return Err(OAuthError::new(Word::InvalidGrant, why));
    }
    Ok(asked)
}
