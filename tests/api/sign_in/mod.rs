//! Signing in with a password: the flows, the challenges and their order, sessions, the lock after failed attempts, and what
//! nobody learns.

mod devices;
mod discretion;
mod flows;
mod lockout;
mod mfa;
mod new_password;
mod password;
mod sessions;
mod srp;

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Answer, App, AppClient, Exchange, POOL, Secret, Setup, initiate, respond};

const PASSWORD: &str = "Tulip-Kettle-4417";
const TEMPORARY: &str = "Walnut-Bridge-9052";
const NEW: &str = "Copper-Lantern-3381";
const ANA_SUB: &str = "34c84488-e0e1-40ae-92ee-991ad1a898c8";

/// Allows every flow with a password, and tells which users exist.
const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");

/// Does not tell.
const DISCREET: AppClient<'_> = AppClient::new(POOL, "discreet000000000000000001");
const WITH_SECRET: AppClient<'_> =
    AppClient::new(POOL, "secret00000000000000000001").with_secret("0123456789abcdefghijklmnopqr");

/// Names no flow.
const SILENT: AppClient<'_> = AppClient::new(POOL, "silent00000000000000000001");

/// Allows refreshing alone.
const REFRESHING: AppClient<'_> = AppClient::new(POOL, "refresh0000000000000000001");
const EMAIL_POOL: &str = "us-east-1_Test00004";
const EMAIL_APP: AppClient<'_> = AppClient::new(EMAIL_POOL, "email000000000000000000001");
const EVA_SUB: &str = "9c8f2d7e-1b3a-4c5d-8e6f-0a1b2c3d4e5f";
const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");
const EXCEEDED: (&str, &str) = ("NotAuthorizedException", "Password attempts exceeded");
const NO_SESSION: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");

fn setup() -> Setup {
    let flows = [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
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
    let user = |name: &str, status: &str| json!({"Username": name, "UserStatus": status, "Password": PASSWORD});
    let attribute = |name: &str, value: &str| json!({"Name": name, "Value": value});
    Setup::new().seeded(json!({"UserPools": [
        {
            "UserPool": {"Id": POOL, "AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false},
                "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true, "TemporaryPasswordValidityDays": 3}},
                "SchemaAttributes": [
                    {"Name": "nickname", "AttributeDataType": "String", "Required": true, "Mutable": true},
                    {"Name": "address", "AttributeDataType": "String", "Mutable": true},
                    {"Name": "email", "AttributeDataType": "String", "Mutable": true},
                    {"Name": "email_verified", "AttributeDataType": "Boolean", "Mutable": true},
                    {"Name": "custom:plan", "AttributeDataType": "String", "Mutable": false},
                ]},
            "Clients": [
                client(WEB, json!({"WriteAttributes": ["nickname", "address", "custom:plan"]})),
                client(DISCREET, json!({"PreventUserExistenceErrors": "ENABLED"})),
                client(WITH_SECRET, json!({"ClientSecret": WITH_SECRET.secret})),
                {"ClientId": SILENT.id, "ClientName": "silent"},
                {"ClientId": REFRESHING.id, "ClientName": "refreshing", "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]},
            ],
            "Users": [
                {"Username": "Ana", "Password": PASSWORD, "UserAttributes": [attribute("sub", ANA_SUB),
                    attribute("nickname", "ana"), attribute("email", "ana@example.com"), attribute("email_verified", "true")]},
                {"Username": "ben", "Password": PASSWORD, "UserAttributes": [attribute("nickname", "ben")]},
                {"Username": "dora", "Password": PASSWORD, "Enabled": false},
                user("una", "UNCONFIRMED"),
                user("rita", "RESET_REQUIRED"),
                {"Username": "tom", "TemporaryPassword": TEMPORARY,
                    "UserAttributes": [attribute("email", "tom@example.com"), attribute("email_verified", "true")]},
                {"Username": "pia", "UserAttributes": [attribute("nickname", "has no password")]},
            ],
        },
        {
            "UserPool": {"Id": EMAIL_POOL, "UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": true}},
            "Clients": [client(EMAIL_APP, json!({"PreventUserExistenceErrors": "ENABLED"}))],
            "Users": [{"Username": EVA_SUB, "Password": PASSWORD, "UserAttributes": [attribute("sub", EVA_SUB),
                attribute("email", "eva@example.com"), attribute("email_verified", "true")]}],
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

fn seconds(app: &App, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
}

fn by_admin(app: &App, client: AppClient<'_>, flow: &str, parameters: Value) -> Answer {
    app.call(
        "AdminInitiateAuth",
        &json!({"UserPoolId": client.pool, "ClientId": client.id, "AuthFlow": flow, "AuthParameters": parameters}),
    )
}

/// The answer to `USER_SRP_AUTH`.
fn begun(app: &App, client: AppClient<'_>, user: &str) -> Value {
    let parameters = json!({"USERNAME": user, "SRP_A": Exchange::new().srp_a()});
    initiate(app, client, "USER_SRP_AUTH", parameters).ok()
}

/// The right responses to it.
fn claim(app: &App, client: AppClient<'_>, asked: &Value, password: &str) -> Value {
    let parameters = &asked["ChallengeParameters"];
    let name = parameters["USER_ID_FOR_SRP"].as_str().unwrap();
    Exchange::new().claim(
        app,
        Secret::of_user(client.pool, name, password),
        parameters,
    )
}

fn verify(app: &App, client: AppClient<'_>, responses: Value) -> Answer {
    respond(app, client, "PASSWORD_VERIFIER", &Value::Null, responses)
}

fn new_password(app: &App, client: AppClient<'_>, asked: &Value, responses: Value) -> Answer {
    respond(app, client, "NEW_PASSWORD_REQUIRED", asked, responses)
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn set_password(app: &App, user: &str, password: &str, permanent: bool) {
    let input =
        json!({"UserPoolId": POOL, "Username": user, "Password": password, "Permanent": permanent});
    app.call("AdminSetUserPassword", &input).ok();
}

/// How often each status came when all were sent at once.
pub(crate) fn at_once(
    send: impl Fn() -> Answer + Sync,
) -> std::collections::BTreeMap<(u16, String), usize> {
    let mut counts = std::collections::BTreeMap::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(&send)).collect();
        for thread in threads {
            let answer = thread.join().unwrap();
            *counts
                .entry((answer.status, answer.refusal().1))
                .or_default() += 1;
        }
    });
    counts
}
