//! ID and access tokens: JSON Web Tokens (RFC 7519) in the compact form of RFC 7515 section 3.1, signed with RS256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::api::Sensitive;
use crate::auth::signing_key::{KeyError, SigningKey};

/// The header of every token that Cognito issues (AWS guide "Verifying JSON web tokens"), in its order.
#[derive(Serialize)]
struct Header<'a> {
    kid: &'a str,
    alg: &'static str,
}

const ALGORITHM: &str = "RS256";

/// Signs the claims as a token.
pub(crate) fn sign(
    key: &SigningKey,
    claims: &impl Serialize,
) -> Result<Sensitive<String>, KeyError> {
    let header = Header {
        kid: key.kid(),
        alg: ALGORITHM,
    };
    let signed = [part(&header)?, part(claims)?].join(".");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())?);
    Ok([signed, signature].join(".").into())
}

/// The claim `at_hash` of an ID token that goes with this access token: the left half of its SHA-256 (OpenID Connect Core 1.0
/// section 3.1.3.6).
pub(crate) fn half_hash(access_token: &Sensitive<String>) -> String {
    let hash: [u8; 32] = Sha256::digest(access_token.expose()).into();
    let (half, _) = hash.split_at(16);
    URL_SAFE_NO_PAD.encode(half)
}

/// One part of a token. As in Cognito's tokens, each slash of the JSON has a backslash before it.
fn part(value: &impl Serialize) -> Result<String, KeyError> {
    let json = serde_json::to_string(value).map_err(|_| KeyError::Claims)?;
    Ok(URL_SAFE_NO_PAD.encode(json.replace('/', r"\/")))
}

/// A parsed token whose signature was not verified. Its claims serve only to find the key and to choose an error.
#[derive(Debug)]
pub(crate) struct UnverifiedJwt {
    header: Map<String, Value>,
    kid: String,
    claims: Sensitive<Map<String, Value>>,
    signed: Sensitive<String>,
    signature: Vec<u8>,
}

