//! The grant `authorization_code` (RFC 6749 section 4.1.3).

use crate::api::OAuthFlowType;
use crate::domain::client::AppClient;
use crate::domain::scopes::Scopes;
use crate::error::Result as ApiResult;
use crate::oauth2::codes::{self, Shown};
use crate::oauth2::error::{OAuthError, Result, Word};
use crate::oauth2::form::Form;
use crate::sign_in::{ClientContext, Grant, begin_refreshing};
use crate::store::WriteTx;

/// The grant of the code that the form shows.
///
/// # Errors
/// `unauthorized_client` when the client may not use codes, or names another redirect URI than before; `invalid_request` when code
/// or redirect URI is missing; `invalid_grant` of a code that does not count.
pub(in crate::oauth2) async fn grant(client: &ClientContext, form: &Form) -> Result<Grant> {
    if !client.app.allows_oauth(OAuthFlowType::Code) {
        let why = "the client may not use codes";
        return Err(OAuthError::new(Word::UnauthorizedClient, why));
    }
    let missing = |why: &'static str| OAuthError::new(Word::InvalidRequest, why);
    let shown = Shown {
        code: form
            .owned("code")
            .ok_or_else(|| missing("code is missing"))?
            .into(),
        redirect_uri: form
            .owned("redirect_uri")
            .ok_or_else(|| missing("redirect_uri is missing"))?,
        verifier: form.owned("code_verifier").map(Into::into),
    };
    let granted = client.write(move |client, tx| redeem(client, tx, &shown));
    granted.await?
}

/// Uses up the code, and begins what its refresh token goes on with.
fn redeem(client: &ClientContext, tx: &WriteTx<'_>, shown: &Shown) -> ApiResult<Result<Grant>> {
    let invalid = |why: &'static str| Ok(Err(OAuthError::new(Word::InvalidGrant, why)));
    let kept = match codes::take(&client.cx, tx, client.app.row, shown)? {
        Ok(kept) => kept,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if kept.sign_in.revoked {
        return invalid("the sign-in has been revoked");
    }
    let (user, record) = tx.user_of_row(kept.user)?;
    client.cx.take_for_user(&record.sub)?;
    if !record.enabled {
        return invalid("the user is disabled");
    }
    if !may_read(&client.app, &kept.sign_in.scopes) {
        return invalid("the client may not read all attributes of a scope");
    }
    let refresh_token = begin_refreshing(client, tx, &user, &kept.sign_in)?;
    Ok(Ok(Grant {
        groups: tx.groups_of_user(&user)?,
        user: record,
        sign_in: kept.sign_in,
        nonce: kept.code.nonce,
        refresh_token: Some(refresh_token),
        new_device: None,
        event: kept.code.event,
    }))
}

/// Whether the client may read what the scopes stand for.
fn may_read(app: &AppClient, scopes: &Scopes) -> bool {
    let mut needed = scopes.needed_attributes();
    needed.all(|attribute| app.may_read(attribute))
}
