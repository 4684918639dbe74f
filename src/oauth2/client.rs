//! How a client proves at an endpoint who it is (RFC 6749 section 2.3): by HTTP Basic, by a secret in the body, or, without a
//! secret, by its id alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::{ErrorCode, Sensitive};
use crate::context::Cx;
use crate::error::Result as ApiResult;
use crate::ids::ClientId;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::error::{OAuthError, Result, Word};
use crate::oauth2::form::Form;
use crate::sign_in::{Caller, ClientContext, UserContext};
use crate::store::ReadTx;

/// The client of the domain's pool that sends the form, with this header `Authorization`, and what `work` reads for it.
///
/// # Errors
/// `invalid_request` when no client is named; `invalid_client` when there is no such client, when its secret is wrong or missing,
/// when it has none and one is sent, or when header and body differ.
pub(super) async fn authenticated<T: Send + 'static>(
    cx: &Cx,
    domain: &PoolDomain,
    form: &Form,
    authorization: Option<&str>,
    work: fn(&ClientContext, &ReadTx<'_>) -> ApiResult<T>,
) -> Result<(ClientContext, T)> {
    let (id, secret) = credentials(form, authorization)?;
    let invalid = |why: &'static str| OAuthError::new(Word::InvalidClient, why);
    let opened = cx.read_with_keys(move |cx, tx| {
        let client =
            ClientContext::open_in(cx, tx, (&Caller::App, &id), UserContext::default(), None)?;
        let found = work(&client, tx)?;
        Ok((client, found))
    });
    let (client, found) = match opened.await {
        Ok(opened) => opened,
        Err(error) if error.code == ErrorCode::ResourceNotFoundException => {
            return Err(invalid("there is no such client"));
        }
        Err(error) => return Err(error.into()),
    };
    if client.pool.id != domain.pool.id {
        return Err(invalid("the client is another pool's"));
    }
    client
        .check_secret(secret.as_ref())
        .map_err(|why| invalid(why).described("invalid_client_secret"))?;
    Ok((client, found))
}

/// The id and the secret that the request names. Both ways may be used at once if they say the same.
fn credentials(
    form: &Form,
    authorization: Option<&str>,
) -> Result<(ClientId, Option<Sensitive<String>>)> {
    let invalid = |why: &'static str| OAuthError::new(Word::InvalidClient, why);
    let in_body = (form.owned("client_id"), form.owned("client_secret"));
    let Some(header) = authorization else {
        let missing = || OAuthError::new(Word::InvalidRequest, "client_id is missing");
        let id = in_body.0.ok_or_else(missing)?;
        return Ok((ClientId::from(id), in_body.1.map(Sensitive::from)));
    };
    let basic = basic(header).ok_or_else(|| invalid("the header Authorization is not Basic"))?;
    let (id, secret) = basic;
    let differs = |given: Option<String>, other: &str| given.is_some_and(|given| given != other);
    if differs(in_body.0, &id) || differs(in_body.1, secret.expose()) {
        return Err(invalid("header and body name different clients or secrets"));
    }
    let secret = Some(secret).filter(|secret| !secret.expose().is_empty());
    Ok((ClientId::from(id), secret))
}

/// User id and password of HTTP Basic (RFC 7617). Returns `None` if the header is none of that scheme.
fn basic(header: &str) -> Option<(String, Sensitive<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((unescaped(id), unescaped(secret).into()))
}

/// The text without the escapes of RFC 6749 section 2.3.1. Ids and secrets have no spaces, so that a plus stands for itself: not
/// all clients escape.
fn unescaped(text: &str) -> String {
    let kept = text
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    form_urlencoded::parse(kept.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(String, String)> {
        let (id, secret) = basic(&format!("basic {}", STANDARD.encode(text)))?;
        Some((id, secret.into_inner()))
    }

    #[test]
    fn basic_credentials_are_read_escaped_or_not() {
        let plain = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(of("app:a+b"), plain("app", "a+b"));
        assert_eq!(of("app:a%2Bb"), plain("app", "a+b"));
        assert_eq!(of("app:a:b&c=d"), plain("app", "a:b&c=d"));
        assert_eq!(of("app:"), plain("app", ""));
        assert_eq!(of("app"), None);
        assert_eq!(basic("Bearer YTpi").map(|found| found.0), None);
        assert_eq!(basic("Basic ?").map(|found| found.0), None);
    }
}
