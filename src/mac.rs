//! HMAC-SHA256 (RFC 2104), under which access keys, sessions, secret hashes and proofs of SRP are made.

use hmac::{Hmac, KeyInit};
use sha2::Sha256;

/// A message authentication code under `key`, to which the message is still to be added.
#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104 section 2)"
)]
pub(crate) fn hmac_sha256(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}
