//! The cookie of the browser's session at a domain.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderValue};

use super::site::Site;
use crate::api::Sensitive;
use crate::http::Shared;
use crate::http::header::as_text;
use crate::oauth2::NewBrowserSession;

/// The name of the cookie (AWS's guide "User sessions").
const NAME: &str = "cognito";

/// The value of the session's cookie. Returns `None` if the browser sends none.
pub(super) fn session(request: &HttpRequest) -> Option<Sensitive<String>> {
    let headers = request.headers().get_all(COOKIE).filter_map(as_text);
    let mut pairs = headers.flat_map(|header| header.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == NAME && !value.is_empty()).then(|| value.to_owned().into())
    })
}

/// The header `Set-Cookie` of a session that has begun. Returns `None` if the value is none of a header.
pub(in crate::http) fn set(
    shared: &Shared,
    site: &Site,
    session: &NewBrowserSession,
) -> Option<HeaderValue> {
    header(shared, site, session.value.expose(), session.seconds)
}

/// The header `Set-Cookie` by which the browser forgets its session.
pub(super) fn forget(shared: &Shared, site: &Site) -> Option<HeaderValue> {
    header(shared, site, "", 0)
}

/// A cookie that no script reads and no other site's form sends. It is bound to HTTPS where the issuer says that clients use it.
fn header(shared: &Shared, site: &Site, value: &str, seconds: i64) -> Option<HeaderValue> {
    let path = site.cookie_path();
    let secure = if shared.issuer.is_https() {
        "; Secure"
    } else {
        ""
    };
    let text =
        format!("{NAME}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}
