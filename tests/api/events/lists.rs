//! `AdminListUserAuthEvents`: the order, the pages, and the refusals.

use serde_json::{Value, json};

use super::{NOT_ENABLED, PLAIN_POOL, page, start};
use crate::world::{FOREIGN_POOL, NO_USER, PASSWORD, POOL, UNKNOWN_POOL, WEB, sign_in_by_password};

/// The ids of a page, and its token.
fn ids(page: &Value) -> (Vec<Value>, Option<Value>) {
    let events = page["AuthEvents"].as_array().unwrap().iter();
    let ids = events.map(|event| event["EventId"].clone()).collect();
    (ids, page.get("NextToken").cloned())
}

#[test]
fn events_are_listed_page_by_page_the_newest_first() {
    let app = start();
    let mut made: Vec<Value> = Vec::new();
    for _ in 0..61 {
        app.seconds_pass(1);
        let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]);
        made.insert(0, super::request_id(&answer));
    }
    let first = page(&app, "ana", json!({}));
    let dates: Vec<f64> = first["AuthEvents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["CreationDate"].as_f64().unwrap())
        .collect();
    assert!(dates.is_sorted_by(|one, next| one > next));
    for limit in [json!(null), json!(0), json!(60)] {
        let (listed, token) = ids(&page(&app, "ana", json!({"MaxResults": limit})));
        assert_eq!(listed, made[..60]);
        let last = page(&app, "ana", json!({"NextToken": token.unwrap()}));
        assert_eq!(ids(&last), (made[60..].to_vec(), None));
    }
    let mut listed = Vec::new();
    let mut token = None;
    loop {
        let mut input = json!({"MaxResults": 25});
        if let Some(token) = token {
            input["NextToken"] = token;
        }
        let (some, next) = ids(&page(&app, "ana", input));
        listed.extend(some);
        // What is new does not shift the pages.
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
        token = next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(listed, made);
}

#[test]
fn a_token_continues_the_events_of_its_user_alone() {
    let app = start();
    for user in ["ana", "ana", "ben"] {
        sign_in_by_password(&app, WEB, user, PASSWORD, &[]).ok();
    }
    let (_, token) = ids(&page(&app, "ana", json!({"MaxResults": 1})));
    let next = |user: &str, token: &Value| {
        let input = json!({"UserPoolId": POOL, "Username": user, "NextToken": token});
        app.call("AdminListUserAuthEvents", &input)
    };
    let token = token.unwrap();
    next("ana", &token).ok();
    for (user, token) in [
        ("ben", &token),
        ("ana", &json!("x")),
        ("ana", &json!("id#2024-09-18T21:16:43.495Z")),
    ] {
        assert_eq!(next(user, token).refusal().0, "InvalidParameterException");
    }
}

#[test]
fn a_list_needs_a_pool_with_threat_protection_and_a_user() {
    let app = start();
    let list = |pool: &str, user: &str| {
        app.call(
            "AdminListUserAuthEvents",
            &json!({"UserPoolId": pool, "Username": user}),
        )
    };
    list(UNKNOWN_POOL, "ana").refused(
        "ResourceNotFoundException",
        &format!("User pool {UNKNOWN_POOL} does not exist."),
    );
    list(PLAIN_POOL, "ana").refused_as(NOT_ENABLED);
    list(PLAIN_POOL, "nobody").refused_as(NOT_ENABLED);
    list(POOL, "nobody").refused_as(NO_USER);
    let listed = app.call(
        "AdminListUserAuthEvents",
        &json!({"UserPoolId": POOL, "Username": "ana", "MaxResults": 61}),
    );
    listed.refused(
        "InvalidParameterException",
        "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than \
         or equal to 60",
    );
    let app = crate::world::App::with_devices();
    let input = json!({"UserPoolId": FOREIGN_POOL, "Username": "ana"});
    app.call("AdminListUserAuthEvents", &input).refused(
        "NotAuthorizedException",
        &format!("Not authorized to access user pool {FOREIGN_POOL}."),
    );
}
