//! `poolhouse::testing`: a server in the process of a test, as an app's own tests use it.

use std::time::Duration;

use poolhouse::testing::Server;
use serde_json::{Value, json};

use crate::world::{Answer, Client};

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/pytest/seed.json");
const SHOP: &str = "shop0000000000000000000001";
const PASSWORD: &str = "Example-Password-1";

/// The app under test, which calls the server as it would call Amazon Cognito.
fn app(poolhouse: &Server) -> Client {
    Client::of(&poolhouse.url())
}

fn sign_up(app: &Client, username: &str) {
    let email = json!([{"Name": "email", "Value": format!("{username}@example.com")}]);
    let input = json!({"ClientId": SHOP, "Username": username, "Password": PASSWORD, "UserAttributes": email});
    app.call_open("SignUp", &input).ok();
}

fn sign_in(app: &Client, username: &str) -> Answer {
    let parameters = json!({"USERNAME": username, "PASSWORD": PASSWORD});
    let input =
        json!({"ClientId": SHOP, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    app.call_open("InitiateAuth", &input)
}

#[test]
fn a_code_is_read_from_the_outbox() {
    let poolhouse = Server::start(&[SEED]).unwrap();
    let app = app(&poolhouse);
    sign_up(&app, "ben");
    let sent = poolhouse.outbox(&[("Username", "ben"), ("wait", "5")]);
    let code = sent.unwrap()[0]["Code"].clone();
    let input = json!({"ClientId": SHOP, "Username": "ben", "ConfirmationCode": code});
    app.call_open("ConfirmSignUp", &input).ok();
    assert_ne!(
        sign_in(&app, "ben").ok()["AuthenticationResult"],
        Value::Null
    );
}

#[test]
fn a_token_expires_by_the_clock() {
    let poolhouse = Server::start(&[SEED]).unwrap();
    let app = app(&poolhouse);
    let token = sign_in(&app, "ana").ok()["AuthenticationResult"]["AccessToken"].clone();
    let get_user = || app.call_open("GetUser", &json!({"AccessToken": token}));
    get_user().ok();
    poolhouse.advance(Duration::from_secs(3601)).unwrap();
    get_user().refused("NotAuthorizedException", "Access Token has expired");
}

#[test]
fn the_registry_and_the_clock_go_back() {
    let poolhouse = Server::start(&[SEED]).unwrap();
    let app = app(&poolhouse);
    poolhouse.save("seeded").unwrap();
    for _ in 0..2 {
        sign_up(&app, "ben");
        poolhouse.advance(Duration::from_hours(1)).unwrap();
        poolhouse.restore("seeded").unwrap();
    }
    let clock = poolhouse.control("GET", "clock", None).unwrap();
    let (shown, system) = (&clock["Time"], &clock["SystemTime"]);
    assert!(
        shown.as_f64().unwrap() - system.as_f64().unwrap() < 1.0,
        "{clock}"
    );
    assert_eq!(poolhouse.outbox(&[]).unwrap(), Vec::<Value>::new());
}

#[test]
fn servers_share_nothing() {
    let (one, another) = (
        Server::start(&[SEED]).unwrap(),
        Server::start(&[SEED]).unwrap(),
    );
    sign_up(&app(&one), "ben");
    sign_up(&app(&another), "ben");
    one.advance(Duration::from_hours(1)).unwrap();
    assert_eq!(another.outbox(&[]).unwrap().len(), 1);
    drop(one);
    sign_in(&app(&another), "ana").ok();
}

#[test]
fn what_does_not_fit_is_said() {
    let missing = Server::start(&["no-such-seed.json"])
        .unwrap_err()
        .to_string();
    assert!(missing.contains("no-such-seed.json"), "{missing}");
    let unknown = Server::start_with(&[("POOLHOUSE_NO_SUCH", "1")], &[SEED]).unwrap_err();
    assert!(
        unknown.to_string().contains("POOLHOUSE_NO_SUCH"),
        "{unknown}"
    );
    let poolhouse = Server::start(&[SEED]).unwrap();
    let refused = poolhouse.restore("never-saved").unwrap_err().to_string();
    assert!(refused.contains("never-saved"), "{refused}");
}
