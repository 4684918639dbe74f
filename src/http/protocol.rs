//! The three protocols of the API's endpoint, chosen by the request's content type, and the form of answers and errors in each.
//!
//! SDKs use AWS JSON 1.1. For a generic JSON content type, AWS's front ends answer in an envelope, always with status 200; for
//! any other content type they answer 404 in XML. Seen on Cognito and its sister services.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::HttpResponseBuilder;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::header::text;
use crate::api::ErrorCode;
use crate::error::ApiError;

/// The longest value of the header `x-amzn-ErrorMessage`, in bytes; clients limit headers to a few kilobytes.
const MESSAGE_HEADER_BYTES: usize = 1024;

const AMZ_JSON_11: &str = "application/x-amz-json-1.1";

/// When a throttled client may try again, in milliseconds. The SDKs for Python, JavaScript and Rust obey it.
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// [`AMZ_JSON_11`].
    Json11,
    /// `application/json` and other generic JSON types.
    Envelope,
    /// Any other content type.
    Unknown,
}

impl Protocol {
    /// The protocol of a request.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let content_type = text(headers, &CONTENT_TYPE).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is = |known: &str| essence.eq_ignore_ascii_case(known);
        if is(AMZ_JSON_11) {
            return Self::Json11;
        }
        let of_json = essence.len().checked_sub("+json".len());
        let suffix = of_json.and_then(|at| essence.get(at..)).unwrap_or_default();
        if is("application/json") || is("text/json") || suffix.eq_ignore_ascii_case("+json") {
            Self::Envelope
        } else {
            Self::Unknown
        }
    }

    /// The response to a success.
    pub(super) fn answer(self, body: Vec<u8>) -> HttpResponse {
        match self {
            Self::Json11 | Self::Unknown => json11(StatusCode::OK).body(body),
            Self::Envelope => {
                let output: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
                HttpResponse::Ok().json(json!({"Output": output, "Version": "1.0"}))
            }
        }
    }

    /// The response to an error.
    pub(super) fn error(self, error: &ApiError) -> HttpResponse {
        match self {
            Self::Json11 => {
                let status = StatusCode::from_u16(error.code.http_status())
                    .unwrap_or(StatusCode::BAD_REQUEST);
                let mut response = json11(status);
                response.insert_header(("x-amzn-ErrorType", format!("{}:", error.code.as_str())));
                if let Some(message) = error.message.as_deref().and_then(header_text) {
                    response.insert_header(("x-amzn-ErrorMessage", message));
                }
                if let Some(wait) = error.retry_after {
                    response.insert_header((RETRY_AFTER, whole_milliseconds(wait)));
                }
                response.body(error_body(error, error.code.as_str()).to_string())
            }
            Self::Envelope => {
                let output = error_body(error, &qualified(error.code));
                let mut response = HttpResponse::Ok();
                if let Some(wait) = error.retry_after {
                    response.insert_header((RETRY_AFTER, whole_milliseconds(wait)));
                }
                response.json(json!({"Output": output, "Version": "1.0"}))
            }
            Self::Unknown => HttpResponse::NotFound()
                .content_type("application/xml")
                .body("<UnknownOperationException/>"),
        }
    }
}

fn json11(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static(AMZ_JSON_11)));
    response
}

fn error_body(error: &ApiError, code: &str) -> Value {
    match &error.message {
        Some(message) => json!({"__type": code, "message": message}),
        None => json!({"__type": code}),
    }
}

/// In the envelope, errors of the front end itself have its namespace.
fn qualified(code: ErrorCode) -> Cow<'static, str> {
    if matches!(
        code,
        ErrorCode::UnknownOperationException | ErrorCode::SerializationException
    ) {
        Cow::Owned(format!("com.amazon.coral.service#{}", code.as_str()))
    } else {
        Cow::Borrowed(code.as_str())
    }
}

/// Whole milliseconds, rounded up, so that no client comes back too early.
fn whole_milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// A message as a header value: without control characters, and not longer than clients read.
fn header_text(message: &str) -> Option<HeaderValue> {
    let end = message.floor_char_boundary(MESSAGE_HEADER_BYTES);
    let text: String = message
        .get(..end)?
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    HeaderValue::from_bytes(text.as_bytes()).ok()
}
