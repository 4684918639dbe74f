//! The language of a page: that of the parameter `lang`, which a cookie then keeps (AWS's guide "Managed login localization"), or
//! else the one that the browser prefers.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, Header, HeaderValue};

use super::cookies;
use super::texts::{ALL, ENGLISH, Texts};

/// The name of the parameter, and of the cookie.
const LANG: &str = "lang";

/// The language of a page, and whether the request chose it anew.
pub(super) struct Language {
    pub(super) texts: &'static Texts,
    chosen: bool,
}

impl Language {
    /// The language for a request. One that there are no texts for is passed over.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let query = form_urlencoded::parse(request.query_string().as_bytes());
        let named = { query }.find_map(|(name, value)| (name == LANG).then(|| find(&value)));
        if let Some(texts) = named.flatten() {
            return Self {
                texts,
                chosen: true,
            };
        }
        let kept = cookies::find(request, LANG).and_then(find);
        Self {
            texts: kept.or_else(|| preferred(request)).unwrap_or(&ENGLISH),
            chosen: false,
        }
    }

    /// The cookie that keeps the language for a year. Returns `None` if the request did not choose it.
    pub(super) fn cookie(&self) -> Option<HeaderValue> {
        let tag = self.texts.tag;
        let cookie = format!("{LANG}={tag}; Max-Age=31536000; HttpOnly; SameSite=Lax");
        let cookie = self.chosen.then(|| HeaderValue::from_str(&cookie));
        cookie.and_then(Result::ok)
    }
}

/// The texts of the language that a tag names (RFC 5646), with or without a region.
fn find(tag: &str) -> Option<&'static Texts> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    { ALL.into_iter() }.find(|texts| texts.tag.eq_ignore_ascii_case(primary))
}

/// The texts of the language that the browser likes best of those there are (RFC 9110 section 12.5.4).
fn preferred(request: &HttpRequest) -> Option<&'static Texts> {
    let accepted = AcceptLanguage::parse(request).ok()?;
    let ranked = accepted.ranked();
    ranked.iter().find_map(|tag| find(&tag.to_string()))
}
