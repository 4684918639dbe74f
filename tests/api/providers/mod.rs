//! Identity providers, and the links between identities at them and users.

mod changes;
mod life;
mod links;
mod seeds;
mod types;

use serde_json::{Value, json};

use crate::world::{Answer, App, POOL, merge};

/// The secret of [`oidc`], which stands nowhere else.
const SECRET: &str = "the-secret-of-this-provider";

/// Calls an operation in the test pool, unless the input names another.
fn call(app: &App, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    app.call(operation, &input)
}

/// The details of a provider of type OIDC.
fn details() -> Value {
    json!({"client_id": "app", "client_secret": SECRET, "attributes_request_method": "GET",
        "oidc_issuer": "https://login.example.com", "authorize_scopes": "openid email"})
}

/// The input that creates a provider of type OIDC, with these members.
fn oidc(name: &str, mut members: Value) -> Value {
    let mut all = details();
    if let Some(more) = members.get_mut("ProviderDetails") {
        merge(&mut all, more.take());
    }
    let mut input = json!({"ProviderName": name, "ProviderType": "OIDC"});
    merge(&mut input, members);
    input["ProviderDetails"] = all;
    input
}

/// Creates a provider of type OIDC with these members.
fn create(app: &App, name: &str, members: Value) -> Value {
    let answer = call(app, "CreateIdentityProvider", oidc(name, members));
    answer.ok()["IdentityProvider"].clone()
}

fn describe(app: &App, name: &str) -> Value {
    let answer = call(
        app,
        "DescribeIdentityProvider",
        json!({"ProviderName": name}),
    );
    answer.ok()["IdentityProvider"].clone()
}

/// Asserts that the input is refused as invalid.
#[track_caller]
fn invalid(app: &App, operation: &str, input: Value, message: &str) {
    call(app, operation, input).refused("InvalidParameterException", message);
}
