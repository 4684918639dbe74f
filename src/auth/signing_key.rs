//! The RSA keys that sign tokens, by RS256 of RFC 7518 section 3.3.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A key pair, with its id and its stored form. The private half is never printed.
pub(crate) struct SigningKey {
    private: RsaKeyPair,
    pkcs8: Zeroizing<Vec<u8>>,
    public: ParsedPublicKey,
    jwk: Jwk,
}

/// The public half of a key (RFC 7517), in the order in which Cognito writes its members in `jwks.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Jwk {
    alg: &'static str,
    e: String,
    kid: String,
    kty: &'static str,
    n: String,
    #[serde(rename = "use")]
    usage: &'static str,
}

/// Why an operation with a signing key failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The key could not be generated.
    NotGenerated,
    /// The bytes are not a usable RSA key.
    Unreadable,
    /// The message could not be signed.
    NotSigned,
    /// The claims cannot be written in JSON.
    Claims,
    /// No certificate of the key could be made.
    NotCertified,
}

impl std::error::Error for KeyError {}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotGenerated => "no signing key could be generated",
            Self::Unreadable => "the signing key is unreadable",
            Self::NotSigned => "signing failed",
            Self::Claims => "the claims cannot be written in JSON",
            Self::NotCertified => "no certificate of the key could be made",
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.jwk.kid).finish()
    }
}

impl SigningKey {
    /// A new key of 2048 bits, from the random generator of the cryptographic library.
    pub(crate) fn generate() -> Result<Self, KeyError> {
        let drawn = || {
            let private = RsaKeyPair::generate(KeySize::Rsa2048)?;
            let pkcs8: Pkcs8V1Der<'_> = private.as_der()?;
            let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
            Ok((private, pkcs8))
        };
        let (private, pkcs8) = drawn().map_err(|_: Unspecified| KeyError::NotGenerated)?;
        Self::of(private, pkcs8)
    }

    /// Reads a stored key: PKCS #8 (RFC 5208) in DER.
    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let private = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Unreadable)?;
        Self::of(private, Zeroizing::new(pkcs8.to_vec()))
    }

    fn of(private: RsaKeyPair, pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let public = private.public_key();
        let jwk = Jwk::of(
            public.exponent().big_endian_without_leading_zero(),
            public.modulus().big_endian_without_leading_zero(),
        );
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref())
            .map_err(|_| KeyError::Unreadable)?;
        Ok(Self {
            private,
            pkcs8,
            public,
            jwk,
        })
    }

    /// The key as it is stored: PKCS #8 (RFC 5208) in DER.
    pub(crate) fn pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// The key's id: its thumbprint (RFC 7638) in base64, 44 characters.
    pub(crate) fn kid(&self) -> &str {
        &self.jwk.kid
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256 (RFC 8017 section 8.2).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.private.public_modulus_len()];
        self.private
            .sign_digest(&RSA_PKCS1_SHA256, &digest(&SHA256, message), &mut signature)
            .map_err(|_| KeyError::NotSigned)?;
        Ok(signature)
    }

    /// Whether this key signed the message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }

    /// The public half, in DER (`RSAPublicKey` of RFC 8017 appendix A.1.1).
    pub(super) fn public_der(&self) -> &[u8] {
        self.private.public_key().as_ref()
    }

    /// The public half, as `jwks.json` shows it.
    pub(crate) fn jwk(&self) -> Jwk {
        self.jwk.clone()
    }
}

impl Jwk {
    fn of(exponent: &[u8], modulus: &[u8]) -> Self {
        let (e, n) = (
            URL_SAFE_NO_PAD.encode(exponent),
            URL_SAFE_NO_PAD.encode(modulus),
        );
        // RFC 7638 section 3: only the required members, in the order of their names, without spaces.
        let required = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        Self {
            alg: "RS256",
            e,
            kid: STANDARD.encode(Sha256::digest(required)),
            kty: "RSA",
            n,
            usage: "sig",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638 section 3.1.
    #[test]
    fn the_thumbprint_is_the_one_of_the_rfc() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj\
                 hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ\
                 vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK\
                 nqDKgw";
        let jwk = Jwk::of(&[1, 0, 1], &URL_SAFE_NO_PAD.decode(n).unwrap());
        let thumbprint = URL_SAFE_NO_PAD.encode(STANDARD.decode(jwk.kid).unwrap());
        assert_eq!(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_key_signs_is_kept_and_shows_only_its_public_half() {
        let key = SigningKey::generate().unwrap();
        let other = SigningKey::generate().unwrap();
        let signature = key.sign(b"tulip").unwrap();
        assert_eq!(signature.len(), 256);
        assert!(key.verifies(b"tulip", &signature));
        assert!(!key.verifies(b"tulips", &signature));
        assert!(!key.verifies(b"tulip", &signature[1..]));
        assert!(!key.verifies(b"tulip", &[]));
        assert!(!other.verifies(b"tulip", &signature));

        let kept = SigningKey::from_pkcs8(&key.pkcs8()).unwrap();
        assert_eq!(kept.jwk(), key.jwk());
        assert_eq!(kept.sign(b"tulip").unwrap(), signature);

        assert_eq!(key.kid().len(), 44);
        assert_ne!(key.kid(), other.kid());
        let jwk = serde_json::to_string(&key.jwk()).unwrap();
        let n = URL_SAFE_NO_PAD.encode(
            key.private
                .public_key()
                .modulus()
                .big_endian_without_leading_zero(),
        );
        let kid = key.kid();
        assert_eq!(
            jwk,
            format!(
                r#"{{"alg":"RS256","e":"AQAB","kid":"{kid}","kty":"RSA","n":"{n}","use":"sig"}}"#
            )
        );
        assert_eq!(format!("{key:?}"), format!("SigningKey({kid:?})"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let pkcs8 = SigningKey::generate().unwrap().pkcs8();
        for bytes in [&[][..], b"tulip", &pkcs8[1..], &pkcs8[..pkcs8.len() - 1]] {
            assert_eq!(
                SigningKey::from_pkcs8(bytes).map(|_| ()),
                Err(KeyError::Unreadable)
            );
        }
    }
}
