//! Requests for authorization (RFC 6749 section 4.1.1, OpenID Connect Core 1.0 section 3.1.2.1; AWS's guide "The redirect and
//! authorization endpoint").
//!
//! The order of the checks is behaviour: a request with several mistakes gets the answer to the first. Client and redirect URI come
//! first, because nobody is redirected to an address that the client has not registered.

use crate::api::{ErrorCode, OAuthFlowType};
use crate::context::{Cx, Unread};
use crate::domain::scopes::{STANDARD, Scopes};
use crate::error::ApiError;
use crate::ids::ClientId;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::error::{OAuthError, Word};
use crate::oauth2::form::Form;
use crate::oauth2::page_error::PageError;
use crate::oauth2::redirect::{self, Part};
use crate::sign_in::{Caller, ClientContext, UserContext};
use crate::store::ReadTx;

/// The parameters that a request may have once each.
const ONCE: [&str; 10] = [
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "identity_provider",
    "idp_identifier",
    "resource",
];

/// What the app gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseType {
    Code,
    /// Tokens at once: the implicit grant.
    Token,
}

/// A checked request for authorization.
pub(crate) struct AuthorizationRequest {
    pub(super) response_type: ResponseType,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    /// The scopes that are granted: those that were asked for, without those of deleted resource servers.
    pub(super) scopes: Scopes,
    pub(super) challenge: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) prompt: Prompt,
    /// What the field for the username holds at first.
    pub(crate) login_hint: Option<String>,
}

/// What the app says about asking the user. Without managed login it does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// The user is asked unless the browser has a session.
    IfNeeded,
    /// The user must not be asked (`none`).
    Never,
    /// The user is asked even though the browser has a session (`login`).
    Always,
}

/// Why there is no checked request.
pub(crate) enum Refusal {
    /// The error page says it. The client is named where it exists.
    Page(PageError, Option<ClientId>),
    /// The answer of an identity provider belongs to no sign-in that this browser has begun, for this reason. The error page says
    /// that something went wrong.
    Stray(&'static str),
    /// The app is told, by a redirect to this address.
    App(String, OAuthError),
    /// The server fails, or a quota is used up.
    Fault(ApiError),
}

impl Refusal {
    /// The error for the log.
    pub(crate) fn logged(self) -> ApiError {
        match self {
            Self::Page(error, _) => ApiError::invalid_parameter(error.words()),
            Self::Stray(why) => {
                ApiError::invalid_parameter(PageError::SomethingWentWrong.words()).because(why)
            }
            Self::App(_, error) => error.logged(),
            Self::Fault(error) => error,
        }
    }
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error, None)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Fault(error)
    }
}

impl AuthorizationRequest {
    /// Checks the parameters of a request to the domain. Returns them with the client that the user is to sign in through.
    ///
    /// # Errors
    /// The first mistake, and who is told.
    pub(crate) async fn open(
        cx: &Cx,
        domain: &PoolDomain,
        form: Form,
    ) -> Result<(ClientContext, Self), Refusal> {
        let domain = domain.clone();
        cx.read_with_keys(move |cx, tx| Self::open_in(cx, tx, &domain, &form))
            .await?
    }

