//! `/oauth2/idpresponse`: a browser that comes back from an identity provider.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::chosen::named;
use super::failure::{bad_id_token, failed, refused_by_pool, refused_by_provider};
use super::id_token::{self, Expected};
use super::party::Party;
use super::profile::{Profile, mapped_claims};
use super::state::State;
use super::tokens::exchange;
use super::user;
use super::user_info::{merged, user_info};
use crate::api::{ErrorCode, Sensitive, Timestamp};
use crate::context::Cx;
use crate::domain::provider::IdentityProvider;
use crate::oauth2::complete::Completed;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::error::Result as OAuthResult;
use crate::oauth2::form::Form;
use crate::oauth2::request::{AuthorizationRequest, Refusal};
use crate::sign_in::{self, ClientContext, Completion};

/// The parameters that an answer may have once each.
const ONCE: [&str; 5] = ["state", "code", "error", "error_description", "iss"];

/// Takes the answer of a provider to the browser with this mark, and signs its user in.
///
/// # Errors
/// The error page says so if the answer belongs to no sign-in that the browser has begun; the app is told everything else.
pub(crate) async fn arrive(
    cx: &Cx,
    domain: &PoolDomain,
    form: &Form,
    mark: Option<Sensitive<String>>,
) -> Result<Completed, Refusal> {
    let state = open(cx, domain, form, mark.as_ref()).await?;
    let asked = Form::parse(&state.query);
    let (client, request) = AuthorizationRequest::open(cx, domain, asked).await?;
    use_up(&client, &state).await?;
    let request = Arc::new(request);
    let provider = provider(&client, &state.provider).await?;
    let profile = told_by_provider(cx, &provider, &state, form).await;
    let signed_in = match profile {
        Ok(profile) => sign_in(&client, &request, provider, profile).await?,
        Err(error) => Err(error),
    };
    let told = |error| Refusal::App(request.error_location(&error), error);
    signed_in.map_err(told)
}

/// The state of the answer.
async fn open(
    cx: &Cx,
    domain: &PoolDomain,
    form: &Form,
    mark: Option<&Sensitive<String>>,
) -> Result<State, Refusal> {
    if form.repeats_any(&ONCE) {
        return Err(Refusal::Stray("a parameter is repeated"));
    }
    let sealed = form.find("state");
    let sealed = sealed.ok_or(Refusal::Stray("the answer has no state"))?;
    let keys = cx.key_ring.keys(&domain.pool).await?;
    State::open(cx, (&domain.pool, &keys.seal), sealed, mark).map_err(Refusal::Stray)
}

/// Uses the state up, whatever becomes of the answer.
async fn use_up(client: &ClientContext, state: &State) -> Result<(), Refusal> {
    let (id, expires) = (state.id, Timestamp::from_millis(state.expires_ms));
    let used = client.write(move |_, tx| tx.use_session(&id, expires));
    used.await.map_err(|error| {
        if error.code == ErrorCode::NotAuthorizedException {
            Refusal::Stray("the state has served")
        } else {
            error.into()
        }
    })
}

/// The provider that the browser was sent to, unless the client does not have it any more.
async fn provider(client: &ClientContext, name: &str) -> Result<IdentityProvider, Refusal> {
    let name = name.to_owned();
    let found = client.read(move |client, tx| named(client, tx, &name));
    let id = client.app.id.clone();
    found.await?.map_err(|error| Refusal::Page(error, Some(id)))
}

/// Who the user is, by the provider's answer and what the provider is asked for then.
async fn told_by_provider(
    cx: &Cx,
    provider: &IdentityProvider,
    state: &State,
    form: &Form,
) -> OAuthResult<Profile> {
    let party = Party::open(cx, provider).await?;
    // Against an answer that another provider makes the browser bring (RFC 9207 section 2.4).
    if form
        .find("iss")
        .is_some_and(|issuer| !party.is_issued_by(issuer))
    {
        return Err(failed(
            "Bad issuer in response",
            "the answer is of another issuer",
        ));
    }
    if let Some(word) = form.find("error") {
        return Err(refused_by_provider(word, form.find("error_description")));
    }
    let code = form.find("code");
    let code =
        code.ok_or_else(|| failed("Authorization code is missing", "the answer has no code"))?;
    let claims = claims(cx, (&party, provider), state, code).await?;
    Profile::of(provider, &claims)
}

/// The claims of the ID token and of userInfo.
async fn claims(
    cx: &Cx,
    (party, provider): (&Party, &IdentityProvider),
    state: &State,
    code: &str,
) -> OAuthResult<Map<String, Value>> {
    let tokens = exchange(cx, party, state, code).await?;
    let signed = match (party.issuer()?, &tokens.id_token) {
        (None, _) => None,
        (Some(_), None) => return Err(bad_id_token("the provider gives no ID token")),
        (Some(issuer), Some(token)) => {
            let expected = Expected {
                issuer,
                client_id: &party.client_id,
                nonce: &state.nonce,
            };
            Some(id_token::claims(cx, expected, token).await?)
        }
    };
    let endpoint = party.user_info_endpoint(&mapped_claims(provider));
    match (endpoint, tokens.access_token, signed) {
        (Some(endpoint), Some(token), Some(signed)) => {
            merged(signed, user_info(cx, party, &endpoint, token).await?)
        }
        (Some(endpoint), Some(token), None) => user_info(cx, party, &endpoint, token).await,
        (_, _, Some(signed)) => Ok(signed),
        (_, _, None) => Err(failed(
            "Bad token response",
            "the provider gives no access token",
        )),
    }
}

/// Signs the user of the profile in, in one transaction.
async fn sign_in(
    client: &ClientContext,
    request: &Arc<AuthorizationRequest>,
    provider: IdentityProvider,
    profile: Profile,
) -> Result<OAuthResult<Completed>, Refusal> {
    let asked = Arc::clone(request);
    let written = client.write(move |client, tx| {
        let (user, record) = match user::put(client, tx, &provider, profile)? {
            Ok(user) => user,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (user, grant) = sign_in::by_provider(client, tx, user, record)?;
        asked.complete(client, tx, &user, grant).map(Ok)
    });
    match written.await {
        Ok(Ok(written)) => Ok(Ok(written.located(client, request).await?)),
        Ok(Err(refusal)) => Ok(Err(refusal)),
        Err(error) => Ok(Err(refused_by_pool(error)?)),
    }
}