impl UnverifiedJwt {
    /// Parses three parts in URL-safe base64 without padding, of which the first two are JSON objects, and the header has `alg`
    /// and `kid`. Returns `None` for any other text.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = object(header)?;
        header.get("alg")?.as_str()?;
        Some(Self {
            kid: header.get("kid")?.as_str()?.to_owned(),
            header,
            claims: object(claims)?.into(),
            signed: signed.to_owned().into(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// The id of the key that the header names.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The claims, not verified.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        self.claims.expose()
    }

    /// The claims, if the key signed them. Only RS256 is accepted, whatever else the header names (RFC 8725 section 3.1), and
    /// the header may hold only `alg` and `kid`; so a `crit` is refused, as RFC 7515 section 4.1.11 demands.
    pub(crate) fn verified_by(self, key: &SigningKey) -> Option<Map<String, Value>> {
        let expected = self.header.get("alg").is_some_and(|alg| alg == ALGORITHM)
            && self.header.len() == 2
            && self.kid == key.kid();
        (expected && key.verifies(self.signed.expose().as_bytes(), &self.signature))
            .then(|| self.claims.into_inner())
    }
}

/// The JSON object in one part of a token.
fn object(part: &str) -> Option<Map<String, Value>> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use hmac::Mac;
    use serde_json::json;

    use super::*;
    use crate::mac::hmac_sha256;

    #[derive(Serialize)]
    struct Claims {
        sub: &'static str,
        iss: &'static str,
        iat: i64,
    }

    const CLAIMS: Claims = Claims {
        sub: r"a\/b",
        iss: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_TestPool1",
        iat: 1_715_100_742,
    };

    fn verified(token: &str, key: &SigningKey) -> Option<Map<String, Value>> {
        UnverifiedJwt::parse(token)?.verified_by(key)
    }

    /// A token with this header and these claims, signed by the key.
    fn forged(header: &str, claims: &str, key: &SigningKey) -> String {
        let signed = [header, claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .join(".");
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{signature}")
    }

    #[test]
    fn a_token_is_written_as_cognito_writes_it_and_verifies() {
        let key = SigningKey::generate().unwrap();
        let token = sign(&key, &CLAIMS).unwrap();
        let parts: Vec<&str> = token.expose().split('.').collect();
        assert_eq!(parts.len(), 3);
        let text = |part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let kid = key.kid().replace('/', r"\/");
        assert_eq!(
            text(parts[0]),
            format!(r#"{{"kid":"{kid}","alg":"RS256"}}"#)
        );
        assert_eq!(
            text(parts[1]),
            r#"{"sub":"a\\\/b","iss":"https:\/\/cognito-idp.us-east-1.amazonaws.com\/us-east-1_TestPool1","iat":1715100742}"#
        );
        let jwt = UnverifiedJwt::parse(token.expose()).unwrap();
        assert_eq!(jwt.kid(), key.kid());
        let claims = jwt.claims().clone();
        assert_eq!(
            Value::Object(claims.clone()),
            serde_json::to_value(&CLAIMS).unwrap()
        );
        assert!(!format!("{jwt:?}").contains("TestPool1"));
        assert_eq!(jwt.verified_by(&key), Some(claims));
    }

    #[test]
    fn another_key_verifies_nothing_even_under_the_same_name() {
        let (key, other) = (
            SigningKey::generate().unwrap(),
            SigningKey::generate().unwrap(),
        );
        let token = sign(&key, &CLAIMS).unwrap().into_inner();
        assert!(verified(&token, &other).is_none());
        let header = json!({"kid": other.kid(), "alg": "RS256"}).to_string();
        assert!(verified(&forged(&header, "{}", &key), &other).is_none());
        let header = json!({"kid": key.kid(), "alg": "RS256"}).to_string();
        assert!(verified(&forged(&header, "{}", &other), &key).is_none());
        assert!(verified(&forged(&header, "{}", &key), &key).is_some());
    }

    #[test]
    fn a_token_under_another_header_is_refused() {
        let key = SigningKey::generate().unwrap();
        let kid = key.kid();
        for header in [
            json!({"kid": kid, "alg": "none"}),
            json!({"kid": kid, "alg": "None"}),
            json!({"kid": kid, "alg": "HS256"}),
            json!({"kid": kid, "alg": "rs256"}),
            json!({"kid": kid, "alg": ["RS256"]}),
            json!({"kid": kid}),
            json!({"alg": "RS256"}),
            json!({"kid": "", "alg": "RS256"}),
            json!({"kid": kid, "alg": "RS256", "crit": ["exp"], "exp": 1}),
            json!({"kid": kid, "alg": "RS256", "crit": []}),
            json!({"kid": kid, "alg": "RS256", "jwk": key.jwk()}),
        ] {
            let token = forged(&header.to_string(), "{}", &key);
            assert!(verified(&token, &key).is_none(), "{header}");
            let (signed, _) = token.rsplit_once('.').unwrap();
            assert!(verified(&format!("{signed}."), &key).is_none(), "{header}");
        }
    }

    #[test]
    fn the_public_key_is_no_secret_to_sign_with() {
        let key = SigningKey::generate().unwrap();
        let jwk = serde_json::to_value(key.jwk()).unwrap();
        let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
        let as_json = jwk.to_string();
        for secret in [
            &modulus[..],
            as_json.as_bytes(),
            jwk["n"].as_str().unwrap().as_bytes(),
        ] {
            for alg in ["HS256", "RS256"] {
                let header = json!({"kid": key.kid(), "alg": alg}).to_string();
                let signed = [&header, "{}"]
                    .map(|part| URL_SAFE_NO_PAD.encode(part))
                    .join(".");
                let signature = hmac_sha256(secret)
                    .chain_update(&signed)
                    .finalize()
                    .into_bytes();
                let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
                assert!(verified(&token, &key).is_none());
            }
        }
    }

    #[test]
    fn a_token_altered_anywhere_is_refused() {
        let key = SigningKey::generate().unwrap();
        let token = sign(&key, &CLAIMS).unwrap().into_inner();
        assert!(verified(&token, &key).is_some());
        for at in 0..token.len() {
            for other in ["A", "B", "_", ".", "=", " ", ""] {
                let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
                if altered != token {
                    assert!(verified(&altered, &key).is_none(), "{at} {other}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let key = SigningKey::generate().unwrap();
        let token = sign(&key, &CLAIMS).unwrap().into_inner();
        let parts: Vec<&str> = token.split('.').collect();
        let (header, claims, signature) = (parts[0], parts[1], parts[2]);
        for text in [
            "",
            ".",
            "..",
            "THIS_IS_NOT_VALID_TOKEN",
            header,
            &format!("{header}.{claims}"),
            &format!("{header}.{claims}.{signature}."),
            &format!("{header}.{claims}.{signature}.{signature}"),
            &format!(".{claims}.{signature}"),
            &format!("{header}..{signature}"),
            &format!("{token}="),
            &format!(" {token}"),
            &format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode("[]")),
            &format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode("{")),
            &format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode("{}")),
        ] {
            assert!(UnverifiedJwt::parse(text).is_none(), "{text}");
        }
        for cut in ["", &signature[..340], &signature[4..]] {
            assert!(verified(&format!("{header}.{claims}.{cut}"), &key).is_none());
        }
    }
}
