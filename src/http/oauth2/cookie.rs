//! The cookies of a domain by which it knows a browser: that of its session, and that of its way to an identity provider.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderValue};

use super::site::Site;
use crate::api::Sensitive;
use crate::http::Shared;
use crate::http::header::as_text;
use crate::oauth2::NewBrowserSession;

/// The name of the session's cookie (AWS's guide "User sessions").
const SESSION: &str = "cognito";

/// The name of the cookie with the mark of a browser that was sent to an identity provider.
const MARK: &str = "csrf-state";

/// How long a browser keeps its mark, in seconds: a day, so that one that is back from a provider is known on the next way.
const MARK_SECONDS: i64 = 24 * 60 * 60;

/// The value of the session's cookie. Returns `None` if the browser sends none.
pub(super) fn session(request: &HttpRequest) -> Option<Sensitive<String>> {
    find(request, SESSION)
}

/// The mark of a browser that was sent to an identity provider. Returns `None` if the browser sends none.
pub(super) fn mark(request: &HttpRequest) -> Option<Sensitive<String>> {
    find(request, MARK)
}

fn find(request: &HttpRequest, wanted: &str) -> Option<Sensitive<String>> {
    let headers = request.headers().get_all(COOKIE).filter_map(as_text);
    let mut pairs = headers.flat_map(|header| header.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted && !value.is_empty()).then(|| value.to_owned().into())
    })
}

/// The header `Set-Cookie` of a session that has begun. Returns `None` if the value is none of a header.
pub(in crate::http) fn set(
    shared: &Shared,
    site: &Site,
    session: &NewBrowserSession,
) -> Option<HeaderValue> {
    header(
        shared,
        site,
        (SESSION, session.value.expose()),
        session.seconds,
    )
}

/// The header `Set-Cookie` by which the browser forgets its session.
pub(super) fn forget(shared: &Shared, site: &Site) -> Option<HeaderValue> {
    header(shared, site, (SESSION, ""), 0)
}

/// The header `Set-Cookie` of a browser's mark. Returns `None` if the value is none of a header.
pub(super) fn set_mark(
    shared: &Shared,
    site: &Site,
    mark: &Sensitive<String>,
) -> Option<HeaderValue> {
    header(shared, site, (MARK, mark.expose()), MARK_SECONDS)
}

/// A cookie that no script reads and no other site's form sends. It is bound to HTTPS where the issuer says that clients use it.
fn header(
    shared: &Shared,
    site: &Site,
    (name, value): (&str, &str),
    seconds: i64,
) -> Option<HeaderValue> {
    let path = site.cookie_path();
    let secure = if shared.issuer.is_https() {
        "; Secure"
    } else {
        ""
    };
    let text =
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}
