//! The group that SRP works in: numbers below the 3072-bit prime N of RFC 3526 section 4 (group 15), g = 2.
//!
//! The arithmetic is crypto-bigint's, in constant time. It is as fast there as variable-time arithmetic; powers of g come from a
//! table and are faster still, see [`power_of_g`].

use std::sync::LazyLock;

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{CtAssign, CtEq, U256, U3072, Uint, const_monty_params};
use sha2::{Digest, Sha256};

use crate::auth::srp::SrpError;

const_monty_params!(
    Prime,
    U3072,
    concat!(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
        "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
        "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
        "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
        "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
        "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    ),
    "N, in the form that numbers are multiplied in."
);

/// A number modulo N, in the form for multiplying.
type Residue = ConstMontyForm<Prime, { U3072::LIMBS }>;

/// A number below N, written in full: 384 bytes.
pub(super) type Number = U3072;

/// The bytes of a [`Number`].
pub(super) const WIDTH: usize = 384;

/// N itself.
const fn prime() -> Number {
    *<Prime as crypto_bigint::modular::ConstMontyParams<{ U3072::LIMBS }>>::PARAMS
        .modulus()
        .as_ref()
}

/// k = H(pad(N) ‖ pad(g)), the multiplier of SRP-6a.
static MULTIPLIER: LazyLock<Residue> = LazyLock::new(|| {
    let k = hash(&pad(&bytes(&prime())), &[2]);
    Residue::new(&U256::from_be_slice(&k).resize())
});

/// The hexadecimal digits of an exponent of g.
const PLACES: usize = 64;

/// The powers of g by one hexadecimal digit of an exponent: for each place, g to the power of every digit there. 393 kB, made in
/// a few milliseconds when a power of g is first asked for.
static POWERS: LazyLock<Vec<[Residue; 16]>> = LazyLock::new(|| {
    let mut base = Residue::new(&Number::from_u8(2));
    let place = |_| {
        let mut next = Residue::ONE;
        let powers = [(); 16].map(|()| {
            let power = next;
            next *= base;
            power
        });
        base = next;
        powers
    };
    (0..PLACES).map(place).collect()
});

/// g to the power of `exponent`: one multiplication for each of its hexadecimal digits.
pub(super) fn power_of_g(exponent: &[u8; PLACES / 2]) -> Number {
    let digits = exponent.iter().rev();
    let digits = digits.flat_map(|byte| [byte & 0xf, byte >> 4]);
    let powers = POWERS.iter().zip(digits);
    let product = powers.fold(Residue::ONE, |product, (powers, digit)| {
        product * chosen(powers, digit)
    });
    product.retrieve()
}

/// The power of this number in the list. All of them are read, whichever it is.
fn chosen(powers: &[Residue; 16], number: u8) -> Residue {
    let mut chosen = Residue::ONE;
    for (power, at) in powers.iter().zip(0_u8..) {
        chosen.ct_assign(power, at.ct_eq(&number));
    }
    chosen
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
