//! The outbox: the codes that were sent to users, on the command line and over HTTP.

mod delivery;
mod shown;
mod waiting;

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, Client, Key, PASSWORD, Pool, Setup, User, seed_of, sign_in,
};

pub(super) const POOL: &str = "us-east-1_Outbox001";
pub(super) const OTHER_POOL: &str = "us-east-1_Outbox002";
pub(super) const FOREIGN_POOL: &str = "us-east-1_Outbox003";
pub(super) const KEYS: &str = r#"
[[access_keys]]
id = "READER"
secret = "reader-secret"
actions = ["poolhouse:ReadOutbox"]
pools = ["us-east-1_Outbox001"]

[[access_keys]]
id = "ADMIN"
secret = "admin-secret"
actions = ["cognito-idp:*"]

[[access_keys]]
id = "FOREIGNER"
secret = "foreign-secret"
account = "111111111111"
"#;
pub(super) const WEB: AppClient<'_> = AppClient::new(POOL, "client1");
pub(super) const ELSEWHERE: AppClient<'_> = AppClient::new(OTHER_POOL, "client2");
pub(super) const FOREIGN: AppClient<'_> = AppClient::new(FOREIGN_POOL, "client3");

/// Three pools, in which each sign-in sends a code by email.
pub(super) fn registry() -> Value {
    let pool = |client: AppClient<'_>| {
        let user = |name: &str| User::new(name).password(PASSWORD);
        Pool::new(client.pool)
            .mfa(json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {}}))
            .client(client)
            .user(user("ana").attribute("email", "ana@example.com"))
            .user(user("ben").attribute("email", "ben@example.org"))
    };
    seed_of([
        pool(WEB),
        pool(ELSEWHERE),
        pool(FOREIGN).account("111111111111"),
    ])
}

pub(super) fn setup() -> Setup {
    Setup::new().with_file(KEYS).seeded(registry())
}

pub(super) fn start() -> App {
    setup().start()
}

/// Sends a user a code.
pub(super) fn send_code(app: &Client, client: AppClient<'_>, user: &str) {
    let asked = sign_in(app, client, user);
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
}

pub(super) fn users(shown: &Value) -> Vec<(&str, &str)> {
    let messages = shown["Messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| {
            (
                message["UserPoolId"].as_str().unwrap(),
                message["Username"].as_str().unwrap(),
            )
        })
        .collect()
}

pub(super) fn read(app: &App, key: &Key, query: &str) -> Answer {
    app.get_as(key, &format!("/_poolhouse/outbox{query}"))
}
