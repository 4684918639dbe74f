//! Events of users that threat protection records: which there are, what they show, what is said of them, and how many are kept.

mod accounts;
mod bounds;
mod feedback;
mod lists;
mod origins;
mod passwords;
mod sign_ins;

use serde_json::{Value, json};

use crate::world::{
    App, AppClient, DISCREET, PASSWORD, POOL, Pool, Setup, TEMPORARY, User, WEB, hides_users,
    seed_of,
};

/// A client that sends the addresses of its users.
const TELLING: AppClient<'_> =
    AppClient::new(POOL, "telling0000000000000000001").with_secret("0123456789abcdefghijklmnopqr");

/// A pool without threat protection.
const PLAIN_POOL: &str = "us-east-1_Test00009";
const PLAIN: AppClient<'_> = AppClient::new(PLAIN_POOL, "plain000000000000000000001");

const NOT_ENABLED: (&str, &str) = (
    "UserPoolAddOnNotEnabledException",
    "User pool addon is not enabled.",
);

/// The settings of a pool with threat protection in this mode.
fn protected(mode: &str) -> Value {
    json!({"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": mode}})
}

/// A pool with threat protection and users in several states, and one without it.
fn setup() -> Setup {
    let user = |name: &str| User::new(name).password(PASSWORD);
    let pool = Pool::new(POOL)
        .with(protected("AUDIT"))
        .mfa(
            json!({"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {},
            "SoftwareTokenMfaConfiguration": {"Enabled": true}}),
        )
        .tracking(false)
        .client(WEB)
        .client_with(DISCREET, hides_users())
        .client_with(
            TELLING,
            json!({"EnablePropagateAdditionalUserContextData": true}),
        )
        .user(user("ana"))
        .user(user("ben"))
        .user(user("dora").with(json!({"Enabled": false})))
        .user(user("una").with(json!({"UserStatus": "UNCONFIRMED"})))
        .user(user("rita").with(json!({"UserStatus": "RESET_REQUIRED"})))
        .user(User::new("tom").temporary_password(TEMPORARY));
    let plain = Pool::new(PLAIN_POOL).client(PLAIN).user(user("ana"));
    Setup::new().seeded(seed_of([pool, plain]))
}

fn start() -> App {
    setup().start()
}

/// A page of the user's events.
fn page(app: &App, user: &str, mut input: Value) -> Value {
    input["UserPoolId"] = json!(POOL);
    input["Username"] = json!(user);
    app.call("AdminListUserAuthEvents", &input).ok()
}

/// The user's events, the newest first.
fn events(app: &App, user: &str) -> Vec<Value> {
    let page = page(app, user, json!({}));
    assert!(page.get("NextToken").is_none());
    page["AuthEvents"].as_array().unwrap().clone()
}

/// The newest event of the user.
fn last(app: &App, user: &str) -> Value {
    events(app, user)[0].clone()
}

/// Type, outcome, and how password and second factor were judged.
fn told(event: &Value) -> (&str, &str, Value) {
    let text = |name: &str| event[name].as_str().unwrap();
    let judged = event["ChallengeResponses"].as_array().unwrap().iter();
    let judged = judged.map(|one| {
        let members = one.as_object().unwrap();
        assert_eq!(members.len(), 2);
        (
            one["ChallengeName"].as_str().unwrap(),
            one["ChallengeResponse"].clone(),
        )
    });
    (
        text("EventType"),
        text("EventResponse"),
        judged
            .map(|(name, how)| (name.to_owned(), how))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    )
}

/// The id of the request that an answer belongs to.
fn request_id(answer: &crate::world::Answer) -> Value {
    json!(answer.header("x-amzn-requestid"))
}
