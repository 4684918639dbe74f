//! Domains of user pools: what is shown of them, which names are refused, and how seeds say them.

mod life;
mod names;
mod seeds;

use serde_json::{Value, json};

use crate::world::{Answer, App, POOL};

const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:000000000000:certificate/1e5a4c3b-0000-4000-8000-000000000001";

/// Calls an operation in the test pool, unless the input names another.
fn call(app: &App, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    app.call(operation, &input)
}

fn create(app: &App, input: Value) -> Value {
    call(app, "CreateUserPoolDomain", input).ok()
}

/// What is shown of a domain.
fn describe(app: &App, name: &str) -> Value {
    let answer = app.call("DescribeUserPoolDomain", &json!({"Domain": name}));
    answer.ok()["DomainDescription"].clone()
}

/// What the pool shows as its domains: its prefix, and its custom domain.
fn shown_by_pool(app: &App, pool: &str) -> [Value; 2] {
    let answer = app.call("DescribeUserPool", &json!({"UserPoolId": pool}));
    let pool = &answer.ok()["UserPool"];
    ["Domain", "CustomDomain"].map(|member| pool[member].clone())
}

/// Asserts that the input is refused as invalid.
#[track_caller]
fn invalid(app: &App, operation: &str, input: Value, message: &str) {
    call(app, operation, input).refused("InvalidParameterException", message);
}
