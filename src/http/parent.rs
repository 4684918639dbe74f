//! The headers by which a client says of what trace its request is part.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use super::header::{as_text, only};
use crate::trace::Parent;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const X_RAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");

const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// What the client says of the trace that its request is part of. Several `traceparent` say nothing, nor do
/// several `X-Amzn-Trace-Id`.
pub(super) fn of(request: &HttpRequest) -> Option<Parent> {
    let headers = request.headers();
    let states: Option<Vec<&str>> = headers.get_all(TRACESTATE).map(as_text).collect();
    let state = states.unwrap_or_default().join(",");
    let parent = only(headers, &TRACEPARENT).and_then(|text| Parent::parse(text, &state));
    parent.or_else(|| Parent::parse_x_ray(only(headers, &X_RAY)?))
}
