//! `/_poolhouse/seeds`: the registry as a seed, and seeds that are applied while the server runs.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{setup, start};
use crate::world::{
    Answer, App, Key, PASSWORD, POOL, Pool, Setup, User, WEB, sign_in, sign_in_by_password,
};

const SEEDS: &str = "/_poolhouse/seeds";

/// A request that brings a seed.
fn bringing(app: &App, query: &str, seed: impl Into<Vec<u8>>) -> http::Request<Vec<u8>> {
    let request = http::Request::post(format!("{}{SEEDS}{query}", app.url()));
    request.body(seed.into()).unwrap()
}

fn apply(app: &App, query: &str, seed: &Value) -> Answer {
    app.control(&Key::default(), "POST", &format!("{SEEDS}{query}"), seed)
}

/// The same request with a header that declares the hash of this body.
fn declaring(mut request: http::Request<Vec<u8>>, body: &[u8]) -> http::Request<Vec<u8>> {
    let hash = hex::encode(Sha256::digest(body));
    let header = http::HeaderValue::from_str(&hash).unwrap();
    request.headers_mut().insert("x-amz-content-sha256", header);
    request
}

#[test]
fn a_registry_goes_from_one_server_to_another() {
    let here = start();
    let there = Setup::new().start();
    sign_in(&here, WEB, "ana");
    let answer = here.get_signed(SEEDS);
    let exported = answer.ok();
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"seed.json\""
    );
    assert_eq!(
        answer.header("content-length"),
        answer.body.len().to_string()
    );
    let changed = apply(&there, "", &exported).ok();
    assert_eq!(
        changed,
        json!({"Created": 3, "Updated": 0, "Unchanged": 0, "WithoutPassword": 0})
    );
    assert_eq!(there.get_signed(SEEDS).ok(), exported);
    sign_in(&there, WEB, "ana");
    let again = apply(&there, "", &exported).ok();
    assert_eq!(again["Unchanged"], 3);
}

#[test]
fn the_keys_of_pools_come_along_if_that_is_asked_for() {
    let app = start();
    let keys = |query: &str| {
        let exported = app.get_signed(&format!("{SEEDS}{query}")).ok();
        exported["UserPools"][0]["Keys"].is_object()
    };
    assert!(!keys("") && !keys("?WithKeys=false"));
    assert!(keys("?WithKeys=true"));
    let unknown = app.get_signed(&format!("{SEEDS}?Keys=true"));
    assert_eq!(unknown.refusal().0, "InvalidParameterException");
}

#[test]
fn a_mistake_says_its_place_and_changes_nothing() {
    let app = start();
    let new = User::new("ben").password(PASSWORD);
    let mut seed = Pool::new(POOL).user(new).into_seed();
    seed["Users"][0]["Nickname"] = json!("Benny");
    let refused = apply(&app, "", &seed);
    let (code, message) = refused.refusal();
    assert_eq!((refused.status, &*code), (400, "InvalidParameterException"));
    assert!(
        message.starts_with("seed: Users[0]: ") && message.contains("Nickname"),
        "{message}"
    );
    let nobody = json!({"UserPoolId": POOL, "Username": "ben"});
    let gone = app.call("AdminGetUser", &nobody);
    assert_eq!(gone.refusal().0, "UserNotFoundException");
    let request = bringing(&app, "", "{");
    let no_json = app.send(Key::default().sign_request(&app, request));
    assert!(no_json.refusal().1.starts_with("seed: no JSON: "));
    let all = app.get_signed("/_poolhouse/requests").ok().to_string();
    assert!(all.contains("the seed cannot be applied") && !all.contains("Nickname"));
}

#[test]
fn what_names_no_pool_is_about_the_one_that_the_request_names() {
    let app = start();
    let users = json!({"Users": [{"Username": "ben", "Password": PASSWORD}]});
    let query = format!("?UserPoolId={POOL}");
    assert_eq!(apply(&app, &query, &users).ok()["Created"], 1);
    sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
}

#[test]
fn a_seed_that_is_larger_than_other_bodies_declares_its_hash() {
    let app = setup().with("http_max_body_bytes", "1000").start();
    let users = (0..100).map(|number| User::new(&format!("user{number}")));
    let seed = Pool::new(POOL).users(users).into_seed().to_string();
    let seed = seed.into_bytes();
    let undeclared = Key::default().sign_request(&app, bringing(&app, "", seed.clone()));
    assert_eq!(
        app.send(undeclared).refusal().0,
        "RequestEntityTooLargeException"
    );
    let request = || declaring(bringing(&app, "", seed.clone()), &seed);
    // Another body than the one that was signed.
    let mut other = Key::default().sign_request(&app, request());
    other.body_mut()[0] = b' ';
    assert_eq!(app.send(other).refusal().0, "InvalidSignatureException");
    let applied = app.send(Key::default().sign_request(&app, request())).ok();
    assert_eq!(applied["Created"], 100);
}

#[test]
fn a_key_needs_the_grant_before_the_seed_is_read() {
    let keys = "[[access_keys]]\nid = 'SEEDS'\nsecret = 's'\nactions = ['poolhouse:ManageSeeds']\n\
                [[access_keys]]\nid = 'CLOCK'\nsecret = 's'\nactions = ['poolhouse:SetClock']\n";
    let app = setup().with_file(keys).start();
    let may = Key::new("SEEDS", "s");
    app.get_as(&may, SEEDS).ok();
    let denied = app.get_as(&Key::new("CLOCK", "s"), SEEDS).refusal();
    assert_eq!(denied.0, "AccessDeniedException");
    assert!(denied.1.contains("poolhouse:ManageSeeds"), "{}", denied.1);
    let seed = b"{\"UserPools\": []}".to_vec();
    let request = || declaring(bringing(&app, "", seed.clone()), &seed);
    let denied = app.send(Key::new("CLOCK", "s").sign_request(&app, request()));
    assert_eq!(denied.refusal().0, "AccessDeniedException");
    let applied = app.send(may.sign_request(&app, request())).ok();
    assert_eq!(applied["Created"], 0);
}
