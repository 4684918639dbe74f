//! Verifies Signature Version 4: which access key signed a request.
//!
//! The checks come in the order of AWS's front ends, with their messages: a missing or malformed `Authorization` header, the
//! key, the scope, the clock (5 minutes either way), the signature. Sources: AWS's guide "Signature Version 4 signing process"
//! with its "Troubleshooting" page, and public transcripts of the errors. The signature is compared in constant time.

mod authorization;
mod signature;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use self::authorization::{Authorization, check_date, invalid_signature};
use self::signature::{HexDigest, hex, hex_digest, is_hash, signature};
use crate::access::{AccessKey, AccessKeys};
use crate::api::ErrorCode;
use crate::auth::is_secret;
use crate::error::{ApiError, Result};
use crate::http::header::text;

pub(super) use self::signature::Signed;

const AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// A request that names an access key. Its signature is checked when the body has arrived, or before if a header holds the
/// body's hash.
pub(super) struct Claim<'a, 'k> {
    request: Signed<'a>,
    authorization: Authorization<'a>,
    key: &'k AccessKey,
    /// The hash of the body that the request declares, if the signature was checked with it.
    declared: Option<&'a str>,
}

/// Makes all checks that do not need the body.
///
/// # Errors
/// `MissingAuthenticationTokenException`, `IncompleteSignatureException`, `UnrecognizedClientException` or
/// `InvalidSignatureException`, in AWS's order.
pub(super) fn check<'a, 'k>(
    request: Signed<'a>,
    keys: &'k AccessKeys,
    region: &str,
    now: DateTime<Utc>,
) -> Result<Claim<'a, 'k>> {
    let header = text(request.headers, &AUTHORIZATION).ok_or_else(|| {
        ApiError::new(
            ErrorCode::MissingAuthenticationTokenException,
            "Missing Authentication Token",
        )
    })?;
    let authorization = Authorization::parse(header, request.headers)?;
    // A client with id and secret swapped sends the secret here, so the log does not repeat it.
    let key = keys
        .find(authorization.scope.key_id)
        .ok_or_else(|| unrecognized().because("unknown access key"))?;
    if request.headers.contains_key(AMZ_SECURITY_TOKEN) {
        return Err(unrecognized().because("a session token came with a long-term access key"));
    }
    authorization.scope.check(region, &authorization.date)?;
    check_date(authorization.date.time, now)?;
    authorization.check_signed_headers(request.headers)?;
    let declared = text(request.headers, &AMZ_CONTENT_SHA256).filter(|hash| is_hash(hash));
    if let Some(hash) = declared {
        let right = signature(&request, &authorization, key, hash.as_bytes());
        check_signature(right, &authorization)?;
    }
    Ok(Claim {
        request,
        authorization,
        key,
        declared,
    })
}

impl<'k> Claim<'_, 'k> {
    /// The access key that signed the request, whatever its body: a header declares the hash of the body, and the signature is
    /// right for it. Returns `None` if no header does, so that the signature cannot be checked before the body is there.
    pub(super) fn proved(&self) -> Option<&'k AccessKey> {
        self.declared.map(|_| self.key)
    }

    /// The access key that signed the request with this body.
    ///
    /// # Errors
    /// `InvalidSignatureException` if the signature does not match the body.
    pub(super) fn prove(self, body: &[u8]) -> Result<&'k AccessKey> {
        self.prove_hash(Sha256::digest(body).into())
    }

    /// The same for a body of which only the SHA-256 hash is at hand.
    ///
    /// # Errors
    /// As [`Claim::prove`].
    pub(super) fn prove_hash(self, hash: [u8; 32]) -> Result<&'k AccessKey> {
        let hash = hex(hash);
        match self.declared {
            Some(declared) if declared.as_bytes() == hash => {}
            Some(_) => return Err(wrong_signature()),
            None => {
                let right = signature(&self.request, &self.authorization, self.key, &hash);
                check_signature(right, &self.authorization)?;
            }
        }
        Ok(self.key)
    }
}

fn check_signature(right: HexDigest, authorization: &Authorization<'_>) -> Result<()> {
    // A signature is written in lower case; in capitals it is another signature.
    if is_secret(right, authorization.signature) {
        Ok(())
    } else {
        Err(wrong_signature())
    }
}

fn wrong_signature() -> ApiError {
    invalid_signature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
         and signing method. Consult the service documentation for details.",
    )
}

/// How nearly every `Authorization` header begins.
const USUAL_BEGINNING: &str = "AWS4-HMAC-SHA256 Credential=";

/// The access key that the `Authorization` header names, whether or not it signed the request.
pub(super) fn named_key<'k>(headers: &HeaderMap, keys: &'k AccessKeys) -> Option<&'k AccessKey> {
    let header = text(headers, &AUTHORIZATION)?;
    let credential = match header.strip_prefix(USUAL_BEGINNING) {
        Some(credential) => credential,
        None => header.split_once("Credential=")?.1,
    };
    let id = credential.split(['/', ',', ' ']).next()?;
    keys.find(id)
}

/// The signature of `key` for a request whose `Authorization` header has a placeholder for it.
///
/// # Errors
/// Those of a malformed header.
pub(super) fn sign(request: &Signed<'_>, body: &[u8], key: &AccessKey) -> Result<String> {
    let header = text(request.headers, &AUTHORIZATION).unwrap_or_default();
    let authorization = Authorization::parse(header, request.headers)?;
    let signature = signature(request, &authorization, key, &hex_digest(body));
    Ok(String::from_utf8_lossy(&signature).into_owned())
}

fn unrecognized() -> ApiError {
    ApiError::new(
        ErrorCode::UnrecognizedClientException,
        "The security token included in the request is invalid.",
    )
}
