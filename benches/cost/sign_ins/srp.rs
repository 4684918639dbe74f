//! The arithmetic of SRP over group 15 of RFC 3526 with the fastest functions of the library: the part that a sign-in needs, and
//! the client's half.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::{U256, U576, U3072};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use self::residue::{Residue, power_by_table, power_table, prime};
use crate::Error;

#[path = "../../../src/auth/srp/residue.rs"]
mod residue;

/// A number for measurements.
pub(crate) fn some_residue() -> Residue {
    Residue::new(&U3072::from_u8(2)).pow_bounded_exp(&U256::MAX, 256)
}

/// A power to an exponent of 256 bits.
pub(crate) fn power(base: &Residue) -> Residue {
    base.pow_bounded_exp(&U256::MAX, 256)
}

/// Makes powers of a base that is known beforehand, to an exponent of 256 bits.
pub(crate) fn powers_of_known() -> impl Fn() -> Residue {
    let table = power_table(&some_residue());
    move || power_by_table(&table, &[0xff; 32])
}

/// The secret that a client proves to know.
pub(crate) struct Secret {
    /// The names that are hashed with the password.
    names: String,
    x: U256,
    /// k * g^x.
    masked: Residue,
    /// The client's exponent, the same each time, and its power of g.
    a: U256,
    public: U3072,
}

impl Secret {
    /// The password of `name` in `scope`, with the salt that the server has of it.
    pub(crate) fn new(scope: &str, name: &str, password: &str, salt: &str) -> Result<Self, Error> {
        let inner = Sha256::digest(format!("{scope}{name}:{password}"));
        let x = U256::from_be_slice(&hash(&[&pad(&hex::decode(salt)?), &inner]));
        let g = Residue::new(&U3072::from_u8(2));
        let k = U256::from_be_slice(&hash(&[&bytes(&prime()), &[2]]));
        let a = U256::from_be_slice(&Sha256::digest(name));
        Ok(Self {
            names: format!("{scope}{name}"),
            x,
            masked: Residue::new(&k.resize()) * g.pow_bounded_exp(&x, 256),
            a,
            public: g.pow_bounded_exp(&a, 256).retrieve(),
        })
    }

    /// `DeviceSecretVerifierConfig` of the secret.
    pub(crate) fn verifier(&self) -> String {
        let g = Residue::new(&U3072::from_u8(2));
        STANDARD.encode(bytes(&g.pow_bounded_exp(&self.x, 256).retrieve()))
    }

    /// `SRP_A`.
    pub(crate) fn srp_a(&self) -> String {
        hex::encode(bytes(&self.public))
    }

    /// `PASSWORD_CLAIM_SIGNATURE`.
    pub(crate) fn claim(&self, srp_b: &str, block: &str, timestamp: &str) -> Result<String, Error> {
        let mut padded = String::new();
        write!(padded, "{srp_b:0>768}")?;
        let b = U3072::from_be_slice(&hex::decode(&padded)?);
        let u = U256::from_be_slice(&hash(&[&bytes(&self.public), &bytes(&b)]));
        let wide = |number: &U256| number.resize::<{ U576::LIMBS }>();
        let exponent = wide(&u)
            .wrapping_mul(&wide(&self.x))
            .wrapping_add(&wide(&self.a));
        let s = (Residue::new(&b) - self.masked).pow_bounded_exp(&exponent, 520);
        let prk = mac(&pad(u.to_be_bytes().as_ref()))?
            .chain_update(bytes(&s.retrieve()))
            .finalize();
        let key = mac(&prk.into_bytes())?
            .chain_update(b"Caldera Derived Key\x01")
            .finalize()
            .into_bytes();
        let claim = mac(key.get(..16).ok_or("the key is short")?)?
            .chain_update(&self.names)
            .chain_update(STANDARD.decode(block)?)
            .chain_update(timestamp)
            .finalize();
        Ok(STANDARD.encode(claim.into_bytes()))
    }
}

fn mac(key: &[u8]) -> Result<Hmac<Sha256>, Error> {
    Ok(Hmac::new_from_slice(key)?)
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let hash = parts.iter().fold(Sha256::new(), Digest::chain_update);
    hash.finalize().into()
}

/// The number in the form for hashing: without leading zeros, but with one if the first bit is set.
fn bytes(number: &U3072) -> Vec<u8> {
    pad(number.to_be_bytes().as_ref())
}

fn pad(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let minimal = bytes.get(zeros..).unwrap_or_default();
    let sign = minimal.first().is_none_or(|first| *first >= 0x80);
    let sign: &[u8] = if sign { &[0] } else { &[] };
    [sign, minimal].concat()
}
