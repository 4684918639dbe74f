//! The signature that a key gives a request: the canonical request, its hash, and what is signed of it.

use actix_web::http::header::HeaderMap;
use sha2::{Digest, Sha256};

use super::authorization::{ALGORITHM, Authorization};
use crate::access::AccessKey;

/// The initial capacity for a canonical request, enough for those of SDKs.
const CANONICAL_BYTES: usize = 1024;

/// A SHA-256 hash in lower-case hexadecimal digits.
pub(super) type HexDigest = [u8; 64];

/// The parts of a request that are signed, besides the body.
pub(in crate::http) struct Signed<'a> {
    pub(in crate::http) method: &'a str,
    /// The path, whose characters need no escape.
    pub(in crate::http) path: &'a str,
    /// The query string as it was sent, without the question mark.
    pub(in crate::http) query: &'a str,
    pub(in crate::http) headers: &'a HeaderMap,
}

/// The signature of `key` over the algorithm, the date, the scope and the hash of the canonical request.
pub(super) fn signature(
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

/// The SHA-256 hash of the bytes.
pub(super) fn hex_digest(bytes: &[u8]) -> HexDigest {
    hex(Sha256::digest(bytes).into())
}

/// The hash in lower-case hexadecimal digits. Computed, not looked up, so that the processor makes many digits at a time.
pub(super) fn hex(hash: [u8; 32]) -> HexDigest {
    let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; 64];
    let (pairs, _) = digits.as_chunks_mut();
    for (pair, byte) in pairs.iter_mut().zip(hash) {
        *pair = [digit(byte >> 4), digit(byte & 0xf)];
    }
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
        let value = value.as_bytes();
        let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
        // Nearly every value has no blanks, and no loop that ends early tells so.
        if !value.iter().fold(false, |any, byte| any | is_blank(byte)) {
            canonical.extend_from_slice(value);
            continue;
        }
        let words = value.split(is_blank).filter(|word| !word.is_empty());
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

/// Whether the text is a SHA-256 hash in lower-case hexadecimal digits.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
