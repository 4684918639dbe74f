//! Tokens: their claims, keys and validity, and what ends them.

mod access;
mod claims;
mod keys;
mod refresh;
mod revocation;
mod rotation;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::world::{
    ANA_SUB, Answer, App, AppClient, PASSWORD, POOL, Pool, Setup, User, WEB, WITH_SECRET, initiate,
    secret_hash, seed_of,
};

/// Its tokens have other validities, and it reads few attributes.
const BRIEF: AppClient<'_> = AppClient::new(POOL, "brief000000000000000000001");

/// A client without token revocation.
const UNREVOKED: AppClient<'_> = AppClient::new(POOL, "unrevoked00000000000000001");

/// A client that rotates refresh tokens.
const ROTATING: AppClient<'_> = AppClient::new(POOL, "rotating000000000000000001");
const OTHER_POOL: &str = "us-east-1_Test00004";
const ELSEWHERE: AppClient<'_> = AppClient::new(OTHER_POOL, "elsewhere00000000000000001");

/// A pool with clients of every kind, and a pool with another.
fn setup() -> Setup {
    let schema =
        |name: &str, kind: &str| json!({"Name": name, "AttributeDataType": kind, "Mutable": true});
    let pool = Pool::new(POOL)
        .with(json!({"SchemaAttributes": [schema("email", "String"), schema("email_verified", "Boolean"),
            schema("phone_number", "String"), schema("phone_number_verified", "Boolean"), schema("nickname", "String"),
            schema("custom:plan", "String"), schema("custom:seats", "Number"), schema("dev:custom:rank", "String")]}))
        .client(WEB)
        .client_with(
            BRIEF,
            json!({"AccessTokenValidity": 10, "IdTokenValidity": 1200, "RefreshTokenValidity": 90,
                "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "minutes"},
                "ReadAttributes": ["email", "custom:plan", "custom:seats"]}),
        )
        .client(WITH_SECRET)
        .client_with(UNREVOKED, json!({"EnableTokenRevocation": false}))
        // The older names of flows allow refreshing without naming it, which a client that rotates may not do.
        .client_with(
            ROTATING,
            json!({"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
                "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"],
                "RefreshTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "hours"}}),
        )
        .user(
            User::new("ana")
                .password(PASSWORD)
                .attribute("sub", ANA_SUB)
                .verified_email("ana@example.com")
                .attribute("phone_number", "+12065550100")
                .attribute("phone_number_verified", "false")
                .attribute("nickname", "a/b \u{fc} \"c\" \\")
                .attribute("custom:plan", "free/paid")
                .attribute("custom:seats", "12")
                .attribute("dev:custom:rank", "1"),
        )
        .user(User::new("ben").password(PASSWORD));
    let other = Pool::new(OTHER_POOL)
        .client(ELSEWHERE)
        .user(User::new("ana").password(PASSWORD));
    Setup::new().seeded(seed_of([pool, other]))
}

fn start() -> App {
    setup().start()
}

/// Calls an operation that needs an access token.
fn show(app: &App, access: &str) -> Answer {
    app.call_open("GetUser", &json!({"AccessToken": access}))
}

fn refresh(app: &App, client: AppClient<'_>, token: &str) -> Answer {
    let mut parameters = json!({"REFRESH_TOKEN": token});
    if let Some(secret) = client.secret {
        parameters["SECRET_HASH"] = secret_hash(secret, "ana", client.id).into();
    }
    initiate(app, client, "REFRESH_TOKEN_AUTH", parameters)
}

fn exchange(app: &App, client: AppClient<'_>, token: &str) -> Answer {
    let mut input = json!({"ClientId": client.id, "RefreshToken": token});
    if let Some(secret) = client.secret {
        input["ClientSecret"] = secret.into();
    }
    app.call_open("GetTokensFromRefreshToken", &input)
}

fn revoke(app: &App, client: AppClient<'_>, token: &str) -> Answer {
    let input = json!({"ClientId": client.id, "ClientSecret": client.secret, "Token": token});
    app.call_open("RevokeToken", &input)
}

/// Header and claims as JSON texts.
fn texts(token: &str) -> [String; 2] {
    let mut parts = token.split('.');
    [(); 2].map(|()| {
        let part = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
        String::from_utf8(part).unwrap()
    })
}

fn kid(token: &str) -> Value {
    let header: Value = serde_json::from_str(&texts(token)[0]).unwrap();
    header["kid"].clone()
}

/// A public document.
fn document(app: &App, path: &str) -> Value {
    let request = http::Request::get(format!("{}/{path}", app.url()));
    let answer = app.send(request.body(Vec::new()).unwrap());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn jwks(app: &App, pool: &str) -> Value {
    document(app, &format!("{pool}/.well-known/jwks.json"))
}
