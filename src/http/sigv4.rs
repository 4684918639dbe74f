//! Verifies Signature Version 4: which access key signed a request.
//!
//! The checks come in the order of AWS's front ends, with their messages: a missing or malformed `Authorization` header, the
//! key, the scope, the clock (5 minutes either way), the signature. Sources: AWS's guide "Signature Version 4 signing process"
//! with its "Troubleshooting" page, and public transcripts of the errors. The signature is compared in constant time.

use std::borrow::Cow;
use std::sync::LazyLock;

use actix_web::http::header::{AUTHORIZATION, DATE, HeaderMap, HeaderName};
use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::access::{AccessKey, AccessKeys};
use crate::api::ErrorCode;
use crate::auth::is_secret;
use crate::error::{ApiError, Result};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "cognito-idp";
const TERMINATOR: &str = "aws4_request";
/// `YYYYMMDD'T'HHMMSS'Z'`, the basic form of ISO 8601 that `X-Amz-Date` has.
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";
static DATE_ITEMS: LazyLock<Vec<Item<'static>>> =
    LazyLock::new(|| StrftimeItems::new(DATE_FORMAT).collect());
const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const NO_DATE: &str =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
/// The largest difference between a request's date and the server's clock, either way.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The initial capacity for a canonical request, enough for those of SDKs.
const CANONICAL_BYTES: usize = 1024;

/// A SHA-256 hash in lower-case hexadecimal digits.
type HexDigest = [u8; 64];

/// The parts of a request that are signed, besides the body.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    /// The path, whose characters need no escape.
    pub(crate) path: &'a str,
    /// The query string as it was sent, without the question mark.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// A request that names an access key. Its signature is checked when the body has arrived, or before if a header holds the
/// body's hash.
pub(crate) struct Claim<'a, 'k> {
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
pub(crate) fn check<'a, 'k>(
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
    /// The access key that signed the request with this body.
    ///
    /// # Errors
    /// `InvalidSignatureException` if the signature does not match the body.
    pub(crate) fn prove(self, body: &[u8]) -> Result<&'k AccessKey> {
        let hash = hex_digest(body);
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

/// Whether the text is a SHA-256 hash in lower-case hexadecimal digits.
fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
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

/// The access key that the `Authorization` header names, whether or not it signed the request.
pub(super) fn named_key<'k>(headers: &HeaderMap, keys: &'k AccessKeys) -> Option<&'k AccessKey> {
    let (_, credential) = text(headers, &AUTHORIZATION)?.split_once("Credential=")?;
    let id = credential.split(['/', ',', ' ']).next()?;
    keys.find(id)
}

/// The parsed `Authorization` header, with the date that belongs to it.
struct Authorization<'a> {
    scope: Scope<'a>,
    /// Lower-case names in the order in which they were signed.
    signed_headers: Vec<&'a str>,
    /// The same, as the header writes them.
    signed_headers_text: &'a str,
    signature: &'a str,
    date: RequestDate<'a>,
}

