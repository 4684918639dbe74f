//! Cookies of requests.

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;

use crate::http::header::as_text;

/// The value of a cookie that the request carries (RFC 6265 section 4.2). Returns `None` if it carries none of this name.
pub(super) fn find<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let headers = request.headers().get_all(COOKIE).filter_map(as_text);
    headers
        .flat_map(|text| text.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
