//! The cryptography of passwords, sessions and tokens, as pure functions and types: no HTTP, no SQL, no clock. Random bytes come
//! from a parameter.
//!
//! Secrets and proofs are compared in constant time. Values that must stay secret cannot be printed (`Sensitive`) and are wiped
//! when dropped (`Zeroizing`).

pub(crate) mod certificate;
pub(crate) mod code_challenge;
pub(crate) mod es256;
pub(crate) mod feedback_token;
pub(crate) mod foreign_jwt;
pub(crate) mod jwt;
pub(crate) mod one_time_code;
pub(crate) mod refresh_token;
pub(crate) mod seal;
pub(crate) mod secret_hash;
pub(crate) mod signing_key;
pub(crate) mod srp;
pub(crate) mod totp;

use aws_lc_rs::constant_time::verify_slices_are_equal;

/// Whether `given` is the secret, compared in constant time.
pub(crate) fn is_secret(secret: impl AsRef<[u8]>, given: impl AsRef<[u8]>) -> bool {
    verify_slices_are_equal(secret.as_ref(), given.as_ref()).is_ok()
}
