//! What codes and access tokens of the fake identity provider hold, sealed with the pool's key: nothing is kept of them but that a code
//! has served.

use serde::{Deserialize, Serialize};

use super::provider::FakeProvider;
use crate::api::{Sensitive, Timestamp};
use crate::domain::sign_in::SessionId;
use crate::error::{ApiError, Result};

/// How long both live, in milliseconds.
const LIFE_MS: i64 = 60 * 1000;

/// What a ticket is for. It opens for nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use {
    Code,
    AccessToken,
}

/// A code, or an access token.
#[derive(Serialize, Deserialize)]
pub(super) struct Ticket {
    pub(super) id: SessionId,
    /// The person who was chosen.
    pub(super) subject: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<String>,
    expires_ms: i64,
}

impl Ticket {
    /// A code for the person, by a request of this client.
    pub(super) fn new(
        provider: &FakeProvider,
        subject: &str,
        (client_id, redirect_uri): (&str, &str),
        (nonce, challenge): (Option<String>, Option<String>),
    ) -> Self {
        let cx = &provider.cx;
        Self {
            id: cx.ambient.bytes(),
            subject: subject.to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            nonce,
            challenge,
            expires_ms: cx.now.millis().saturating_add(LIFE_MS),
        }
    }

    /// When it does not count any more.
    pub(super) fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_ms)
    }

    /// The ticket as a text.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(super) fn seal(&self, provider: &FakeProvider, usage: Use) -> Result<Sensitive<String>> {
        let plain = serde_json::to_vec(self).map_err(ApiError::internal)?;
        let (context, chance) = (context(provider, usage), &provider.cx.ambient);
        let sealed = provider.seal.seal(&context, &plain, chance);
        sealed.map(Into::into).map_err(ApiError::internal)
    }

    /// Reads a text. Returns `None` if it is no ticket for this use, or has expired.
    pub(super) fn open(provider: &FakeProvider, usage: Use, sealed: &str) -> Option<Self> {
        let plain = provider.seal.open(&context(provider, usage), sealed)?;
        let ticket: Self = serde_json::from_slice(&plain).ok()?;
        (provider.cx.now < ticket.expires()).then_some(ticket)
    }
}

fn context(provider: &FakeProvider, usage: Use) -> Vec<u8> {
    format!(
        "{usage:?} of the fake identity provider\n{}",
        provider.pool.id
    )
    .into_bytes()
}
