//! `/oauth2/authorize`: whether the user has to be asked.

use std::sync::Arc;

use crate::api::Sensitive;
use crate::context::{Cx, Unread};
use crate::domain::provider::IdentityProvider;
use crate::oauth2::complete::resume;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::error::{OAuthError, Word};
use crate::oauth2::federation::{Departure, Traveller, chosen, depart};
use crate::oauth2::form::Form;
use crate::oauth2::page_error::PageError;
use crate::oauth2::request::{AuthorizationRequest, Prompt, Refusal};
use crate::sign_in::ClientContext;
use crate::store::ReadTx;

/// A request for authorization that has been read.
pub(crate) struct Asked {
    client: ClientContext,
    request: Arc<AuthorizationRequest>,
    /// The provider that it means, if it means one.
    chosen: Result<Option<IdentityProvider>, PageError>,
}

impl Asked {
    /// Reads a request. The inner error is its first mistake.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails; that the pool has no keys yet.
    pub(crate) fn read(
        cx: &Cx,
        tx: &ReadTx<'_>,
        domain: &PoolDomain,
        form: &Form,
    ) -> Result<Result<Self, Refusal>, Unread> {
        if form.find("client_id").is_none() || form.find("redirect_uri").is_none() {
            return Ok(Err(PageError::ParametersMissing.into()));
        }
        Ok(match AuthorizationRequest::open_in(cx, tx, domain, form)? {
            Ok((client, request)) => Ok(Self {
                chosen: chosen(&client, tx, form)?,
                client,
                request: Arc::new(request),
            }),
            Err(refusal) => Err(refusal),
        })
    }
}

/// A browser that is sent to `/oauth2/authorize`.
pub(crate) struct Visitor<'a> {
    /// The query of the request.
    pub(crate) query: &'a str,
    /// Its parameters.
    pub(crate) form: &'a Form,
    /// The value of the cookie of its session, if it has one.
    pub(crate) session: Option<Sensitive<String>>,
    /// Its mark, if it has been at an identity provider before.
    pub(crate) mark: Option<Sensitive<String>>,
}

/// Where the browser goes.
pub(crate) enum Next {
    /// To the page to sign in, with the parameters of this request.
    SignIn,
    /// To an identity provider.
    Provider(Departure),
    /// Back to the app, with a code or tokens.
    App(Sensitive<String>),
}

/// Answers a request for authorization.
///
/// # Errors
/// `login_required` where the user must not be asked and would have to be; a provider that cannot be used.
pub(crate) async fn authorize(
    domain: &PoolDomain,
    asked: Asked,
    visitor: Visitor<'_>,
) -> Result<Next, Refusal> {
    let Asked {
        client,
        request,
        chosen,
    } = asked;
    // The classic hosted UI does not know `prompt`.
    let prompt = if domain.has_managed_login() {
        request.prompt
    } else {
        Prompt::IfNeeded
    };
    if let Some(cookie) = visitor.session.filter(|_| prompt != Prompt::Always)
        && let Some(location) = resume(&client, &request, cookie).await?
    {
        return Ok(Next::App(location));
    }
    if prompt == Prompt::Never {
        let error = OAuthError::new(Word::LoginRequired, "the browser has no session");
        return Err(Refusal::App(request.error_location(&error), error));
    }
    let chosen = chosen.map_err(|error| Refusal::Page(error, Some(client.app.id.clone())))?;
    let Some(provider) = chosen else {
        return Ok(Next::SignIn);
    };
    let traveller = Traveller {
        domain,
        query: visitor.query,
        form: visitor.form,
        mark: visitor.mark,
    };
    let departure = depart(&client, &request, &provider, traveller).await?;
    Ok(Next::Provider(departure))
}
