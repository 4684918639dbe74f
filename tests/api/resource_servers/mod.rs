//! Resource servers: from creation to deletion, and what clients can ask of them.

mod life;
mod scopes;

use serde_json::{Value, json};

use crate::world::{Answer, App, POOL};

/// Calls an operation in the test pool, unless the input names another.
fn call(app: &App, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    app.call(operation, &input)
}

/// Creates a resource server with these scopes.
fn create(app: &App, identifier: &str, scopes: &[&str]) -> Value {
    let input = json!({"Identifier": identifier, "Name": "api", "Scopes": scopes_of(scopes)});
    let answer = call(app, "CreateResourceServer", input).ok();
    answer["ResourceServer"].clone()
}

fn scopes_of(names: &[&str]) -> Value {
    let scope = |name: &&str| json!({"ScopeName": name, "ScopeDescription": "what it is for"});
    names.iter().map(scope).collect()
}

fn describe(app: &App, identifier: &str) -> Value {
    let answer = call(
        app,
        "DescribeResourceServer",
        json!({"Identifier": identifier}),
    );
    answer.ok()["ResourceServer"].clone()
}
