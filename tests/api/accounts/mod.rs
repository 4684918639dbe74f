//! Accounts: signing up, recovering passwords, verifying addresses and numbers, invitations, and the messages about them.

mod confirmation;
mod invitations;
mod messages;
mod recovery;
mod sign_up;
mod verification;

use serde_json::{Value, json};

use super::world::{Answer, App, AppClient, DISCREET, Pool, WEB, hides_users, merge};

/// No code that counts was sent, or it has expired or was used.
const EXPIRED_CODE: (&str, &str) = (
    "ExpiredCodeException",
    "Invalid code provided, please request a code again.",
);

/// Another code was sent.
const CODE_MISMATCH: (&str, &str) = (
    "CodeMismatchException",
    "Invalid verification code provided, please try again.",
);

/// Too many attempts in an hour.
const ATTEMPTS: (&str, &str) = (
    "LimitExceededException",
    "Attempt limit exceeded, please try after some time.",
);

/// A name without a user, of a client that tells who exists.
const NO_SUCH_NAME: (&str, &str) = (
    "UserNotFoundException",
    "Username/client id combination not found.",
);

/// A pool that verifies email addresses, with the settings, and two clients: one that tells who exists, and one that does not.
fn pool(settings: Value) -> Pool {
    Pool::new(WEB.pool)
        .with(json!({"AutoVerifiedAttributes": ["email"]}))
        .with(settings)
        .client(WEB)
        .client_with(DISCREET, hides_users())
}

/// Calls an operation through the client for the user, with further members.
fn call_for(app: &App, client: AppClient<'_>, operation: &str, name: &str, more: Value) -> Answer {
    let mut input = json!({"ClientId": client.id, "Username": name});
    merge(&mut input, more);
    app.call_open(operation, &input)
}

/// Signs somebody up with these attributes.
fn sign_up(app: &App, name: &str, attributes: &[(&str, &str)]) -> Answer {
    let attributes = super::world::attributes(attributes);
    let more = json!({"Password": super::world::PASSWORD, "UserAttributes": attributes});
    call_for(app, WEB, "SignUp", name, more)
}

/// The messages in the outbox, the newest last.
fn messages(app: &App) -> Vec<Value> {
    let shown = app.get_signed("/_poolhouse/outbox").ok();
    shown["Messages"].as_array().unwrap().clone()
}

/// The code of the newest message.
fn last_code(app: &App) -> String {
    let messages = messages(app);
    messages.last().unwrap()["Code"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A code that is not this one.
fn other_than(code: &str) -> &'static str {
    if code == "111111" { "222222" } else { "111111" }
}
