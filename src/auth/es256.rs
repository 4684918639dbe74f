//! Keys that sign tokens by ES256 (RFC 7518 section 3.4).

use std::fmt;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::api::Sensitive;

/// A key pair. The private half is never printed.
pub(crate) struct Es256Key(EcdsaKeyPair);

impl fmt::Debug for Es256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Es256Key([sensitive])")
    }
}

impl Es256Key {
    /// Reads a private key in PKCS #8 (RFC 5208), in PEM or as its base64 alone. Returns `None` if the text is none.
    pub(crate) fn from_pem(text: &str) -> Option<Self> {
        let lines = text.lines().filter(|line| !line.starts_with("-----"));
        let base64: Zeroizing<String> =
            Zeroizing::new(lines.flat_map(str::split_whitespace).collect());
        let der = Zeroizing::new(STANDARD.decode(&*base64).ok()?);
        let read = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der);
        read.ok().map(Self)
    }

    /// The key whose private number is the seed. Returns `None` for the few seeds that are no such number.
    pub(crate) fn of_seed(seed: [u8; 32]) -> Option<Self> {
        let seed = Zeroizing::new(seed);
        let private = PrivateKey::from_private_key(&ECDH_P256, &*seed).ok()?;
        let public = private.compute_public_key().ok()?;
        let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, &*seed, public.as_ref());
        pair.ok().map(Self)
    }

    /// The public half as a key of this id (RFC 7518 section 6.2.1).
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let point = self.0.public_key().as_ref();
        let part = |from: usize| {
            let bytes = point.get(from..).and_then(|rest| rest.first_chunk::<32>());
            URL_SAFE_NO_PAD.encode(bytes.map_or(&[][..], |bytes| &bytes[..]))
        };
        json!({"alg": "ES256", "crv": "P-256", "kid": kid, "kty": "EC", "use": "sig", "x": part(1), "y": part(33)})
    }

    /// Signs the claims as a token whose header names the key by this id. Returns `None` if they cannot be signed.
    pub(crate) fn sign(&self, kid: &str, claims: &impl Serialize) -> Option<Sensitive<String>> {
        let header = json!({"alg": "ES256", "kid": kid, "typ": "JWT"}).to_string();
        let claims = serde_json::to_string(claims).ok()?;
        let signed = [header, claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .join(".");
        let signature = self
            .0
            .sign_digest(&digest(&SHA256, signed.as_bytes()))
            .ok()?;
        Some([signed, URL_SAFE_NO_PAD.encode(signature)].join(".").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that stands nowhere else.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpleIJg/D3ctTxMyJ
th8pXcUNppjIwYxs9LvJUO5LhcuhRANCAASITw7Y9coc+58lP7NHUmKDjlGV2e9i
oEqcieeVPSVoBFmXJdOcoCrwKdrkg1cxnqQ5I4cqwVaGMwDaG0Mh6sdS
-----END PRIVATE KEY-----
";

    #[test]
    fn a_key_follows_from_its_seed_and_is_never_printed() {
        let key = |seed| Es256Key::of_seed([seed; 32]).unwrap();
        assert_eq!(key(1).jwk("a"), key(1).jwk("a"));
        assert_ne!(key(1).jwk("a"), key(2).jwk("a"));
        assert_eq!(key(1).jwk("a")["x"].as_str().unwrap().len(), 43);
        assert_eq!(format!("{:?}", key(1)), "Es256Key([sensitive])");
        assert!(Es256Key::of_seed([0; 32]).is_none());
    }

    #[test]
    fn a_private_key_is_read_with_and_without_the_lines_around_it() {
        let bare: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        for text in [PEM, &bare, &PEM.replace('\n', "\r\n")] {
            let key = Es256Key::from_pem(text).unwrap();
            assert!(key.sign("a", &json!({})).is_some());
        }
        for text in ["", "-----BEGIN PRIVATE KEY-----", "AAAA", "?"] {
            assert!(Es256Key::from_pem(text).is_none(), "{text}");
        }
    }
}
