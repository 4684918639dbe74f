//! The endpoints of a pool's domain, as browsers and clients call them. Browsers that have signed in are written into the registry.

mod attacks;
mod authorize;
mod claims;
mod code;
mod domains;
mod logout;
mod machine;
mod refresh;
mod revoke;
mod sessions;
mod user_info;

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{
    ANA_SUB, Answer, App, AppClient, NOW_MS, PASSWORD, POOL, Pool, Setup, User, WEB, seed_of,
};

/// A client with a secret that uses codes.
const SHOP: AppClient<'_> =
    AppClient::new(POOL, "shop000000000000000000001").with_secret("shopsecret0123456789abcdefgh");

/// A client of codes that rotates refresh tokens.
const ROTATING: AppClient<'_> = AppClient::new(POOL, "rotating000000000000000001");

/// A client of the implicit flow.
const IMPLICIT: AppClient<'_> = AppClient::new(POOL, "implicit000000000000000001");

/// A client that gets tokens for itself.
const MACHINE: AppClient<'_> =
    AppClient::new(POOL, "machine0000000000000000001").with_secret("machinesecret0123456789abcde");

/// A client of the API alone.
const PLAIN: AppClient<'_> = AppClient::new(POOL, "plain000000000000000000001");

/// A pool beside the others, and its client of codes.
const OTHER_POOL: &str = "us-east-1_Test00004";
const ELSEWHERE: AppClient<'_> = AppClient::new(OTHER_POOL, "elsewhere00000000000000001");

/// The URL that the clients have registered.
const CALLBACK: &str = "https://app.test/callback";

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The settings of a client that uses codes.
fn uses_codes() -> Value {
    json!({
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin", "shop/read"],
        "CallbackURLs": [CALLBACK, "myapp://back", "https://app.test/with?query=1"],
        "LogoutURLs": ["https://app.test/bye"], "SupportedIdentityProviders": ["COGNITO"],
    })
}

fn with(mut settings: Value, more: Value) -> Value {
    crate::world::merge(&mut settings, more);
    settings
}

