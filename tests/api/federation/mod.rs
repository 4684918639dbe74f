//! Signing in at an identity provider, which has a server of its own.

mod attacks;
mod choosing;
mod failures;
mod fake;
mod provider;
mod types;
mod users;

use serde_json::{Value, json};

use crate::world::{Answer, App, AppClient, NOW, POOL, Pool, Setup, User, WEB, merge};
use provider::{CLIENT_ID, CLIENT_SECRET, Provider};

/// A client whose users sign in at the provider alone.
const ONLY: AppClient<'_> = AppClient::new(POOL, "only0000000000000000000001");

/// A client whose users sign in at no provider.
const LOCAL: AppClient<'_> = AppClient::new(POOL, "local000000000000000000001");

const CALLBACK: &str = "https://app.test/callback";

fn client(providers: &[&str]) -> Value {
    json!({"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile"], "CallbackURLs": [CALLBACK],
        "LogoutURLs": ["https://app.test/bye"], "SupportedIdentityProviders": providers})
}

/// The provider `Login`, as a seed says it.
fn login(provider: &Provider) -> Value {
    json!({"ProviderName": "Login", "ProviderType": "OIDC", "IdpIdentifiers": ["example.com", "login"],
        "AttributeMapping": {"username": "sub", "email": "email", "email_verified": "email_verified", "nickname": "nickname"},
        "ProviderDetails": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "oidc_issuer": provider.url,
            "attributes_request_method": "GET", "authorize_scopes": "openid email"}})
}

fn pool() -> Pool {
    Pool::new(POOL)
        .client_with(WEB, client(&["COGNITO", "Login", "Google", "Corporate"]))
        .client_with(ONLY, client(&["Login"]))
        .client_with(LOCAL, client(&["COGNITO"]))
        .user(User::new("ben").verified_email("ben@example.com"))
}

/// A server whose pool has these providers.
fn setup(pool: Pool, providers: &[Value]) -> Setup {
    let mut pool = pool.into_seed();
    pool["Domains"] = json!([{"Domain": "shop", "ManagedLoginVersion": 2}]);
    let style = |(number, client): (usize, &Value)| {
        json!({"ClientId": client["ClientId"], "UseCognitoProvidedValues": true, "Assets": [], "CreationDate": NOW,
            "LastModifiedDate": NOW, "ManagedLoginBrandingId": format!("00000000-0000-4000-8000-{number:012}")})
    };
    let clients = pool["Clients"].as_array().unwrap().iter().enumerate();
    pool["ManagedLoginBrandings"] = clients.map(style).collect();
    pool["IdentityProviders"] = json!(providers);
    Setup::new().seeded(pool)
}

/// A provider, and a server whose pool has it as `Login`.
fn start() -> (Provider, App) {
    start_with(pool(), |_| ())
}

/// The same with another pool, or another `Login`.
fn start_with(pool: Pool, change: impl FnOnce(&mut Value)) -> (Provider, App) {
    let provider = Provider::start();
    let mut login = login(&provider);
    change(&mut login);
    let app = setup(pool, &[login]).start();
    (provider, app)
}

/// What the members of a provider's seed get in addition.
fn more(members: Value) -> impl FnOnce(&mut Value) {
    move |login| {
        for (name, members) in members.as_object().unwrap() {
            merge(&mut login[name], members.clone());
        }
    }
}

fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// A parameter of an address.
fn parameter(location: &str, name: &str) -> Option<String> {
    let (_, query) = location.split_once(['?', '#'])?;
    let mut all = form_urlencoded::parse(query.as_bytes()).into_owned();
    all.find(|(one, _)| one == name).map(|(_, value)| value)
}

#[track_caller]
fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.header("location").to_owned()
}

/// The value of a cookie that the answer sets.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let mut set = answer.headers.get_all("set-cookie").iter();
    set.find_map(|cookie| {
        let (pair, _) = cookie.to_str().unwrap().split_once(';')?;
        let (found, value) = pair.split_once('=')?;
        (found == name).then(|| value.to_owned())
    })
}

fn get(app: &App, url: &str, cookies: &str) -> Answer {
    let request = http::Request::get(url).header("cookie", cookies);
    app.send(request.body(Vec::new()).unwrap())
}

fn at(app: &App, path: &str) -> String {
    format!("{}/_poolhouse/domains/shop{path}", app.url())
}

/// Asks for a code, with these parameters beside those that every request has.
fn authorize(app: &App, client: AppClient<'_>, more: &[(&str, &str)]) -> Answer {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", client.id),
        ("redirect_uri", CALLBACK),
        ("state", "state-1"),
    ];
    parameters.extend(more);
    get(
        app,
        &format!("{}?{}", at(app, "/oauth2/authorize"), encoded(&parameters)),
        "",
    )
}

/// A browser on its way to the provider.
struct Trip {
    location: String,
    mark: String,
}

/// Sends a browser to the provider, by its name.
fn depart(app: &App) -> Trip {
    let answer = authorize(app, WEB, &[("identity_provider", "Login")]);
    Trip {
        location: location(&answer),
        mark: cookie(&answer, "csrf-state").unwrap(),
    }
}

/// Brings the browser back with these parameters.
fn back(app: &App, trip: &Trip, parameters: &[(&str, String)]) -> Answer {
    let parameters: Vec<(&str, &str)> = { parameters.iter() }
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let url = format!(
        "{}?{}",
        at(app, "/oauth2/idpresponse"),
        encoded(&parameters)
    );
    get(app, &url, &format!("csrf-state={}", trip.mark))
}

/// Signs somebody in at the provider. Returns where the browser is sent.
fn sign_in(app: &App, provider: &Provider) -> String {
    let trip = depart(app);
    let answer = provider.answers(&trip.location);
    location(&back(app, &trip, &answer))
}

/// The claims of the ID token that the app gets for the code in the address.
#[track_caller]
fn id_claims(app: &App, location: &str) -> Value {
    let code = parameter(location, "code").unwrap_or_else(|| panic!("{location}"));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", WEB.id),
        ("redirect_uri", CALLBACK),
        ("code", &code),
    ];
    let request = http::Request::post(at(app, "/oauth2/token"))
        .header("content-type", "application/x-www-form-urlencoded");
    let tokens = app
        .send(request.body(encoded(&form).into_bytes()).unwrap())
        .ok();
    crate::world::claims(tokens["id_token"].as_str().unwrap())
}

/// Asserts that the app is told of a failure.
#[track_caller]
fn told(location: &str, description: &str) {
    let expected = encoded(&[
        ("error_description", description),
        ("error", "invalid_request"),
        ("state", "state-1"),
    ]);
    assert_eq!(location, format!("{CALLBACK}?{expected}"));
}

/// Asserts that the browser is sent to the error page with these words.
#[track_caller]
fn page_says(location: &str, words: &str) {
    assert!(
        location.starts_with("/_poolhouse/domains/shop/error?"),
        "{location}"
    );
    assert_eq!(parameter(location, "error").as_deref(), Some(words));
}
