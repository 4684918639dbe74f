//! What keeps other sites from posting forms in a user's browser: the field `_csrf`, which follows from a cookie by a key of the pool.
//! Another site's page can make a browser post a form, but can neither read the field nor choose the cookie, and the cookie does not
//! come with forms of other sites (`SameSite`).

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;

use super::cookies;
use crate::auth::is_secret;
use crate::http::Shared;
use crate::http::oauth2::site::Site;
use crate::oauth2::Form;
use crate::sign_in::ClientContext;

/// The name of the cookie (AWS's guide "User pool managed login").
const COOKIE: &str = "XSRF-TOKEN";

/// The name of the field.
const FIELD: &str = "_csrf";

/// The cookie of a browser, and the field that belongs to it.
pub(super) struct Csrf {
    cookie: String,
    is_new: bool,
    /// The value of the field in the forms of this answer.
    pub(super) field: String,
}

impl Csrf {
    /// Those of a request. A browser that has no cookie is given one.
    pub(super) fn of(request: &HttpRequest, client: &ClientContext) -> Self {
        let kept = cookies::find(request, COOKIE);
        let kept = kept.filter(|value| uuid::Uuid::try_parse(value).is_ok());
        let cookie = kept.map_or_else(|| client.cx.ambient.uuid().to_string(), str::to_owned);
        let bytes = client.keys.seal.derive("form", cookie.as_bytes());
        Self {
            is_new: kept.is_none(),
            field: hex::encode(bytes),
            cookie,
        }
    }

    /// Whether a form that was posted came from a page of the pool in this browser.
    pub(super) fn verifies(&self, form: &Form) -> bool {
        let given = form.find(FIELD).unwrap_or_default();
        !self.is_new && is_secret(&self.field, given)
    }

    /// The header `Set-Cookie`. Returns `None` if the browser has the cookie.
    pub(super) fn header(&self, shared: &Shared, site: &Site) -> Option<HeaderValue> {
        let secure = if shared.issuer.is_https() {
            "; Secure"
        } else {
            ""
        };
        let (cookie, path) = (&self.cookie, site.cookie_path());
        let header = format!("{COOKIE}={cookie}; Path={path}; HttpOnly; SameSite=Lax{secure}");
        let header = self.is_new.then(|| HeaderValue::from_str(&header));
        header.and_then(Result::ok)
    }
}
