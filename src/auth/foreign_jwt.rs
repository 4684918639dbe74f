//! Tokens that other servers signed: JSON Web Tokens (RFC 7519), and the keys (RFC 7517) that verify them.
//!
//! Signatures by RSA (RS256, RS384, RS512, with 2048 bits or more) and by elliptic curves (ES256, ES384) are verified (RFC 7518 section
//! 3). Nothing else is, whatever a header names: no `none`, and no HMAC, since its key would be shared with whoever verifies.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::api::Sensitive;

/// What begins the uncompressed form of a point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// A parsed token whose signature was not verified.
pub(crate) struct ForeignJwt {
    algorithm: String,
    kid: String,
    claims: Sensitive<Map<String, Value>>,
    signed: Sensitive<String>,
    signature: Vec<u8>,
}

/// Why the claims of a token do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// No key has the id that the token names. The keys may have changed.
    NoSuchKey,
    /// The key cannot have signed the token in the way that it names, or did not sign it.
    WrongSignature,
}

impl ForeignJwt {
    /// Parses three parts in URL-safe base64 without padding, of which the first two are JSON objects. The header must name the
    /// algorithm and the key, and nothing that a reader must understand (`crit`, RFC 7515 section 4.1.11). Returns `None` for any
    /// other text.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = object(header)?;
        if header.contains_key("crit") {
            return None;
        }
        Some(Self {
            algorithm: header.get("alg")?.as_str()?.to_owned(),
            kid: header.get("kid")?.as_str()?.to_owned(),
            claims: object(claims)?.into(),
            signed: signed.to_owned().into(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// The claims, if one of these keys signed them.
    ///
    /// # Errors
    /// Why they do not count.
    pub(crate) fn verified_by(
        &self,
        keys: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Unverified> {
        let keys = keys.get("keys").and_then(Value::as_array);
        let mut named = keys.into_iter().flatten();
        let key = named.find(|key| key.get("kid").and_then(Value::as_str) == Some(&self.kid));
        let key = key.ok_or(Unverified::NoSuchKey)?;
        if self.is_signed_by(key) == Some(true) {
            Ok(self.claims.expose().clone())
        } else {
            Err(Unverified::WrongSignature)
        }
    }

    /// Whether the key signed the token. Returns `None` if it is no key that could.
    fn is_signed_by(&self, key: &Value) -> Option<bool> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let part = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let is_meant = text("use").is_none_or(|usage| usage == "sig")
            && text("alg").is_none_or(|algorithm| algorithm == self.algorithm);
        if !is_meant {
            return Some(false);
        }
        let signed = self.signed.expose().as_bytes();
        let by_rsa = |parameters: &'static RsaParameters| {
            let key = RsaPublicKeyComponents {
                n: without_leading_zeros(part("n")?),
                e: without_leading_zeros(part("e")?),
            };
            let verified = key.verify(parameters, signed, &self.signature);
            Some(verified.is_ok())
        };
        let by_curve = |curve: &str, algorithm, length: usize| {
            let (x, y) = (part("x")?, part("y")?);
            let is_point = text("crv")? == curve && x.len() == length && y.len() == length;
            let point = [&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat();
            let verified = UnparsedPublicKey::new(algorithm, point).verify(signed, &self.signature);
            Some(is_point && verified.is_ok())
        };
        match (self.algorithm.as_str(), text("kty")?) {
            ("RS256", "RSA") => by_rsa(&RSA_PKCS1_2048_8192_SHA256),
            ("RS384", "RSA") => by_rsa(&RSA_PKCS1_2048_8192_SHA384),
            ("RS512", "RSA") => by_rsa(&RSA_PKCS1_2048_8192_SHA512),
            ("ES256", "EC") => by_curve("P-256", &ECDSA_P256_SHA256_FIXED, 32),
            ("ES384", "EC") => by_curve("P-384", &ECDSA_P384_SHA384_FIXED, 48),
            _ => None,
        }
    }
}

/// Not all servers leave the zeros out (RFC 7518 section 6.3.1.1).
fn without_leading_zeros(number: Vec<u8>) -> Vec<u8> {
    number.into_iter().skip_while(|byte| *byte == 0).collect()
}

/// The JSON object in one part of a token.
fn object(part: &str) -> Option<Map<String, Value>> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::es256::Es256Key;
    use crate::auth::signing_key::SigningKey;

    fn keys(of: &[Value]) -> Map<String, Value> {
        let keys = json!({"keys": of});
        keys.as_object().unwrap().clone()
    }

    fn verified(token: &str, key: &Value) -> Result<Map<String, Value>, Unverified> {
        let token = ForeignJwt::parse(token).unwrap();
        token.verified_by(&keys(std::slice::from_ref(key)))
    }

    fn with(mut key: Value, name: &str, value: &str) -> Value {
        key[name] = value.into();
        key
    }

    #[test]
    fn rsa_and_curves_verify_what_they_signed() {
        let rsa = SigningKey::generate().unwrap();
        let claims = json!({"sub": "1"});
        let token = crate::auth::jwt::sign(&rsa, &claims).unwrap().into_inner();
        let jwk = serde_json::to_value(rsa.jwk()).unwrap();
        assert_eq!(Value::Object(verified(&token, &jwk).unwrap()), claims);
        let padded = [
            &[0],
            &*URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap(),
        ]
        .concat();
        let padded = with(jwk.clone(), "n", &URL_SAFE_NO_PAD.encode(padded));
        assert!(verified(&token, &padded).is_ok());
        let curve = Es256Key::of_seed([7; 32]).unwrap();
        let token = curve.sign("1", &claims).unwrap().into_inner();
        let jwk = curve.jwk("1");
        assert_eq!(Value::Object(verified(&token, &jwk).unwrap()), claims);
    }

    #[test]
    fn a_key_of_another_name_kind_or_use_verifies_nothing() {
        let curve = Es256Key::of_seed([7; 32]).unwrap();
        let token = curve.sign("1", &json!({"sub": "1"})).unwrap().into_inner();
        let jwk = curve.jwk("1");
        let refused = |key: &Value| verified(&token, key).unwrap_err();
        assert_eq!(refused(&curve.jwk("2")), Unverified::NoSuchKey);
        let other = Es256Key::of_seed([8; 32]).unwrap().jwk("1");
        for wrong in [
            other,
            with(jwk.clone(), "use", "enc"),
            with(jwk.clone(), "alg", "RS256"),
            with(jwk.clone(), "kty", "RSA"),
            with(jwk.clone(), "crv", "P-384"),
            with(jwk.clone(), "x", ""),
            json!({"kid": "1"}),
            json!({"kid": "1", "kty": "oct", "k": "c2VjcmV0"}),
        ] {
            assert_eq!(refused(&wrong), Unverified::WrongSignature, "{wrong}");
        }
        let altered = token.replacen('.', ".e30", 1);
        assert!(ForeignJwt::parse(&altered).is_none_or(|token| {
            token
                .verified_by(&keys(std::slice::from_ref(&jwk)))
                .is_err()
        }));
    }

    #[test]
    fn what_names_no_key_or_demands_something_is_not_read() {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        for header in [
            json!({"alg": "ES256"}),
            json!({"kid": "1"}),
            json!({"alg": "ES256", "kid": "1", "crit": ["exp"]}),
            json!([]),
        ] {
            let token = format!("{}.{}.", part(header.clone()), part(json!({})));
            assert!(ForeignJwt::parse(&token).is_none(), "{header}");
        }
        let none = format!(
            "{}.{}.",
            part(json!({"alg": "none", "kid": "1"})),
            part(json!({}))
        );
        let key = Es256Key::of_seed([7; 32]).unwrap().jwk("1");
        assert_eq!(verified(&none, &key), Err(Unverified::WrongSignature));
    }
}
