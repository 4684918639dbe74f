//! Values of headers as text.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The first value of a header. Returns `None` if the header is missing or its value is not ASCII text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    as_text(headers.get(name)?)
}

/// The value of a header that is there once. Returns `None` if there are several, and as [`text`].
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next().filter(|_| values.next().is_none());
    as_text(value?)
}

/// The value. Returns `None` if it is not ASCII text.
///
/// It is what `HeaderValue::to_str` returns, which looks at each byte by itself: a value has no control characters but tabs (RFC
/// 9110 section 5.5), so that it is visible if it is ASCII.
pub(super) fn as_text(value: &HeaderValue) -> Option<&str> {
    let text = str::from_utf8(value.as_bytes()).ok()?;
    text.is_ascii().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_text_when_the_library_says_so() {
        for byte in 0..=u8::MAX {
            if let Ok(value) = HeaderValue::from_bytes(&[b'a', byte, b'z']) {
                assert_eq!(as_text(&value), value.to_str().ok(), "{byte}");
            }
        }
    }
}
