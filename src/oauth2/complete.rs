//! The end of a request for authorization: a code or tokens for the app.

use std::sync::Arc;

use crate::api::{AuthenticationResultType, Sensitive};
use crate::domain::tokens::SignIn;
use crate::domain::user::User;
use crate::error::Result;
use crate::oauth2::browser::{self, NewBrowserSession};
use crate::oauth2::codes;
use crate::oauth2::redirect;
use crate::oauth2::request::{AuthorizationRequest, ResponseType, part_of};
use crate::sign_in::{ClientContext, Completion, Grant};
use crate::store::WriteTx;

/// What the browser gets when its user has signed in.
pub(crate) struct Completed {
    /// The app's address that it is sent to.
    pub(crate) location: Sensitive<String>,
    /// Its session, which requests for authorization look for.
    pub(crate) session: NewBrowserSession,
}

/// What is written of a sign-in that completes a request for authorization.
pub(crate) struct Written {
    session: NewBrowserSession,
    answer: Answer,
}

impl Completion for AuthorizationRequest {
    type Done = Written;

    fn complete(
        &self,
        client: &ClientContext,
        tx: &WriteTx<'_>,
        user: &User,
        mut grant: Grant,
    ) -> Result<Written> {
        let session = browser::begin(client, tx, user, grant.sign_in.auth_time)?;
        grant.sign_in.scopes = self.scopes.clone();
        grant.sign_in.resource.clone_from(&self.resource);
        tx.put_grant_of_sign_in(&grant.sign_in)?;
        let answer = answer(client, tx, self, grant)?;
        Ok(Written { session, answer })
    }
}

impl Written {
    /// What the browser gets of it, outside of the transaction.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(crate) async fn located(
        self,
        client: &ClientContext,
        request: &AuthorizationRequest,
    ) -> Result<Completed> {
        Ok(Completed {
            location: location(client, request, self.answer).await?,
            session: self.session,
        })
    }
}

/// Completes a request for authorization by the session of the browser: its user is not asked again. Returns the app's address, or
/// `None` if there is no session that the client may reuse.
///
/// # Errors
/// `TooManyRequestsException`; `InternalErrorException`.
pub(super) async fn resume(
    client: &ClientContext,
    request: &Arc<AuthorizationRequest>,
    cookie: Sensitive<String>,
) -> Result<Option<Sensitive<String>>> {
    let asked = Arc::clone(request);
    let answer = client
        .write(move |client, tx| {
            let Some(found) = browser::find(client, tx, &cookie)? else {
                return Ok(None);
            };
            client.cx.take_for_user(&found.record.sub)?;
            let sign_in = SignIn {
                origin_jti: client.cx.ambient.uuid().to_string(),
                device: None,
                auth_time: found.auth_time,
                expires: client.app.refresh_token_end(client.cx.now),
                revoked: false,
                scopes: asked.scopes.clone(),
                resource: asked.resource.clone(),
            };
            tx.insert_sign_in(&found.user, client.app.row, &sign_in)?;
            let grant = Grant {
                groups: tx.groups_of_user(&found.user)?,
                user: found.record,
                sign_in,
                nonce: None,
                refresh_token: None,
                new_device: None,
                event: None,
            };
            answer(client, tx, &asked, grant).map(Some)
        })
        .await?;
    match answer {
        Some(answer) => location(client, request, answer).await.map(Some),
        None => Ok(None),
    }
}

/// What the app gets.
enum Answer {
    Code(Sensitive<String>),
    Tokens(Box<Grant>),
}

fn answer(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    request: &AuthorizationRequest,
    mut grant: Grant,
) -> Result<Answer> {
    match request.response_type {
        ResponseType::Code => {
            codes::give(&client.cx, tx, request, &grant.sign_in, grant.event).map(Answer::Code)
        }
        ResponseType::Token => {
            grant.nonce.clone_from(&request.nonce);
            Ok(Answer::Tokens(Box::new(grant)))
        }
    }
}

/// The app's address with the answer, and the `state` of the request (RFC 6749 sections 4.1.2 and 4.2.2).
async fn location(
    client: &ClientContext,
    request: &AuthorizationRequest,
    answer: Answer,
) -> Result<Sensitive<String>> {
    let state = request.state.as_deref().map(|state| ("state", state));
    let with = |parameters: Vec<(&str, &str)>| {
        let parameters: Vec<_> = parameters.into_iter().chain(state).collect();
        let part = part_of(request.response_type);
        Sensitive::from(redirect::with(&request.redirect_uri, part, &parameters))
    };
    match answer {
        Answer::Code(code) => Ok(with(vec![("code", code.expose())])),
        Answer::Tokens(grant) => {
            let tokens = grant.issue(client).await?;
            let AuthenticationResultType {
                access_token,
                id_token,
                expires_in,
                ..
            } = tokens;
            let seconds = expires_in.unwrap_or_default().to_string();
            let mut parameters = Vec::new();
            for (name, token) in [("id_token", &id_token), ("access_token", &access_token)] {
                parameters.extend(token.as_ref().map(|token| (name, token.expose().as_str())));
            }
            parameters.extend([("token_type", "Bearer"), ("expires_in", &seconds)]);
            Ok(with(parameters))
        }
    }
}
