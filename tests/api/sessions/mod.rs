//! Sessions of users: how pools and clients configure them, which of them are listed, and what ends them.

mod configuration;
mod ended;
mod kept;
mod limit;
mod listed;

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, Client, PASSWORD, POOL, Pool, Setup, User, WEB, initiate, seed_of,
    token,
};

/// A client that rotates refresh tokens, without a grace period.
const ROTATING: AppClient<'_> = AppClient::new(POOL, "rotating000000000000000001");

/// A client without token revocation.
const UNREVOKED: AppClient<'_> = AppClient::new(POOL, "unrevoked00000000000000001");

/// A client whose refresh tokens are valid for an hour.
const BRIEF: AppClient<'_> = AppClient::new(POOL, "brief000000000000000000001");

const OTHER_POOL: &str = "us-east-1_Test00004";
const ELSEWHERE: AppClient<'_> = AppClient::new(OTHER_POOL, "elsewhere00000000000000001");

/// An id that no session has.
const NO_SESSION_ID: &str = "tkn0000000000000000000000000";

const NO_SESSION: (&str, &str) = ("ResourceNotFoundException", "Session not found.");

fn seed() -> Value {
    let user = |name: &str| User::new(name).password(PASSWORD);
    let pool = Pool::new(POOL)
        .client(WEB)
        .client_with(
            ROTATING,
            json!({"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
                "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}),
        )
        .client_with(UNREVOKED, json!({"EnableTokenRevocation": false}))
        .client_with(
            BRIEF,
            json!({"RefreshTokenValidity": 60, "AccessTokenValidity": 60,
                "TokenValidityUnits": {"RefreshToken": "minutes", "AccessToken": "minutes"}}),
        )
        .user(user("ana").attribute("sub", crate::world::ANA_SUB))
        .user(user("ben"));
    let other = Pool::new(OTHER_POOL).client(ELSEWHERE).user(user("ana"));
    seed_of([pool, other])
}

/// A server whose pools track sessions.
fn start() -> App {
    let app = Setup::new().seeded(seed()).start();
    track(&app, POOL, 20);
    track(&app, OTHER_POOL, 20);
    app
}

/// Sets whether a pool tracks sessions, and the most of a user.
fn set(app: &Client, pool: &str, tracking: &str, most: u32) -> Answer {
    let input = json!({"UserPoolId": pool, "UserSessionTracking": tracking, "TokenSession": {"MaxPerUser": most}});
    app.call("SetUserPoolSessionConfiguration", &input)
}

fn track(app: &Client, pool: &str, most: u32) {
    set(app, pool, "ENABLED", most).ok();
}

/// `AdminListUserSessions`.
fn list(app: &Client, pool: &str, user: &str) -> Vec<Value> {
    let input = json!({"UserPoolId": pool, "Username": user});
    let answer = app.call("AdminListUserSessions", &input).ok();
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    answer["Sessions"].as_array().unwrap().clone()
}

/// The ids of a user's sessions in the test pool.
fn ids(app: &Client, user: &str) -> Vec<String> {
    let sessions = list(app, POOL, user);
    sessions.iter().map(id).collect()
}

fn id(session: &Value) -> String {
    session["SessionId"].as_str().unwrap().to_owned()
}

/// `ListUserSessions`.
fn list_own(app: &Client, access: &str) -> Vec<Value> {
    let answer = app.call_open("ListUserSessions", &json!({"AccessToken": access}));
    answer.ok()["Sessions"].as_array().unwrap().clone()
}

/// The id of the session that an access token belongs to.
fn own_id(app: &Client, access: &str) -> String {
    let sessions = list_own(app, access);
    let mut current = sessions
        .iter()
        .filter(|session| session["IsCurrentSession"] == true);
    let found = id(current.next().unwrap());
    assert_eq!(current.next(), None);
    found
}

/// `AdminRevokeUserSession` in the test pool.
fn revoke(app: &Client, user: &str, session: &str) -> Answer {
    let input = json!({"UserPoolId": POOL, "Username": user, "SessionId": session});
    app.call("AdminRevokeUserSession", &input)
}

/// `RevokeUserSession`.
fn revoke_own(app: &Client, access: &str, session: &str) -> Answer {
    let input = json!({"AccessToken": access, "SessionId": session});
    app.call_open("RevokeUserSession", &input)
}

/// Calls an operation that needs an access token.
fn show(app: &Client, access: &str) -> Answer {
    app.call_open("GetUser", &json!({"AccessToken": access}))
}

/// `REFRESH_TOKEN_AUTH` with the refresh token of an answer.
fn refresh(app: &Client, client: AppClient<'_>, answer: &Value) -> Answer {
    let refresh_token = json!({"REFRESH_TOKEN": token(answer, "RefreshToken")});
    initiate(app, client, "REFRESH_TOKEN_AUTH", refresh_token)
}

/// `GetTokensFromRefreshToken` with the refresh token of an answer.
fn exchange(app: &Client, client: AppClient<'_>, answer: &Value) -> Answer {
    let input = json!({"ClientId": client.id, "RefreshToken": token(answer, "RefreshToken")});
    app.call_open("GetTokensFromRefreshToken", &input)
}

/// Calls an operation as an app does, by a program with this `User-Agent`.
fn call_by(app: &Client, user_agent: &str, operation: &str, input: &Value) -> Value {
    let mut request = app.request(operation, input.to_string());
    let value = http::HeaderValue::from_str(user_agent).unwrap();
    request.headers_mut().insert("user-agent", value);
    app.send(request).ok()
}
