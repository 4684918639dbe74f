//! Cognito's request quotas: `TooManyRequestsException`, and when the next request passes.

mod accounts;
mod users;

use serde_json::{Value, json};

use crate::world::{Answer, App};

fn initiate(app: &App, client: &str, flow: &str, parameters: &Value) -> Answer {
    let input = json!({"ClientId": client, "AuthFlow": flow, "AuthParameters": parameters});
    app.call_open("InitiateAuth", &input)
}
