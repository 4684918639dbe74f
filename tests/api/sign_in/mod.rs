//! Signing in: the flows, the challenges and their order, sessions, the lock after failed attempts, and what a discreet client
//! hides.

mod devices;
mod discretion;
mod flows;
mod lockout;
mod mfa;
mod new_password;
mod password;
mod sessions;
mod srp;

use serde_json::{Value, json};

use crate::world::{
    ANA_SUB, Answer, App, AppClient, DISCREET, Exchange, PASSWORD, POOL, Pool, Secret, Setup,
    TEMPORARY, User, WEB, WITH_SECRET, hides_users, initiate, respond, seed_of,
};

/// A client without `ExplicitAuthFlows`.
const SILENT: AppClient<'_> = AppClient::new(POOL, "silent00000000000000000001");

/// A client that allows refreshing alone.
const REFRESHING: AppClient<'_> = AppClient::new(POOL, "refresh0000000000000000001");
const EMAIL_POOL: &str = "us-east-1_Test00004";
const EMAIL_APP: AppClient<'_> = AppClient::new(EMAIL_POOL, "email000000000000000000001");
const EVA_SUB: &str = "9c8f2d7e-1b3a-4c5d-8e6f-0a1b2c3d4e5f";

/// A pool of users in every state, who may sign in by their addresses, and a pool whose usernames are addresses.
fn setup() -> Setup {
    let text = |name: &str| json!({"Name": name, "AttributeDataType": "String", "Mutable": true});
    let pool = Pool::new(POOL)
        .with(json!({
            "AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false},
            "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true, "TemporaryPasswordValidityDays": 3}},
            "SchemaAttributes": [
                {"Name": "nickname", "AttributeDataType": "String", "Required": true, "Mutable": true},
                text("address"),
                text("email"),
                {"Name": "email_verified", "AttributeDataType": "Boolean", "Mutable": true},
                {"Name": "custom:plan", "AttributeDataType": "String", "Mutable": false},
            ],
        }))
        .client_with(
            WEB,
            json!({"WriteAttributes": ["nickname", "address", "custom:plan"]}),
        )
        .client_with(DISCREET, hides_users())
        .client(WITH_SECRET)
        .client_with(SILENT, json!({"ExplicitAuthFlows": null}))
        .client_with(
            REFRESHING,
            json!({"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}),
        )
        .user(
            User::new("Ana")
                .password(PASSWORD)
                .attribute("sub", ANA_SUB)
                .attribute("nickname", "ana")
                .verified_email("ana@example.com"),
        )
        .user(
            User::new("ben")
                .password(PASSWORD)
                .attribute("nickname", "ben"),
        )
        .user(
            User::new("dora")
                .password(PASSWORD)
                .with(json!({"Enabled": false})),
        )
        .user(
            User::new("una")
                .password(PASSWORD)
                .with(json!({"UserStatus": "UNCONFIRMED"})),
        )
        .user(
            User::new("rita")
                .password(PASSWORD)
                .with(json!({"UserStatus": "RESET_REQUIRED"})),
        )
        .user(
            User::new("tom")
                .temporary_password(TEMPORARY)
                .verified_email("tom@example.com"),
        )
        .user(User::new("pia").attribute("nickname", "has no password"));
    let email_pool = Pool::new(EMAIL_POOL)
        .with(
            json!({"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": true}}),
        )
        .client_with(EMAIL_APP, hides_users())
        .user(
            User::new(EVA_SUB)
                .password(PASSWORD)
                .attribute("sub", EVA_SUB)
                .verified_email("eva@example.com"),
        );
    Setup::new().seeded(seed_of([pool, email_pool]))
}

fn start() -> App {
    setup().start()
}

/// The answer to `USER_SRP_AUTH`.
fn begun(app: &App, client: AppClient<'_>, user: &str) -> Value {
    let parameters = json!({"USERNAME": user, "SRP_A": Exchange::new().srp_a()});
    initiate(app, client, "USER_SRP_AUTH", parameters).ok()
}

/// The right responses to such a challenge.
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
