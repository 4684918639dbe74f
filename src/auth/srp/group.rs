//! The group that SRP works in: numbers below the 3072-bit prime N of RFC 3526 section 4 (group 15), g = 2.
//!
//! The arithmetic is crypto-bigint's, in constant time. It is as fast there as variable-time arithmetic; powers of g come from a
//! table and are faster still, see [`power_of_g`].

use std::sync::LazyLock;

use crypto_bigint::{CtEq, U256, U3072, Uint};
use sha2::{Digest, Sha256};

use crate::auth::srp::SrpError;
use crate::auth::srp::residue::{PowerTable, Residue, power_by_table, power_table, prime};

/// A number below N, written in full: 384 bytes.
pub(super) type Number = U3072;

/// The bytes of a [`Number`].
pub(super) const WIDTH: usize = 384;

/// k = H(pad(N) ‖ pad(g)), the multiplier of SRP-6a.
static MULTIPLIER: LazyLock<Residue> = LazyLock::new(|| {
    let k = hash(&pad(&bytes(&prime())), &[2]);
    Residue::new(&U256::from_be_slice(&k).resize())
});

/// The powers of g, made in a few milliseconds when one is first asked for.
static POWERS: LazyLock<PowerTable> =
    LazyLock::new(|| power_table(&Residue::new(&Number::from_u8(2))));

/// g to the power of `exponent`.
pub(super) fn power_of_g(exponent: &[u8; 32]) -> Number {
    power_by_table(&POWERS, exponent).retrieve()
}

/// B = k·v + g^b, of v and g^b.
pub(super) fn public_number(verifier: &Number, power_of_g: &Number) -> Number {
    (*MULTIPLIER * Residue::new(verifier) + Residue::new(power_of_g)).retrieve()
}

/// The product of two numbers.
pub(super) fn product(one: &Number, other: &Number) -> Number {
    (Residue::new(one) * Residue::new(other)).retrieve()
}

/// `base` to the power of `exponent`.
pub(super) fn power<const LIMBS: usize>(base: &Number, exponent: &Uint<LIMBS>) -> Number {
    Residue::new(base).pow(exponent).retrieve()
}

/// Reads a number of the group: not zero, and below N.
pub(super) fn number(bytes: &[u8]) -> Result<Number, SrpError> {
    let bytes = minimal(bytes);
    if bytes.len() > WIDTH {
        return Err(SrpError::OutOfRange);
    }
    let mut padded = [0; WIDTH];
    for (to, from) in padded.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    let number = Number::from_be_slice(&padded);
    let in_range = !number.ct_eq(&Number::ZERO).to_bool() && number < prime();
    in_range.then_some(number).ok_or(SrpError::OutOfRange)
}

/// A number of the group, written in full.
pub(super) fn bytes(number: &Number) -> [u8; WIDTH] {
    number.to_be_bytes().into()
}

/// The bytes without the zeros in front.
pub(super) fn minimal(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// The non-negative number of the bytes in the form of Java's `BigInteger.toByteArray`: as short as possible, with a zero byte
/// before it if the first bit is set.
pub(super) fn pad(bytes: &[u8]) -> Vec<u8> {
    let bytes = minimal(bytes);
    let sign = bytes.first().is_none_or(|first| *first >= 0x80);
    let mut padded = Vec::with_capacity(bytes.len() + 1);
    padded.extend(sign.then_some(0));
    padded.extend_from_slice(bytes);
    padded
}

/// H(first ‖ second).
pub(super) fn hash(first: &[u8], second: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(first)
        .chain_update(second)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests;
