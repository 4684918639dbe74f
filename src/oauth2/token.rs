//! `/oauth2/token`: tokens for a code, for a refresh token, or for the client itself (AWS's guide "Token endpoint").

use serde::Serialize;

use crate::api::Sensitive;
use crate::context::Cx;
use crate::error::Result as ApiResult;
use crate::oauth2::client::authenticated;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::error::{OAuthError, Result, Word};
use crate::oauth2::form::Form;
use crate::oauth2::grants::{client_credentials, code, refresh};
use crate::quotas::Category;
use crate::sign_in::{ClientContext, Grant};
use crate::store::ReadTx;

/// The parameters that a request may have once each.
const ONCE: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
];

/// A kind of request for tokens.
#[derive(Debug, Clone, Copy)]
enum GrantType {
    Code,
    RefreshToken,
    ClientCredentials,
}

impl GrantType {
    /// What reads the scopes of the pool's resource servers, where the grant has to know them.
    fn scopes_to_know(self) -> fn(&ClientContext, &ReadTx<'_>) -> ApiResult<Vec<String>> {
        match self {
            Self::ClientCredentials => |client, tx| tx.custom_scopes(&client.pool),
            Self::Code | Self::RefreshToken => |_, _| Ok(Vec::new()),
        }
    }
}

/// The answer: its members in the order in which the service sends them.
#[derive(Serialize)]
pub(crate) struct TokenResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<Sensitive<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<Sensitive<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Sensitive<String>>,
    /// How long the access token is valid, in seconds.
    expires_in: i64,
    token_type: &'static str,
}

/// The quota category of a request for tokens.
pub(crate) fn category(form: &Form) -> Category {
    match form.find("grant_type") {
        Some("client_credentials") => Category::ClientAuthentication,
        Some(_) | None => Category::UserAuthentication,
    }
}

/// Answers a request for tokens with this header `Authorization`.
///
/// # Errors
/// `invalid_request`, `unsupported_grant_type`, those of the client's authentication, and those of the grant, in this order.
pub(crate) async fn token(
    cx: &Cx,
    domain: &PoolDomain,
    form: &Form,
    authorization: Option<&str>,
) -> Result<TokenResponse> {
    let grant_type = grant_type(form)?;
    let (client, custom) =
        authenticated(cx, domain, form, authorization, grant_type.scopes_to_know()).await?;
    match grant_type {
        GrantType::Code => issue(&client, code::grant(&client, form).await?).await,
        GrantType::RefreshToken => issue(&client, refresh::grant(&client, form).await?).await,
        GrantType::ClientCredentials => Ok(TokenResponse {
            id_token: None,
            access_token: Some(client_credentials::access_token(&client, form, &custom).await?),
            refresh_token: None,
            expires_in: client.app.access_token_seconds(),
            token_type: "Bearer",
        }),
    }
}

fn grant_type(form: &Form) -> Result<GrantType> {
    let invalid = |why: &'static str| OAuthError::new(Word::InvalidRequest, why);
    if form.repeats_any(&ONCE) {
        return Err(invalid("a parameter is repeated"));
    }
    match form.find("grant_type") {
        Some("authorization_code") => Ok(GrantType::Code),
        Some("refresh_token") => Ok(GrantType::RefreshToken),
        Some("client_credentials") => Ok(GrantType::ClientCredentials),
        Some(_) => {
            let why = "there is no such grant_type";
            Err(OAuthError::new(Word::UnsupportedGrantType, why))
        }
        None => Err(invalid("grant_type is missing")),
    }
}

async fn issue(client: &ClientContext, grant: Grant) -> Result<TokenResponse> {
    let tokens = grant.issue(client).await?;
    client.cx.seen.set_next(None);
    Ok(TokenResponse {
        id_token: tokens.id_token,
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        expires_in: client.app.access_token_seconds(),
        token_type: "Bearer",
    })
}
