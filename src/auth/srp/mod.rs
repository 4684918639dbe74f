//! The Secure Remote Password protocol of user pools, as far as a password is kept for it: a salt and v = g^x.
//!
//! It is SRP-6a (RFC 5054 section 2) over the 3072-bit group 15 of RFC 3526 with g = 2 and SHA-256, where
//! x = H(salt ‖ H(pool ‖ user ‖ ":" ‖ password)). A number is hashed as Java's `BigInteger.toByteArray` writes it. Sources:
//! AWS guide "Working with user devices in your user pool", which describes the device's half in full, and the public clients
//! for the user's, which agree with each other.

mod group;
mod verifier;

use std::fmt;

pub(crate) use self::verifier::{Identity, Verifier};

/// A stored number that is zero, or not below N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfRange;

impl std::error::Error for OutOfRange {}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the SRP number is zero or too large")
    }
}
