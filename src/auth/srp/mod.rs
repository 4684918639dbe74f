//! The server's half of the Secure Remote Password protocol: the salt and v = g^x that are stored for a password or a device,
//! and the exchange in which a client proves that it knows the secret without sending it.
//!
//! It is SRP-6a (RFC 5054 section 2) over the 3072-bit group 15 of RFC 3526 with g = 2 and SHA-256, where
//! x = H(salt ‖ H(pool ‖ user ‖ ":" ‖ password)). A number is hashed as Java's `BigInteger.toByteArray` writes it. Sources: AWS
//! guide "Working with user devices in your user pool", which describes the device's half in full, and the public clients for
//! the user's, which agree with each other.

mod exchange;
mod group;
mod residue;
mod verifier;

use std::fmt;

pub(crate) use self::exchange::{Claim, Exchange};
pub(crate) use self::verifier::{Identity, Verifier};

/// Why a number of the protocol is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SrpError {
    /// The number is not well-formed.
    Malformed,
    /// The number is zero or not below N, or the salt has an invalid length.
    OutOfRange,
}

impl std::error::Error for SrpError {}

impl fmt::Display for SrpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the SRP number is malformed",
            Self::OutOfRange => "the SRP number is zero or too large",
        })
    }
}
