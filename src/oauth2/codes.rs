//! Authorization codes (RFC 6749 section 4.1.2): they live for five minutes and serve once. They are random, and only their
//! hashes are kept.

use crate::api::{Sensitive, Timestamp};
use crate::auth::{code_challenge, is_secret, refresh_token};
use crate::context::Cx;
use crate::domain::tokens::SignIn;
use crate::error::Result as ApiResult;
use crate::oauth2::error::{OAuthError, Result, Word};
use crate::oauth2::request::AuthorizationRequest;
use crate::store::{AuthorizationCode, KeptCode, WriteTx};

/// How long a code lives, in milliseconds (AWS's guide "Token endpoint").
const LIFE_MS: i64 = 5 * 60 * 1000;

/// Gives a code for the sign-in of this row, bound to the request.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn give(
    cx: &Cx,
    tx: &WriteTx<'_>,
    request: &AuthorizationRequest,
    sign_in: &SignIn,
    event: Option<String>,
) -> ApiResult<Sensitive<String>> {
    let value = cx.ambient.uuid().to_string();
    let code = AuthorizationCode {
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        event,
        expires: Timestamp::from_millis(cx.now.millis().saturating_add(LIFE_MS)),
    };
    tx.insert_authorization_code(&hash(&value), sign_in, &code)?;
    Ok(value.into())
}

/// What a client shows with a code.
pub(super) struct Shown {
    pub(super) code: Sensitive<String>,
    pub(super) redirect_uri: String,
    pub(super) verifier: Option<Sensitive<String>>,
}

/// Takes the code of the client of this row, which serves once. A wrong redirect URI or verifier uses it up too, since whoever
/// sends one is not who asked for the code; so the refusal is not an error of the transaction.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn take(
    cx: &Cx,
    tx: &WriteTx<'_>,
    client: i64,
    shown: &Shown,
) -> ApiResult<Result<KeptCode>> {
    let invalid = |why: &'static str| Ok(Err(OAuthError::new(Word::InvalidGrant, why)));
    let hash = hash(shown.code.expose());
    let Some(kept) = tx.find_authorization_code(&hash)? else {
        return invalid("the code was never given, or has served");
    };
    if kept.client != client {
        return invalid("the code was given to another client");
    }
    if !tx.use_authorization_code(&hash)? {
        return invalid("the code has served meanwhile");
    }
    if cx.now >= kept.code.expires {
        return invalid("the code has expired");
    }
    if kept.code.redirect_uri != shown.redirect_uri {
        let error = OAuthError::new(Word::UnauthorizedClient, "the redirect URI is another");
        return Ok(Err(error.described("invalid_redirect")));
    }
    if let Err(why) = check_verifier(kept.code.challenge.as_deref(), shown.verifier.as_ref()) {
        return invalid(why);
    }
    Ok(Ok(kept))
}

/// Checks the verifier of a challenge (RFC 7636 section 4.6). A verifier without a challenge is refused: somebody may have taken
/// the challenge out of the request for authorization (RFC 9700 section 2.1.1).
fn check_verifier(
    challenge: Option<&str>,
    verifier: Option<&Sensitive<String>>,
) -> Result<(), &'static str> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) => {
            if is_secret(challenge, code_challenge::of(verifier.expose())) {
                Ok(())
            } else {
                Err("the verifier is another")
            }
        }
        (Some(_), None) => Err("the verifier is missing"),
        (None, Some(_)) => Err("there is a verifier, and there was no challenge"),
    }
}

/// The hash that a code is stored and found by. A code is random, so a plain SHA-256 suffices.
fn hash(code: &str) -> [u8; 32] {
    refresh_token::hash(code)
}
