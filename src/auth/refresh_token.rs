//! Refresh tokens: opaque to clients, stored as their hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ambient::Ambient;
use crate::api::Sensitive;

/// The header of Cognito's refresh tokens.
const HEADER: &str = r#"{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}"#;

/// A new token. It has the form of an encrypted token in the compact form of RFC 7516 section 3.1, as Cognito's have, and about
/// their length: header, wrapped key, initialization vector, cipher text and tag. All parts after the header are random bytes;
/// nothing is encrypted in them.
pub(crate) fn draw(chance: &Ambient) -> Sensitive<String> {
    [
        HEADER.as_bytes(),
        &chance.bytes::<256>(),
        &chance.bytes::<12>(),
        &chance.bytes::<1000>(),
        &chance.bytes::<16>(),
    ]
    .map(|part| URL_SAFE_NO_PAD.encode(part))
    .join(".")
    .into()
}

/// The hash that a token is stored and found by. A token is long and random, so a plain SHA-256 suffices.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ambient::ManualClock;

    #[test]
    fn a_token_has_the_form_of_cognitos() {
        let chance = Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1);
        let token = draw(&chance);
        let parts: Vec<Vec<u8>> = token
            .expose()
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
        assert_eq!(parts[0], HEADER.as_bytes());
        assert_eq!(lengths[1..], [256, 12, 1000, 16]);
        assert!((1700..1900).contains(&token.expose().len()));
        assert_ne!(draw(&chance), token);
    }

    #[test]
    fn a_token_is_found_by_its_hash() {
        // FIPS 180-4, the example of one block.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(hash("abc")), expected);
        assert_ne!(hash("abc"), hash("abd"));
    }
}
