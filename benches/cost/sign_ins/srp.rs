//! The arithmetic of SRP over group 15 of RFC 3526 with the fastest functions of the library: the part that a sign-in needs, and
//! the client's half.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{CtAssign, CtEq, U256, U576, U3072, const_monty_params};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::Error;

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

type Residue = ConstMontyForm<Prime, { U3072::LIMBS }>;

fn prime() -> U3072 {
    *<Prime as crypto_bigint::modular::ConstMontyParams<{ U3072::LIMBS }>>::PARAMS
        .modulus()
        .as_ref()
}

/// A number for measurements.
pub(crate) fn some_residue() -> Residue {
    Residue::new(&U3072::from_u8(2)).pow_bounded_exp(&U256::MAX, 256)
}

/// A power to an exponent of 256 bits.
pub(crate) fn power(base: &Residue) -> Residue {
    base.pow_bounded_exp(&U256::MAX, 256)
}

/// The powers of a known base by each hexadecimal digit of an exponent, place by place.
pub(crate) type Known = Vec<[Residue; 16]>;

/// A power of a base that is known before, to an exponent of 256 bits. All powers of a place are read, whichever is chosen.
pub(crate) fn power_of_known(known: &Known) -> Residue {
    let chosen = |powers: &[Residue; 16]| {
        let mut chosen = Residue::ONE;
        for (power, digit) in powers.iter().zip(0_u8..) {
            chosen.ct_assign(power, digit.ct_eq(&15));
        }
        chosen
    };
    let product = known.iter().map(chosen);
    product.fold(Residue::ONE, |product, power| product * power)
}

/// The prepared base of `power_of_known`.
pub(crate) fn known(base: &Residue) -> Known {
    let mut base = *base;
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
    (0..64).map(place).collect()
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
