//! Seeds: applied, exported and generated, by the command line and at the start of a server.

mod answers;
mod apply;
mod aws_cli;
mod cognito_local;
mod export;
mod factors;
mod generate;
mod mistakes;
mod pools;
mod streams;

use serde_json::{Value, json};

use crate::world::{POOL, Tool};

/// Why a seed is refused.
fn refusal(seed: &Value) -> String {
    let tool = Tool::new();
    refusal_in(&tool, seed)
}

fn refusal_in(tool: &Tool, seed: &Value) -> String {
    tool.write_json("seed.json", seed);
    let outcome = tool.run("seed apply --create seed.json");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (3, ""),
        "{outcome:?}"
    );
    outcome
        .stderr
        .trim_end()
        .trim_start_matches("poolhouse: seed: seed.json: ")
        .to_owned()
}

fn pool(users: Value) -> Value {
    json!({"UserPool": {"Id": POOL, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}}, "Users": users})
}

/// A pool with these settings, which say how its users are named.
fn named(settings: Value, users: Value) -> Value {
    let mut pool = settings;
    pool["Id"] = json!(POOL);
    pool["DeviceConfiguration"] = json!({"ChallengeRequiredOnNewDevice": false});
    json!({"UserPool": pool, "Users": users})
}