struct RequestDate<'a> {
    text: &'a str,
    time: DateTime<Utc>,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str, headers: &'a HeaderMap) -> Result<Self> {
        let parameters = match header.split_once(' ') {
            Some((ALGORITHM, parameters)) => parameters,
            // Another scheme has none of the parameters of Signature Version 4.
            Some(_) | None if !header.starts_with(ALGORITHM) => "",
            Some(_) | None => header.get(ALGORITHM.len()..).unwrap_or_default(),
        };
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters
            .split(',')
            .flat_map(|part| part.split(' '))
            .filter(|parameter| !parameter.is_empty())
        {
            let (name, value) = parameter.split_once('=').ok_or_else(|| {
                incomplete(format!(
                    "'{parameter}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
                ))
                .because("a part of the Authorization header has no equal-sign")
            })?;
            match name {
                "Credential" => credential = Some(value),
                "SignedHeaders" => signed_headers = Some(value),
                "Signature" => signature = Some(value),
                _ => {}
            }
        }
        let date = text(headers, &AMZ_DATE).or_else(|| text(headers, &DATE));
        match (
            non_empty(credential),
            non_empty(signature),
            non_empty(signed_headers),
            date,
        ) {
            (Some(credential), Some(signature), Some(signed_headers), Some(date)) => Ok(Self {
                scope: Scope::parse(credential)?,
                signed_headers: signed_headers.split(';').collect(),
                signed_headers_text: signed_headers,
                signature,
                date: RequestDate::parse(date)?,
            }),
            (credential, signature, signed_headers, date) => {
                let parameters = [
                    ("Credential", credential),
                    ("Signature", signature),
                    ("SignedHeaders", signed_headers),
                ];
                let missing: String = parameters
                    .into_iter()
                    .filter(|(_, value)| value.is_none())
                    .map(|(name, _)| format!("Authorization header requires '{name}' parameter. "))
                    .chain(date.is_none().then(|| NO_DATE.to_owned()))
                    .collect();
                Err(incomplete(format!("{missing}Authorization={header}"))
                    .because(missing.trim_end()))
            }
        }
    }

    /// `host` and every `x-amz-` header of the request must be signed. A signed header that is missing makes the signature
    /// wrong.
    fn check_signed_headers(&self, headers: &HeaderMap) -> Result<()> {
        let signed = |name: &str| self.signed_headers.contains(&name);
        if !signed("host") && !signed(":authority") {
            return Err(invalid_signature(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ));
        }
        let unsigned = headers
            .keys()
            .map(HeaderName::as_str)
            .find(|name| name.starts_with("x-amz-") && !signed(name));
        match unsigned {
            Some(name) => Err(invalid_signature(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            ))
            .because("a header that must be signed is not")),
            None => Ok(()),
        }
    }
}

/// `<access key id>/<date>/<region>/<service>/aws4_request`.
struct Scope<'a> {
    key_id: &'a str,
    /// The text after the key's id.
    text: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
}

impl<'a> Scope<'a> {
    fn parse(credential: &'a str) -> Result<Self> {
        let (key_id, text) = credential.split_once('/').unwrap_or((credential, ""));
        let mut parts = text.split('/');
        let scope = (|| {
            Some(Self {
                key_id,
                text,
                date: parts.next()?,
                region: parts.next()?,
                service: parts.next()?,
                terminator: parts.next()?,
            })
        })();
        match (scope, parts.next()) {
            (Some(scope), None) => Ok(scope),
            (_, _) => Err(incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            ))
            .because("the credential does not have five parts")),
        }
    }

    /// Checks the scope. The message names everything that is wrong with it.
    fn check(&self, region: &str, date: &RequestDate<'_>) -> Result<()> {
        let wrong: String = [
            (self.region != region).then(|| {
                format!("Credential should be scoped to a valid region, not '{}'. ", self.region)
            }),
            (self.service != SERVICE)
                .then(|| format!("Credential should be scoped to correct service: '{SERVICE}'. ")),
            (self.terminator != TERMINATOR).then(|| {
                format!(
                    "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{}'. ",
                    self.terminator
                )
            }),
            (self.date != date.day()).then(|| {
                format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                     '{}' != '{}', from '{}'.",
                    self.date,
                    date.day(),
                    date.text
                )
            }),
        ]
        .into_iter()
        .flatten()
        .collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(invalid_signature(wrong)
                .because("the credential is for another Region, service or day"))
        }
    }
}

impl<'a> RequestDate<'a> {
    /// `YYYYMMDD`.
    fn day(&self) -> &'a str {
        self.text.get(..8).unwrap_or_default()
    }

    fn parse(text: &'a str) -> Result<Self> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, DATE_ITEMS.iter())
            .and_then(|()| parsed.to_naive_datetime_with_offset(0))
            .map(|time| Self { text, time: time.and_utc() })
            .map_err(|_| {
                incomplete(format!(
                    "Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
                ))
                .because("the date cannot be read")
            })
    }
}

