//! The exchange of a provider's code for tokens (RFC 6749 section 4.1.3). The secret is in the form: the service knows no other way
//! (AWS's guide "Using OIDC identity providers with a user pool": `client_secret_post`).

use serde::Deserialize;

use super::failure::{Asked, failed, unreachable};
use super::party::Party;
use super::state::State;
use crate::api::{IdentityProviderTypeType as ProviderType, Sensitive};
use crate::context::Cx;
use crate::fetch::{Call, Reply};
use crate::oauth2::error::{OAuthError, Result};
use crate::oauth2::redirect::{self, Part};

/// What a provider gives for a code.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: Option<Sensitive<String>>,
    pub(super) id_token: Option<Sensitive<String>>,
}

/// The tokens for the code.
///
/// # Errors
/// Why the provider gives none.
pub(super) async fn exchange(cx: &Cx, party: &Party, state: &State, code: &str) -> Result<Tokens> {
    let secret = party.secret(cx)?;
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", state.callback.as_str()),
        ("client_id", &party.client_id),
    ];
    parameters.extend(
        secret
            .as_ref()
            .map(|secret| ("client_secret", secret.expose().as_str())),
    );
    let verifier = state.verifier.as_ref();
    parameters.extend(verifier.map(|verifier| ("code_verifier", verifier.expose().as_str())));
    let endpoint = party.token_endpoint()?;
    let call = if party.exchanges_by_get() {
        Call::get(redirect::with(&endpoint, Part::Query, &parameters))
    } else {
        Call::post(endpoint, redirect::encoded(&parameters).into())
    };
    let reply = cx.fetch(call).await;
    let reply = reply.map_err(|error| unreachable(Asked::Token, &error))?;
    if reply.status != 200 {
        return Err(refused(party, &reply));
    }
    let read = serde_json::from_slice(reply.body.expose());
    read.map_err(|_| {
        failed(
            "Bad token response",
            "the answer with the tokens is not JSON",
        )
    })
}

/// The words about a provider that gives no tokens. Of Google its own word for the error is told.
fn refused(party: &Party, reply: &Reply) -> OAuthError {
    #[derive(Deserialize)]
    struct Told {
        error: String,
    }
    let told: Option<Told> = serde_json::from_slice(reply.body.expose()).ok();
    let is_word = |word: &String| {
        word.len() < 64
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let word = told.map(|told| told.error).filter(is_word);
    let (name, status) = (&party.name, reply.status);
    let description = match &word {
        Some(word) if party.provider_type == ProviderType::Google => {
            format!("Google Error - {status} {word}")
        }
        Some(_) | None => format!("{name} Error - {status} error getting token"),
    };
    let word = word.unwrap_or_default();
    failed(
        description,
        format!("the provider gives no token: {status} {word}"),
    )
}