    /// The same in a transaction. The inner error is that of the request.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails; that the pool has no keys yet.
    pub(crate) fn open_in(
        cx: &Cx,
        tx: &ReadTx<'_>,
        domain: &PoolDomain,
        form: &Form,
    ) -> Result<Result<(ClientContext, Self), Refusal>, Unread> {
        if form.repeats_any(&["client_id", "redirect_uri"]) {
            return Ok(Err(PageError::BadRequest.into()));
        }
        let id = form.owned("client_id");
        let client = id.map(|id| find_client(cx, tx, domain, id)).transpose()?;
        let Some(client) = client.flatten() else {
            return Ok(Err(PageError::NoSuchClient.into()));
        };
        let uri = match registered(&client, form) {
            Ok(uri) => uri,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let given = Given::of(form);
        let custom = if may_need_custom(&client, &given) {
            tx.custom_scopes(&client.pool)?
        } else {
            Vec::new()
        };
        let request = check(&client, given, Answer::of(form, uri), &custom);
        Ok(request.map(|request| (client, request)))
    }

    /// The address that tells the app that the user could not sign in.
    pub(crate) fn error_location(&self, error: &OAuthError) -> String {
        let answer = Answer {
            part: part_of(self.response_type),
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
        };
        answer.location(error)
    }
}

/// The client with this id, for a sign-in in the browser. Returns `None` if the domain's pool has none.
///
/// # Errors
/// `InternalErrorException` when the store fails; that the pool has no keys yet.
pub(super) fn find_client(
    cx: &Cx,
    tx: &ReadTx<'_>,
    domain: &PoolDomain,
    id: String,
) -> Result<Option<ClientContext>, Unread> {
    let (caller, id) = (Caller::Browser(domain.pool.id.clone()), ClientId::from(id));
    match ClientContext::open_in(cx, tx, (&caller, &id), UserContext::default(), None) {
        Ok(client) => Ok(Some(client)),
        Err(Unread::Refused(error)) if error.code == ErrorCode::ResourceNotFoundException => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The redirect URI, which must be one of the client's to the letter.
fn registered(client: &ClientContext, form: &Form) -> Result<String, Refusal> {
    let page = |error| Refusal::Page(error, Some(client.app.id.clone()));
    let uri = form.find("redirect_uri");
    let uri = uri.ok_or(PageError::ParametersMissing)?;
    let urls = client.app.callback_urls();
    if !urls.iter().any(|known| known == uri) {
        return Err(page(PageError::RedirectMismatch));
    }
    Ok(uri.to_owned())
}

/// How the app is told of a mistake.
struct Answer {
    part: Part,
    redirect_uri: String,
    state: Option<String>,
}

impl Answer {
    fn of(form: &Form, redirect_uri: String) -> Self {
        let implicit = form.find("response_type") == Some("token");
        Self {
            part: if implicit {
                Part::Fragment
            } else {
                Part::Query
            },
            redirect_uri,
            state: form.owned("state"),
        }
    }

    fn location(&self, error: &OAuthError) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        let parameters: Vec<(&str, &str)> = error
            .description
            .as_deref()
            .map(|text| ("error_description", text))
            .into_iter()
            .chain([("error", error.word.as_str())])
            .chain(state)
            .collect();
        redirect::with(&self.redirect_uri, self.part, &parameters)
    }
}

/// Where the answer to a request of this type stands.
pub(super) fn part_of(response_type: ResponseType) -> Part {
    match response_type {
        ResponseType::Code => Part::Query,
        ResponseType::Token => Part::Fragment,
    }
}

/// The parameters that are checked once the app can be told.
struct Given {
    repeats: bool,
    response_type: Option<String>,
    scope: Option<String>,
    challenge: Option<String>,
    method: Option<String>,
    nonce: Option<String>,
    resource: Option<String>,
    prompt: Option<String>,
    login_hint: Option<String>,
}

impl Given {
    fn of(form: &Form) -> Self {
        Self {
            repeats: form.repeats_any(&ONCE),
            response_type: form.owned("response_type"),
            scope: form.owned("scope"),
            challenge: form.owned("code_challenge"),
            method: form.owned("code_challenge_method"),
            nonce: form.owned("nonce"),
            resource: form.owned("resource"),
            prompt: form.owned("prompt"),
            login_hint: form.owned("login_hint"),
        }
    }
}

/// Checks what the app is told about.
fn check(
    client: &ClientContext,
    given: Given,
    answer: Answer,
    custom: &[String],
) -> Result<AuthorizationRequest, Refusal> {
    let checked = check_parameters(client, &given, custom);
    let (response_type, scopes, prompt) =
        checked.map_err(|error| Refusal::App(answer.location(&error), error))?;
    Ok(AuthorizationRequest {
        response_type,
        redirect_uri: answer.redirect_uri,
        state: answer.state,
        scopes,
        challenge: given.challenge,
        nonce: given.nonce,
        resource: given.resource,
        prompt,
        login_hint: given.login_hint,
    })
}

fn check_parameters(
    client: &ClientContext,
    given: &Given,
    custom: &[String],
) -> Result<(ResponseType, Scopes, Prompt), OAuthError> {
    let invalid = |why: &'static str| OAuthError::new(Word::InvalidRequest, why);
    if given.repeats {
        return Err(invalid("a parameter is repeated"));
    }
    let (response_type, flow) = match given.response_type.as_deref() {
        Some("code") => (ResponseType::Code, OAuthFlowType::Code),
        Some("token") => (ResponseType::Token, OAuthFlowType::Implicit),
        Some(_) => return Err(invalid("there is no such response_type")),
        None => return Err(invalid("response_type is missing")),
    };
    if !client.app.allows_oauth(flow) {
        let why = "the client may not use this response_type";
        return Err(OAuthError::new(Word::UnauthorizedClient, why));
    }
    match (given.challenge.as_deref(), given.method.as_deref()) {
        (None, None) => {}
        (Some(challenge), Some("S256")) if is_challenge(challenge) => {}
        (Some(_), Some("S256")) => return Err(invalid("code_challenge is not a SHA-256")),
        (_, Some("S256")) => return Err(invalid("code_challenge is missing")),
        (_, Some(_)) => return Err(invalid("code_challenge_method is not S256")),
        (Some(_), None) => return Err(invalid("code_challenge_method is missing")),
    }
    let scopes = scopes(client, given.scope.as_deref(), custom)?;
    if given
        .resource
        .as_deref()
        .is_some_and(|url| !is_resource(url))
    {
        return Err(invalid("resource is not a URL of a resource"));
    }
    let prompt = prompt(given.prompt.as_deref())
        .ok_or_else(|| invalid("prompt has none beside another value"))?;
    Ok((response_type, scopes, prompt))
}

/// Whether the text is a SHA-256 in URL-safe base64 without padding (RFC 7636 section 4.2).
fn is_challenge(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == 43 && text.bytes().all(fits)
}

/// Whether the text can be a resource that access tokens are for (RFC 8707 section 2): an absolute URL without a fragment.
fn is_resource(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    scheme.is_some_and(is_scheme) && !url.contains(['#', ' '])
}

/// The values of `prompt`. Returns `None` for `none` beside another value (OpenID Connect Core 1.0 section 3.1.2.1).
fn prompt(given: Option<&str>) -> Option<Prompt> {
    let values: Vec<&str> = given.unwrap_or_default().split_whitespace().collect();
    match values.as_slice() {
        ["none"] => Some(Prompt::Never),
        values if values.contains(&"none") => None,
        values if values.contains(&"login") => Some(Prompt::Always),
        _ => Some(Prompt::IfNeeded),
    }
}

/// Whether the client may get a scope that is one of the pool's resource servers'.
fn may_need_custom(client: &ClientContext, given: &Given) -> bool {
    let allowed = client.app.oauth_scopes().iter().map(String::as_str);
    let mut custom = allowed.filter(|scope| !STANDARD.contains(scope));
    match given.scope.as_deref() {
        Some(asked) => custom.any(|scope| asked.contains(scope)),
        None => custom.next().is_some(),
    }
}

/// The scopes that the client gets. Without `scope`, these are all that it may ask for, the standard ones first. A scope that the
/// client may ask for though its resource server is gone is left out.
fn scopes(
    client: &ClientContext,
    asked: Option<&str>,
    custom: &[String],
) -> Result<Scopes, OAuthError> {
    let allowed = client.app.oauth_scopes();
    let invalid = |why: &'static str| OAuthError::new(Word::InvalidScope, why);
    let asked = match asked.map(Scopes::parse) {
        Some(scopes)
            if scopes
                .iter()
                .any(|scope| !allowed.iter().any(|one| one == scope)) =>
        {
            return Err(invalid("the client may not ask for a scope"));
        }
        Some(scopes) if scopes.lack_openid() => {
            return Err(invalid("scopes of attributes go with openid only"));
        }
        Some(scopes) => scopes,
        None => Scopes::Granted(all_in_order(allowed)),
    };
    Ok(asked.without(|scope| !STANDARD.contains(&scope) && !custom.iter().any(|one| one == scope)))
}

/// The scopes of a client, the standard ones first.
pub(super) fn all_in_order(allowed: &[String]) -> Vec<String> {
    let is_standard = |scope: &&String| STANDARD.contains(&scope.as_str());
    let standard = STANDARD.iter().map(|scope| (*scope).to_owned());
    let standard = standard.filter(|scope| allowed.contains(scope));
    let custom = allowed.iter().filter(|scope| !is_standard(scope));
    standard.chain(custom.cloned()).collect()
}
