//! `/logout`: ending the session of a browser (AWS's guide "The managed login sign-out endpoint"). Tokens live on. It is not the
//! logout of OpenID Connect: `post_logout_redirect_uri` and `id_token_hint` do not count.

use std::sync::Arc;

use crate::api::Sensitive;
use crate::context::{Cx, Unread};
use crate::oauth2::browser;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::form::Form;
use crate::oauth2::page_error::PageError;
use crate::oauth2::redirect;
use crate::oauth2::request::{Refusal, all_in_order, find_client};
use crate::sign_in::ClientContext;
use crate::store::ReadTx;

/// The parameters that go on to the page to sign in.
const CARRIED: [&str; 6] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
];

/// Where the browser goes when its session has ended.
pub(crate) enum SignedOut {
    /// To one of the client's URLs.
    App(String),
    /// To the page to sign in, with this query.
    SignIn(String),
}

impl SignedOut {
    /// Where a request to sign out leads. The inner error is its first mistake, for the error page.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails; that the pool has no keys yet.
    pub(crate) fn read(
        cx: &Cx,
        tx: &ReadTx<'_>,
        domain: &PoolDomain,
        form: &Form,
    ) -> Result<Result<Self, Refusal>, Unread> {
        if form.repeats_any(&["client_id", "logout_uri", "redirect_uri"]) {
            return Ok(Err(PageError::BadRequest.into()));
        }
        let Some(id) = form.owned("client_id") else {
            return Ok(Err(PageError::NoClientId.into()));
        };
        let client = find_client(cx, tx, domain, id)?;
        let client = client.ok_or_else(|| PageError::NoSuchClient.into());
        Ok(client.and_then(|client| target(&client, form)))
    }
}

/// Ends the session of the browser with this cookie.
///
/// # Errors
/// `InternalErrorException`.
pub(crate) async fn log_out(
    cx: &Cx,
    domain: &PoolDomain,
    cookie: Sensitive<String>,
) -> Result<(), Refusal> {
    let pool = Arc::clone(&domain.pool);
    let ended = cx.write(move |_, tx| browser::end(tx, &pool, &cookie));
    Ok(ended.await?)
}

/// Where the request leads. A `logout_uri` that the client has not registered counts as none.
fn target(client: &ClientContext, form: &Form) -> Result<SignedOut, Refusal> {
    let registered = |urls: &[String], name: &str| {
        let given = form.find(name)?;
        urls.iter().find(|url| *url == given).cloned()
    };
    if let Some(url) = registered(client.app.logout_urls(), "logout_uri") {
        return Ok(SignedOut::App(url));
    }
    if form.find("redirect_uri").is_none() {
        return Err(PageError::NoRedirectUri.into());
    }
    if registered(client.app.callback_urls(), "redirect_uri").is_none() {
        let id = client.app.id.clone();
        return Err(Refusal::Page(PageError::RedirectMismatch, Some(id)));
    }
    let scopes = all_in_order(client.app.oauth_scopes()).join(" ");
    let parameters: Vec<(&str, &str)> = CARRIED
        .into_iter()
        .filter_map(|name| match form.find(name) {
            Some(value) => Some((name, value)),
            None if name == "scope" => Some((name, scopes.as_str())),
            None => None,
        })
        .collect();
    Ok(SignedOut::SignIn(redirect::encoded(&parameters)))
}
