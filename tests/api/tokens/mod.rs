//! Tokens: what they say, who signed them, how long they count, and what ends them.

mod access;
mod claims;
mod keys;
mod refresh;
mod revocation;
mod rotation;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, POOL, Setup, initiate, secret_hash, sign_in_by_password,
};

const PASSWORD: &str = "Tulip-Kettle-4417";
const SUB: &str = "34c84488-e0e1-40ae-92ee-991ad1a898c8";
const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");

/// Gives tokens of other lives, and reads little.
const BRIEF: AppClient<'_> = AppClient::new(POOL, "brief000000000000000000001");
const WITH_SECRET: AppClient<'_> =
    AppClient::new(POOL, "secret00000000000000000001").with_secret("0123456789abcdefghijklmnopqr");

/// Has token revocation switched off.
const UNREVOKED: AppClient<'_> = AppClient::new(POOL, "unrevoked00000000000000001");

/// Gives a new refresh token with every refresh.
const ROTATING: AppClient<'_> = AppClient::new(POOL, "rotating000000000000000001");
const OTHER_POOL: &str = "us-east-1_Test00004";
const ELSEWHERE: AppClient<'_> = AppClient::new(OTHER_POOL, "elsewhere00000000000000001");
const REVOKED: (&str, &str) = ("NotAuthorizedException", "Access Token has been revoked");
const INVALID_REFRESH: (&str, &str) = ("NotAuthorizedException", "Invalid Refresh Token");
const REVOKED_REFRESH: (&str, &str) = ("NotAuthorizedException", "Refresh Token has been revoked");
const EXPIRED_REFRESH: (&str, &str) = ("NotAuthorizedException", "Refresh Token has expired");

fn setup() -> Setup {
    let flows = [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    let client = |client: AppClient<'_>, more: Value| {
        let mut settings =
            json!({"ClientId": client.id, "ClientName": "app", "ExplicitAuthFlows": flows});
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        settings
    };
    let attribute = |name: &str, value: &str| json!({"Name": name, "Value": value});
    let schema =
        |name: &str, kind: &str| json!({"Name": name, "AttributeDataType": kind, "Mutable": true});
    Setup::new().seeded(json!({"UserPools": [
        {
            "UserPool": {"Id": POOL, "SchemaAttributes": [schema("email", "String"), schema("email_verified", "Boolean"),
                schema("phone_number", "String"), schema("phone_number_verified", "Boolean"), schema("nickname", "String"),
                schema("custom:plan", "String"), schema("custom:seats", "Number"), schema("dev:custom:rank", "String")]},
            "Clients": [
                client(WEB, json!({})),
                client(BRIEF, json!({"AccessTokenValidity": 10, "IdTokenValidity": 1200, "RefreshTokenValidity": 90,
                    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "minutes"},
                    "ReadAttributes": ["email", "custom:plan", "custom:seats"]})),
                client(WITH_SECRET, json!({"ClientSecret": WITH_SECRET.secret})),
                client(UNREVOKED, json!({"EnableTokenRevocation": false})),
                // The older names of flows allow refreshing without naming it, which a client that rotates may not.
                client(ROTATING, json!({"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
                    "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"],
                    "RefreshTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "hours"}})),
            ],
            "Users": [
                {"Username": "ana", "Password": PASSWORD, "UserAttributes": [attribute("sub", SUB),
                    attribute("email", "ana@example.com"), attribute("email_verified", "true"),
                    attribute("phone_number", "+12065550100"), attribute("phone_number_verified", "false"),
                    attribute("nickname", "a/b \u{fc} \"c\" \\"), attribute("custom:plan", "free/paid"), attribute("custom:seats", "12"), attribute("dev:custom:rank", "1")]},
                {"Username": "ben", "Password": PASSWORD},
            ],
        },
        {
            "UserPool": {"Id": OTHER_POOL},
            "Clients": [client(ELSEWHERE, json!({}))],
            "Users": [{"Username": "ana", "Password": PASSWORD}],
        },
    ]}))
}

fn start() -> App {
    setup().start()
}

#[track_caller]
fn refused(answer: &Answer, (code, message): (&str, &str)) {
    answer.refused(code, message);
}

fn milliseconds(app: &App, milliseconds: u64) {
    app.clock.advance(Duration::from_millis(milliseconds));
}

fn sign_in(app: &App, client: AppClient<'_>) -> Value {
    sign_in_by_password(app, client, "ana", PASSWORD, &[]).ok()
}

/// Shows the token to an operation that needs one.
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

/// The JSON texts of header and claims.
fn texts(token: &str) -> [String; 2] {
    let mut parts = token.split('.');
    [(); 2].map(|()| {
        let part = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
        String::from_utf8(part).unwrap()
    })
}

fn claims(token: &str) -> Value {
    serde_json::from_str(&texts(token)[1]).unwrap()
}

fn kid(token: &str) -> Value {
    let header: Value = serde_json::from_str(&texts(token)[0]).unwrap();
    header["kid"].clone()
}

/// A document that anybody may have.
fn document(app: &App, path: &str) -> Value {
    let request = http::Request::get(format!("{}/{path}", app.url()));
    let answer = app.send(request.body(Vec::new()).unwrap());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn jwks(app: &App, pool: &str) -> Value {
    document(app, &format!("{pool}/.well-known/jwks.json"))
}
