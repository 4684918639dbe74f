//! On the way to an identity provider.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::party::Party;
use super::state::{State, Way};
use crate::api::{IdentityProviderTypeType as ProviderType, Sensitive};
use crate::auth::code_challenge;
use crate::domain::provider::IdentityProvider;
use crate::oauth2::domain::PoolDomain;
use crate::oauth2::form::Form;
use crate::oauth2::redirect::{self, Part};
use crate::oauth2::request::{AuthorizationRequest, Refusal};
use crate::sign_in::ClientContext;

/// The path of the domain that providers answer to.
const CALLBACK: &str = "/oauth2/idpresponse";

/// Where the browser goes, and what it comes back with.
pub(crate) struct Departure {
    pub(crate) location: Sensitive<String>,
    /// The browser's mark, which it is given for this pool's domain if it has none.
    pub(crate) mark: Sensitive<String>,
}

/// A browser that is sent to a provider: by this request, with this query, at this domain.
pub(in crate::oauth2) struct Traveller<'a> {
    pub(in crate::oauth2) domain: &'a PoolDomain,
    pub(in crate::oauth2) query: &'a str,
    pub(in crate::oauth2) form: &'a Form,
    /// The mark that it has.
    pub(in crate::oauth2) mark: Option<Sensitive<String>>,
}

/// Sends the browser to the provider.
///
/// # Errors
/// The app is told if the provider cannot be used.
pub(in crate::oauth2) async fn depart(
    client: &ClientContext,
    request: &AuthorizationRequest,
    provider: &IdentityProvider,
    traveller: Traveller<'_>,
) -> Result<Departure, Refusal> {
    let cx = &client.cx;
    let told = |error| Refusal::App(request.error_location(&error), error);
    let party = Party::open(cx, provider).await.map_err(told)?;
    let endpoint = party.authorization_endpoint().map_err(told)?;
    let drawn = || URL_SAFE_NO_PAD.encode(cx.ambient.bytes::<32>()).into();
    let mark = traveller.mark.unwrap_or_else(drawn);
    let state = State::draw(
        cx,
        Way {
            provider: &provider.name,
            query: traveller.query,
            mark: &mark,
            callback: format!("{}{CALLBACK}", traveller.domain.url),
            takes_challenge: party.takes_challenge(),
        },
    );
    let sealed = state.seal(cx, &client.pool, &client.keys.seal)?;
    let challenge = state.verifier.as_ref();
    let challenge = challenge.map(|verifier| code_challenge::of(verifier.expose()));
    let mut parameters = vec![
        ("client_id", party.client_id.as_str()),
        ("redirect_uri", &state.callback),
        ("scope", party.scopes()),
        ("response_type", "code"),
        ("state", &sealed),
    ];
    if party.gives_id_tokens() {
        parameters.push(("nonce", &state.nonce));
    }
    if let Some(challenge) = &challenge {
        parameters.push(("code_challenge", challenge));
        parameters.push(("code_challenge_method", "S256"));
    }
    parameters.extend(passed_on(provider, traveller.domain, traveller.form));
    Ok(Departure {
        location: redirect::with(&endpoint, Part::Query, &parameters).into(),
        mark,
    })
}

/// What goes on to the provider of what the app asked for (AWS's guide "The redirect and authorization endpoint"), and what a type
/// of provider needs.
fn passed_on<'a>(
    provider: &IdentityProvider,
    domain: &PoolDomain,
    form: &'a Form,
) -> Vec<(&'static str, &'a str)> {
    let mut parameters = Vec::new();
    if provider.provider_type == ProviderType::Oidc {
        parameters.extend(form.find("login_hint").map(|hint| ("login_hint", hint)));
    }
    if domain.has_managed_login() {
        let prompt = form.find("prompt").filter(|prompt| *prompt != "none");
        parameters.extend(prompt.map(|prompt| ("prompt", prompt)));
    }
    if provider.provider_type == ProviderType::SignInWithApple {
        // Apple gives no scope without it.
        parameters.push(("response_mode", "form_post"));
    }
    parameters
}
