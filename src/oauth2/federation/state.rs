//! The parameter `state` of a request to an identity provider: all that this server has to know when the browser comes back, sealed
//! with the pool's key, so that nothing is kept in between. It is bound to the browser by a mark that a cookie holds, lives for five
//! minutes, and serves once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::api::Sensitive;
use crate::auth::is_secret;
use crate::auth::seal::SealKey;
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::domain::sign_in::SessionId;
use crate::error::{ApiError, Result};

/// How long a browser may stay at a provider, in milliseconds (AWS's guide "Managed login").
const LIFE_MS: i64 = 5 * 60 * 1000;

/// What a browser is sent to a provider with.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    /// What it is used up by.
    pub(super) id: SessionId,
    /// The name of the provider that the browser is sent to.
    pub(super) provider: String,
    /// The query of the request for authorization.
    pub(super) query: String,
    /// The mark of the browser.
    mark: Sensitive<String>,
    /// What the ID token repeats.
    pub(super) nonce: String,
    /// The verifier of the challenge (RFC 7636), if the provider takes one.
    pub(super) verifier: Option<Sensitive<String>>,
    /// The address that the provider answers to.
    pub(super) callback: String,
    /// Milliseconds since 1970.
    pub(super) expires_ms: i64,
}

/// A browser's way to a provider, before there is a state.
pub(super) struct Way<'a> {
    pub(super) provider: &'a str,
    pub(super) query: &'a str,
    pub(super) mark: &'a Sensitive<String>,
    pub(super) callback: String,
    /// Whether the provider takes a challenge.
    pub(super) takes_challenge: bool,
}

impl State {
    /// A new state.
    pub(super) fn draw(cx: &Cx, way: Way<'_>) -> Self {
        let drawn = || URL_SAFE_NO_PAD.encode(cx.ambient.bytes::<32>());
        Self {
            id: cx.ambient.bytes(),
            provider: way.provider.to_owned(),
            query: way.query.to_owned(),
            mark: way.mark.clone(),
            nonce: drawn(),
            verifier: way.takes_challenge.then(|| drawn().into()),
            callback: way.callback,
            expires_ms: cx.now.millis().saturating_add(LIFE_MS),
        }
    }

    /// The state as the parameter.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(super) fn seal(&self, cx: &Cx, pool: &Pool, key: &SealKey) -> Result<String> {
        let plain = serde_json::to_vec(self).map_err(ApiError::internal)?;
        let sealed = key.seal(&context(pool), &plain, &cx.ambient);
        sealed.map_err(ApiError::internal)
    }

    /// Reads the parameter.
    ///
    /// # Errors
    /// Why it is none of a sign-in that the browser with this mark has begun.
    pub(super) fn open(
        cx: &Cx,
        (pool, key): (&Pool, &SealKey),
        sealed: &str,
        mark: Option<&Sensitive<String>>,
    ) -> Result<Self, &'static str> {
        let plain = key.open(&context(pool), sealed);
        let plain = plain.ok_or("the state was not sealed for this pool")?;
        let read: Result<Self, _> = serde_json::from_slice(&plain);
        let state = read.map_err(|_| "the state cannot be read")?;
        let mark = mark.ok_or("the browser has no mark")?;
        if !is_secret(state.mark.expose(), mark.expose()) {
            return Err("the state is another browser's");
        }
        if cx.now.millis() >= state.expires_ms {
            return Err("the state has expired");
        }
        Ok(state)
    }
}

/// What the state is bound to: it opens for no other pool, and nothing else opens as one.
fn context(pool: &Pool) -> Vec<u8> {
    format!("state of a sign-in at a provider\n{}", pool.id).into_bytes()
}
