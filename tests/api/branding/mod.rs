//! How pages look: styles of managed login, and the customization of the classic pages.

mod managed_login;
mod seeds;
mod ui_customization;

use serde_json::{Value, json};

use crate::world::{Answer, App, POOL};

/// Calls an operation in the test pool, unless the input names another.
fn call(app: &App, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    app.call(operation, &input)
}

/// Creates an app client. Returns its id.
fn client(app: &App) -> Value {
    let answer = call(app, "CreateUserPoolClient", json!({"ClientName": "c"}));
    answer.ok()["UserPoolClient"]["ClientId"].clone()
}

/// Asserts that the input is refused as invalid.
#[track_caller]
fn invalid(app: &App, operation: &str, input: Value, message: &str) {
    call(app, operation, input).refused("InvalidParameterException", message);
}
