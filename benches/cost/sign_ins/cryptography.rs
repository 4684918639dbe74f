//! The cryptography that a sign-in needs, timed by itself: powers modulo the prime of SRP, and RSA signatures.

use std::fs;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};

use super::srp;
use crate::Error;

/// The repetitions in one measurement.
const TIMES: u32 = 200;

/// As many bytes as are signed of a token.
const TOKEN: [u8; 800] = [b'a'; 800];

/// Processor time of each, in microseconds.
#[derive(Clone, Copy)]
pub(crate) struct Cryptography {
    /// A power to an exponent of 256 bits.
    pub(crate) power: f64,
    /// The same for a base that is known before.
    pub(crate) power_of_known: f64,
    /// An RSA signature with 2048 bits.
    pub(crate) signature: f64,
}

impl Cryptography {
    pub(crate) fn measure(key: &RsaKeyPair) -> Result<Self, Error> {
        let power_of_known = srp::powers_of_known();
        let mut signature = vec![0; key.public_modulus_len()];
        Ok(Self {
            power: power()?,
            power_of_known: time(|| {
                std::hint::black_box(power_of_known());
                Ok(())
            })?,
            signature: time(|| {
                let random = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, &TOKEN, &mut signature)
                    .map_err(|_| "no signature")?;
                Ok(())
            })?,
        })
    }
}

/// The processor time of a power to an exponent of 256 bits, in microseconds.
pub(super) fn power() -> Result<f64, Error> {
    let base = srp::some_residue();
    time(|| {
        std::hint::black_box(srp::power(&base));
        Ok(())
    })
}

/// The processor time of the verification of a token, in microseconds: an RSA signature with 2048 bits, by a key that has been read
/// before.
pub(crate) fn verification(key: &RsaKeyPair) -> Result<f64, Error> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &TOKEN,
        &mut signature,
    )
    .map_err(|_| "no signature")?;
    let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key())
        .map_err(|_| "no public key")?;
    time(|| {
        let verified = public.verify_sig(&TOKEN, &signature);
        Ok(verified.map_err(|_| "a wrong signature")?)
    })
}

/// A key pair like the server's.
pub(crate) fn key_pair() -> Result<RsaKeyPair, Error> {
    let drawn = KeyPair::generate(KeySize::Rsa2048).map_err(|_| "no key pair")?;
    let pkcs8 = drawn.as_der().map_err(|_| "no PKCS #8")?;
    RsaKeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|error| error.to_string().into())
}

fn time(mut work: impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
    work()?;
    let before = own_cpu()?;
    for _ in 0..TIMES {
        work()?;
    }
    Ok(own_cpu()?.saturating_sub(before).as_secs_f64() * 1e6 / f64::from(TIMES))
}

/// The processor time of this thread.
fn own_cpu() -> Result<Duration, Error> {
    let schedule = fs::read_to_string("/proc/thread-self/schedstat")?;
    let running = schedule
        .split_whitespace()
        .next()
        .ok_or("schedstat is empty")?;
    Ok(Duration::from_nanos(running.parse()?))
}
