//! The issuer, and the keys that tokens are verified with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use num_bigint::BigUint;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{OTHER_POOL, document, jwks, kid, setup, show};
use crate::world::{POOL, WEB, access_token, claims, sign_in, token};

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2), by the textbook: the signature to the power of e is the padded hash.
fn is_signed_by(token: &str, key: &Value) -> bool {
    let number = |text: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text).unwrap());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let n = number(key["n"].as_str().unwrap());
    let padded = number(signature).modpow(&number(key["e"].as_str().unwrap()), &n);
    let width = usize::try_from(n.bits().div_ceil(8)).unwrap();
    let algorithm = hex::decode("3031300d060960864801650304020105000420").unwrap();
    let hash = Sha256::digest(signed.as_bytes());
    let filling = vec![0xff; width - 3 - algorithm.len() - hash.len()];
    let expected = [&[0, 1][..], &filling, &[0], &algorithm, &hash].concat();
    padded == BigUint::from_bytes_be(&expected)
}

#[test]
fn anybody_can_verify_the_tokens_with_the_published_keys() {
    let app = setup().drawing_keys().start();
    let published = jwks(&app, POOL);
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let members: Vec<&String> = key.as_object().unwrap().keys().collect();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(
            [&key["alg"], &key["e"], &key["kty"], &key["use"]],
            ["RS256", "AQAB", "RSA", "sig"]
        );
        assert_eq!(
            URL_SAFE_NO_PAD
                .decode(key["n"].as_str().unwrap())
                .unwrap()
                .len(),
            256
        );
    }
    let answer = sign_in(&app, WEB, "ana");
    let (access, id) = (access_token(&answer), token(&answer, "IdToken"));
    assert_ne!(kid(&access), kid(&id));
    for token in [&access, &id] {
        for key in keys {
            assert_eq!(is_signed_by(token, key), key["kid"] == kid(token));
        }
    }
    let elsewhere = jwks(&app, OTHER_POOL);
    for key in elsewhere["keys"].as_array().unwrap() {
        assert!(keys.iter().all(|known| known["kid"] != key["kid"]));
        assert!(!is_signed_by(&access, key));
    }
    assert_eq!(jwks(&app, POOL), published);
}

#[test]
fn those_who_sign_in_first_at_the_same_time_get_tokens_of_the_same_keys() {
    let app = setup().drawing_keys().start();
    let kids: std::collections::HashSet<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| access_token(&sign_in(&app, WEB, "ana"))))
            .collect();
        let tokens = threads.into_iter().map(|thread| thread.join().unwrap());
        tokens
            .map(|access| {
                assert_eq!(show(&app, &access).status, 200);
                kid(&access).to_string()
            })
            .collect()
    });
    assert_eq!(kids.len(), 1);
}

#[test]
fn tokens_and_discovery_name_the_issuer_that_the_settings_say() {
    for (setting, issuer) in [
        ("host", None),
        ("aws", Some("https://cognito-idp.us-east-1.amazonaws.com")),
        (
            "https://id.example.com/pools/",
            Some("https://id.example.com/pools"),
        ),
    ] {
        let app = setup().with("issuer", setting).start();
        let host = format!("http://{}", app.host());
        let expected = format!("{}/{POOL}", issuer.unwrap_or(&host));
        let answer = sign_in(&app, WEB, "ana");
        for name in ["AccessToken", "IdToken"] {
            assert_eq!(claims(&token(&answer, name))["iss"], expected);
        }
        let found = document(&app, &format!("{POOL}/.well-known/openid-configuration"));
        assert_eq!(found["issuer"], expected);
        let keys_at = found["jwks_uri"].as_str().unwrap();
        if let Some(path) = keys_at.strip_prefix(&format!("{host}/")) {
            let keys = document(&app, path);
            let key = keys["keys"]
                .as_array()
                .unwrap()
                .iter()
                .find(|key| key["kid"] == kid(&access_token(&answer)));
            assert!(is_signed_by(&access_token(&answer), key.unwrap()));
        } else {
            assert_eq!(keys_at, format!("{expected}/.well-known/jwks.json"));
        }
        assert_eq!(show(&app, &access_token(&answer)).ok()["Username"], "ana");
    }
}
