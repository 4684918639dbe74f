//! The headers of a request that this program sends to a server of its own.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};

use super::sigv4::{self, Signed};
use crate::access::AccessKey;
use crate::error::{ApiError, Result};

/// The headers `Host`, `X-Amz-Date` and `Authorization` of a request, signed with `key` for the service in `region` at `now`.
///
/// # Errors
/// `InternalErrorException` when host or key hold characters that no header can have.
pub(crate) fn signed_headers(
    (method, path, query): (&str, &str, &str),
    host: &str,
    body: &[u8],
    (key, region): (&AccessKey, &str),
    now: DateTime<Utc>,
) -> Result<[(&'static str, String); 3]> {
    let date = now.format("%Y%m%dT%H%M%SZ").to_string();
    let value = |text: &str| HeaderValue::from_str(text).map_err(ApiError::internal);
    let authorization = |signature: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{}/{region}/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date, \
             Signature={signature}",
            key.id,
            now.format("%Y%m%d")
        )
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, value(host)?);
    headers.insert(HeaderName::from_static("x-amz-date"), value(&date)?);
    headers.insert(header::AUTHORIZATION, value(&authorization("none"))?);
    let request = Signed {
        method,
        path,
        query,
        headers: &headers,
    };
    let signature = sigv4::sign(&request, body, key)?;
    Ok([
        ("Host", host.to_owned()),
        ("X-Amz-Date", date),
        ("Authorization", authorization(&signature)),
    ])
}
