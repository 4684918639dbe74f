//! The proof that a request comes from an app client that knows its secret (AWS guide "Computing secret hash values").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;

use crate::mac::hmac_sha256;

/// Whether `hash` is `SECRET_HASH` of the names: base64 of HMAC-SHA256 of the username and the client's id under the client's
/// secret. Compared in constant time.
pub(crate) fn verifies(client_secret: &str, username: &str, client_id: &str, hash: &str) -> bool {
    STANDARD.decode(hash).is_ok_and(|hash| {
        hmac_sha256(client_secret.as_bytes())
            .chain_update(username)
            .chain_update(client_id)
            .verify_slice(&hash)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn only_the_hash_of_these_names_and_this_secret_is_taken() {
        let file: Value =
            serde_json::from_str(include_str!("../../tests/data/srp-vectors.json")).unwrap();
        let vectors = file["secret_hash"].as_array().unwrap();
        assert_eq!(vectors.len(), 2);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let (secret, username) = (text("client_secret"), text("username"));
            let (client, hash) = (text("client_id"), text("SECRET_HASH"));
            assert!(verifies(secret, username, client, hash));
            assert!(!verifies("another secret", username, client, hash));
            assert!(!verifies(secret, "somebody", client, hash));
            assert!(!verifies(secret, username, "anotherclient", hash));
            let last = hash.len() - 2;
            for wrong in ["", "not base64!", "AAAA", &hash[..4], &hash[..last]] {
                assert!(!verifies(secret, username, client, wrong), "{wrong}");
            }
            let mut bytes = STANDARD.decode(hash).unwrap();
            bytes[31] ^= 1;
            assert!(!verifies(secret, username, client, &STANDARD.encode(bytes)));
        }
    }
}