/// A pool of managed login with a domain, a resource server and clients of every kind; and another pool with a classic domain.
fn setup() -> Setup {
    let schema =
        |name: &str, kind: &str| json!({"Name": name, "AttributeDataType": kind, "Mutable": true});
    let pool = Pool::new(POOL)
        .with(json!({"SchemaAttributes": [schema("email", "String"), schema("email_verified", "Boolean"),
            schema("phone_number", "String"), schema("phone_number_verified", "Boolean"), schema("nickname", "String"),
            schema("address", "String"), schema("custom:plan", "String")]}))
        .client_with(WEB, uses_codes())
        .client_with(SHOP, uses_codes())
        .client_with(ROTATING, with(uses_codes(), json!({
            "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]})))
        .client_with(IMPLICIT, with(uses_codes(), json!({"AllowedOAuthFlows": ["implicit"]})))
        .client_with(MACHINE, json!({
            "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["shop/read", "shop/gone"], "AccessTokenValidity": 2}))
        .client(PLAIN)
        .user(ana())
        .user(User::new("ben").password(PASSWORD));
    let mut pool = pool.into_seed();
    pool["Domains"] = json!([{"Domain": "shop", "ManagedLoginVersion": 2}]);
    pool["ResourceServers"] = json!([{"Identifier": "shop", "Name": "Shop", "Scopes": [
        {"ScopeName": "read", "ScopeDescription": "Read"}, {"ScopeName": "write", "ScopeDescription": "Write"}]}]);
    let other = Pool::new(OTHER_POOL)
        .with(json!({"Domain": "other", "CustomDomain": "auth.example.com"}))
        .client_with(
            ELSEWHERE,
            with(uses_codes(), json!({"AllowedOAuthScopes": ["openid"]})),
        )
        .user(User::new("ana").password(PASSWORD));
    let mut seed = seed_of([other]);
    seed["UserPools"].as_array_mut().unwrap().push(pool);
    Setup::new().on_disk().seeded(seed)
}

fn ana() -> User {
    User::new("ana")
        .password(PASSWORD)
        .attribute("sub", ANA_SUB)
        .verified_email("ana@example.com")
        .attribute("phone_number", "+12065550100")
        .attribute("nickname", "annie")
        .attribute("address", "1 Road")
        .attribute("custom:plan", "free")
}

fn start() -> App {
    setup().start()
}

/// The address of a path of the pool's domain, on every host.
fn at(app: &App, path: &str) -> String {
    at_domain(app, "shop", path)
}

fn at_domain(app: &App, domain: &str, path: &str) -> String {
    format!("{}/_poolhouse/domains/{domain}{path}", app.url())
}

/// Parameters as a query or as a form.
fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// Parameters of which some are replaced, left out where they are empty, or added.
fn changed<'a>(
    parameters: &[(&'a str, &'a str)],
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = parameters
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    kept.chain(added).copied().collect()
}

/// A request for a code of this client, without challenge.
fn asked(client: AppClient<'_>) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client.id),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email"),
        ("state", "state-1"),
    ]
}

/// Calls a path of a domain by GET, with the cookie of the browser's session if it has one.
fn get(app: &App, url: &str, cookie: Option<&str>) -> Answer {
    let mut request = http::Request::get(url);
    if let Some(cookie) = cookie {
        request = request.header("cookie", format!("theme=dark; cognito={cookie}"));
    }
    app.send(request.body(Vec::new()).unwrap())
}

/// Sends the browser to `/oauth2/authorize` of the pool's domain.
fn authorize(app: &App, cookie: Option<&str>, parameters: &[(&str, &str)]) -> Answer {
    get(
        app,
        &format!("{}?{}", at(app, "/oauth2/authorize"), encoded(parameters)),
        cookie,
    )
}

/// Posts a form to a path of the pool's domain. The client's secret, if it has one, is sent by HTTP Basic.
fn post(app: &App, path: &str, client: AppClient<'_>, parameters: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::post(at(app, path))
        .header("content-type", "application/x-www-form-urlencoded");
    let mut parameters = parameters.to_vec();
    if let Some(secret) = client.secret {
        let basic = STANDARD.encode(format!("{}:{secret}", client.id));
        request = request.header("authorization", format!("Basic {basic}"));
    } else {
        parameters.push(("client_id", client.id));
    }
    app.send(request.body(encoded(&parameters).into_bytes()).unwrap())
}

fn token(app: &App, client: AppClient<'_>, parameters: &[(&str, &str)]) -> Answer {
    post(app, "/oauth2/token", client, parameters)
}

/// Exchanges a code for tokens.
fn exchange(app: &App, client: AppClient<'_>, code: &str) -> Answer {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    token(app, client, &parameters)
}

/// The address that an answer redirects to.
#[track_caller]
fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 302, "{answer:?}");
    assert!(answer.body.is_empty(), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.header("location").to_owned()
}

/// The parameters of an address, after its first `?` or `#`.
fn parameters(location: &str) -> Vec<(String, String)> {
    let start = location
        .find(['?', '#'])
        .map_or(location.len(), |at| at + 1);
    form_urlencoded::parse(&location.as_bytes()[start..])
        .into_owned()
        .collect()
}

/// A parameter of an address.
fn parameter(location: &str, name: &str) -> String {
    let found = parameters(location)
        .into_iter()
        .find(|(one, _)| one == name);
    found
        .unwrap_or_else(|| panic!("{location} has no {name}"))
        .1
}

/// The code of a redirect to the app.
#[track_caller]
fn code(answer: &Answer) -> String {
    parameter(&location(answer), "code")
}

/// The browsers of all tests, so that each has a cookie of its own.
static BROWSERS: AtomicU32 = AtomicU32::new(0);

/// Lets the user sign in in a browser of the pool. Returns the value of its cookie.
fn browser(app: &App, user: &str) -> String {
    browser_of(app, POOL, user)
}

fn browser_of(app: &App, pool: &str, user: &str) -> String {
    let number = BROWSERS.fetch_add(1, Ordering::Relaxed);
    let value = URL_SAFE_NO_PAD.encode(format!("{pool} {user} {number}"));
    let hash: [u8; 32] = Sha256::digest(&value).into();
    let now = app.clock.now().timestamp();
    let written = app.file().execute(
        "INSERT INTO browser_sessions (hash, user_row, auth_time_s, expires_ms)
         SELECT ?1, u.row, ?4, ?5 FROM users u JOIN pools p ON p.row = u.pool WHERE p.id = ?2 AND u.username = ?3",
        (&hash[..], pool, user, now, now * 1000 + 3_600_000),
    );
    assert_eq!(written.unwrap(), 1);
    value
}

/// The tokens of a code that the user's browser gets.
fn signed_in(app: &App, client: AppClient<'_>, parameters: &[(&str, &str)]) -> Value {
    let cookie = browser(app, "ana");
    exchange(
        app,
        client,
        &code(&authorize(app, Some(&cookie), parameters)),
    )
    .ok()
}

/// A token of the token endpoint's answer.
fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("{answer} has no {name}"))
}

/// Asserts a refusal in JSON.
#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.json(), json!({"error": error}));
    assert_eq!(answer.status, status);
}

/// The second of the standing clock.
const NOW_S: i64 = NOW_MS / 1000;