/// Compares whole seconds, because a request's date has no fractions.
fn check_date(date: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    let now = now.trunc_subsecs(0);
    let text = |time: DateTime<Utc>| time.format(DATE_FORMAT);
    let (earliest, latest) = (now - TOLERANCE, now + TOLERANCE);
    if date < earliest {
        return Err(invalid_signature(format!(
            "Signature expired: {} is now earlier than {} ({} - 5 min.)",
            text(date),
            text(earliest),
            text(now)
        ))
        .because("the signature is too old"));
    }
    if date > latest {
        return Err(invalid_signature(format!(
            "Signature not yet current: {} is still later than {} ({} + 5 min.)",
            text(date),
            text(latest),
            text(now)
        ))
        .because("the signature is from the future"));
    }
    Ok(())
}

/// The SHA-256 hash of the canonical request: method, path, query, signed headers with their values, body hash.
fn hash_canonical_request(
    request: &Signed<'_>,
    authorization: &Authorization<'_>,
    body_hash: &[u8],
) -> HexDigest {
    let mut canonical = Vec::with_capacity(CANONICAL_BYTES);
    let query = canonical_query(request.query);
    for line in [request.method, request.path, &query] {
        canonical.extend_from_slice(line.as_bytes());
        canonical.push(b'\n');
    }
    for name in &authorization.signed_headers {
        canonical.extend_from_slice(name.as_bytes());
        canonical.push(b':');
        push_values(&mut canonical, request.headers, name);
        canonical.push(b'\n');
    }
    canonical.push(b'\n');
    canonical.extend_from_slice(authorization.signed_headers_text.as_bytes());
    canonical.push(b'\n');
    canonical.extend_from_slice(body_hash);
    hex_digest(&canonical)
}

fn hex_digest(bytes: &[u8]) -> HexDigest {
    hex(Sha256::digest(bytes).into())
}

fn hex(hash: [u8; 32]) -> HexDigest {
    let mut digits = [0; 64];
    // 32 bytes are 64 digits, so this cannot fail.
    let _ = hex::encode_to_slice(hash, &mut digits);
    digits
}

/// All values of the header, comma-joined, each trimmed and with runs of spaces folded into one.
fn push_values(canonical: &mut Vec<u8>, headers: &HeaderMap, name: &str) {
    // In HTTP/2 the host comes as `:authority`.
    let name = if name == ":authority" { "host" } else { name };
    for (index, value) in headers.get_all(name).enumerate() {
        if index > 0 {
            canonical.push(b',');
        }
        let words = value
            .as_bytes()
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        for (index, word) in words.enumerate() {
            if index > 0 {
                canonical.push(b' ');
            }
            canonical.extend_from_slice(word);
        }
    }
}

/// The parameters in their encoded form, sorted. One without `=` gets an empty value.
fn canonical_query(query: &str) -> String {
    if query.is_empty() {
        return String::new();
    }
    let mut parameters: Vec<(&str, &str)> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .collect();
    parameters.sort_unstable();
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// The signature of `key` for a request whose `Authorization` header has a placeholder for it.
///
/// # Errors
/// Those of a malformed header.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn sign(request: &Signed<'_>, body: &[u8], key: &AccessKey) -> Result<String> {
    let header = text(request.headers, &AUTHORIZATION).unwrap_or_default();
    let authorization = Authorization::parse(header, request.headers)?;
    let signature = signature(request, &authorization, key, &hex_digest(body));
    Ok(String::from_utf8_lossy(&signature).into_owned())
}

/// The signature of `key` over the algorithm, the date, the scope and the hash of the canonical request.
fn signature(
    request: &Signed<'_>,
    authorization: &Authorization<'_>,
    key: &AccessKey,
    body_hash: &[u8],
) -> HexDigest {
    let scope = authorization.scope.text;
    let lines = [ALGORITHM, authorization.date.text, scope].map(str::as_bytes);
    let hash = hash_canonical_request(request, authorization, body_hash);
    hex(key.signing_key(scope).sign(lines, &hash))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn non_empty(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

fn incomplete(message: String) -> ApiError {
    ApiError::new(ErrorCode::IncompleteSignatureException, message)
}

fn invalid_signature(message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::new(ErrorCode::InvalidSignatureException, message)
}

fn unrecognized() -> ApiError {
    ApiError::new(
        ErrorCode::UnrecognizedClientException,
        "The security token included in the request is invalid.",
    )
}
