//! Whether an ID token counts (OpenID Connect Core 1.0 section 3.1.3.7).

use serde_json::{Map, Value};

use super::failure::{Asked, bad_id_token, failed, unreachable};
use super::party::Issuer;
use crate::api::Sensitive;
use crate::auth::foreign_jwt::{ForeignJwt, Unverified};
use crate::auth::is_secret;
use crate::context::Cx;
use crate::oauth2::error::Result;

/// How far the provider's clock may be from this machine's, in seconds.
const SKEW: i64 = 60;

/// Whom an ID token must be for.
pub(super) struct Expected<'a> {
    pub(super) issuer: Issuer,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
}

/// The claims of the token.
///
/// # Errors
/// Why they do not count.
pub(super) async fn claims(
    cx: &Cx,
    expected: Expected<'_>,
    token: &Sensitive<String>,
) -> Result<Map<String, Value>> {
    let token = ForeignJwt::parse(token.expose());
    let token = token.ok_or_else(|| bad_id_token("the ID token cannot be read"))?;
    let claims = verified(cx, &expected.issuer.keys, &token).await?;
    // The provider's clock is that of the system, whatever this server's clock shows.
    let now = cx.system_now().millis().div_euclid(1000);
    check(&claims, &expected, now)?;
    Ok(claims)
}

/// The claims, if a key of the provider signed them. Keys that lack the token's are fetched again, now and then.
async fn verified(cx: &Cx, keys: &str, token: &ForeignJwt) -> Result<Map<String, Value>> {
    let unreachable = |error| unreachable(Asked::Keys, &error);
    let known = cx.fetch_document(keys).await.map_err(unreachable)?;
    let verified = match token.verified_by(&known) {
        Err(Unverified::NoSuchKey) => {
            let newest = cx.fetch_document_again(keys).await.map_err(unreachable)?;
            token.verified_by(&newest)
        }
        verified => verified,
    };
    verified.map_err(|error| {
        bad_id_token(match error {
            Unverified::NoSuchKey => "the provider has no key of the ID token's id",
            Unverified::WrongSignature => "the signature of the ID token is wrong",
        })
    })
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>, now: i64) -> Result<()> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    if text("iss") != Some(expected.issuer.url.as_str()) {
        return Err(failed(
            "Bad id_token issuer",
            "the ID token is of another issuer",
        ));
    }
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !audience.contains(&expected.client_id) {
        return Err(bad_id_token("the ID token is for another client"));
    }
    let party = text("azp");
    if party.is_some_and(|party| party != expected.client_id)
        || (audience.len() > 1 && party.is_none())
    {
        return Err(bad_id_token("the ID token was given to another client"));
    }
    if number("exp").is_none_or(|end| now >= end.saturating_add(SKEW)) {
        return Err(bad_id_token("the ID token has expired"));
    }
    let is_future = |name| number(name).is_some_and(|time| time > now.saturating_add(SKEW));
    if is_future("iat") || is_future("nbf") {
        return Err(bad_id_token("the ID token is from the future"));
    }
    if !text("nonce").is_some_and(|nonce| is_secret(expected.nonce, nonce)) {
        return Err(bad_id_token("the nonce of the ID token is another"));
    }
    if text("sub").is_none_or(str::is_empty) {
        return Err(bad_id_token("the ID token names no subject"));
    }
    Ok(())
}
