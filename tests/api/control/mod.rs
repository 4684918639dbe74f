//! What tests do with a server besides calling operations: they set its clock, go back to a state of its registry, make requests
//! fail, ask what became of a request, and watch its metrics.

mod clock;
mod console;
mod faults;
mod metrics;
mod requests;
mod seeds;
mod snapshots;

use serde_json::json;

use crate::world::{App, PASSWORD, POOL, Pool, Setup, User, WEB};

/// A pool that sends codes by email, with a user.
fn setup() -> Setup {
    let ana = User::new("ana")
        .password(PASSWORD)
        .verified_email("ana@example.com");
    Pool::new(POOL)
        .with(json!({"AutoVerifiedAttributes": ["email"]}))
        .client(WEB)
        .user(ana)
        .setup()
}

fn start() -> App {
    setup().start()
}
