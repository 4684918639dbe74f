//! SRP exchanges, about a user's password or a device's: how one begins, and the claim by which a client proves that it knows the
//! password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;

use crate::api::{ChallengeNameType, Timestamp};
use crate::auth::srp::{Claim, Exchange, Verifier};
use crate::domain::sign_in::{Session, Step};
use crate::error::{ApiError, Result};
use crate::sign_in::client::ClientContext;
use crate::sign_in::parameters::Parameters;

/// How far the clock of an app may be from the server's, in milliseconds.
const MAX_CLOCK_SKEW_MS: u64 = 5 * 60 * 1000;

/// Begins an exchange with the client's `SRP_A`.
///
/// # Errors
/// `InvalidParameterException` when `SRP_A` is not a number of the group.
pub(super) async fn begin_exchange(
    client: &ClientContext,
    verifier: &Verifier,
    srp_a: String,
) -> Result<Exchange> {
    let (ambient, verifier) = (client.cx.ambient.clone(), verifier.clone());
    let begun = client
        .cx
        .compute(move || Exchange::begin(&verifier, &srp_a, &ambient));
    begun.await?.map_err(ApiError::invalid_srp_a)
}

/// The claim in the responses to a challenge.
pub(super) struct ClaimedProof {
    secret_block: Vec<u8>,
    timestamp: String,
    signature: Vec<u8>,
}

impl ClaimedProof {
    /// # Errors
    /// `InvalidParameterException` when a part is missing or `TIMESTAMP` is not a time; `NotAuthorizedException` when a part
    /// cannot be decoded or the time is not `now`, the system's.
    pub(super) fn read(now: Timestamp, responses: &Parameters) -> Result<Self> {
        let block = responses.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
        let signature = responses.required("PASSWORD_CLAIM_SIGNATURE")?;
        let timestamp = responses.required("TIMESTAMP")?.to_owned();
        check_time(now, &timestamp)?;
        let decoded = |text| {
            let bytes = STANDARD.decode(text);
            bytes.map_err(|_| {
                ApiError::wrong_password().because("a part of the claim is not Base64")
            })
        };
        Ok(Self {
            secret_block: decoded(block)?,
            signature: decoded(signature)?,
            timestamp,
        })
    }

    /// The session in the secret block, and the server's half of its exchange. Returns `None` if the session is too old, of
    /// another client, or waits for an answer to another challenge.
    pub(super) fn session(
        &self,
        client: &ClientContext,
        challenge: ChallengeNameType,
    ) -> Option<(Session, Exchange)> {
        let session = client.open_block(&self.secret_block)?;
        let (Step::PasswordVerifier { exchange, .. }
        | Step::DevicePasswordVerifier { exchange, .. }) = &session.step
        else {
            return None;
        };
        let exchange = Exchange::from_bytes(&STANDARD.decode(exchange).ok()?)?;
        (session.step.challenge() == challenge).then_some((session, exchange))
    }

    /// What the exchange verifies.
    pub(super) fn claim(&self) -> Claim<'_> {
        Claim {
            secret_block: &self.secret_block,
            timestamp: &self.timestamp,
            signature: &self.signature,
        }
    }
}

/// Checks the time of a claim, in the form in which public clients write it: `Tue May 7 00:09:40 UTC 2024`.
fn check_time(now: Timestamp, text: &str) -> Result<()> {
    let time = NaiveDateTime::parse_from_str(text, "%a %b %e %H:%M:%S UTC %Y").map_err(|_| {
        ApiError::invalid_parameter(
            "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
        )
    })?;
    let off = now.millis().abs_diff(time.and_utc().timestamp_millis());
    if off > MAX_CLOCK_SKEW_MS {
        return Err(ApiError::wrong_password().because("the claim is not about the present"));
    }
    Ok(())
}
