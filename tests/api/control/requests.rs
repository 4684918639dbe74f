//! `/_poolhouse/requests`, `poolhouse requests` and `poolhouse explain`: what became of the last requests.

use serde_json::{Value, json};

use super::start;
use crate::world::{Answer, App, Key, PASSWORD, POOL, Tool, WEB, sign_in, sign_in_by_password};

const REQUESTS: &str = "/_poolhouse/requests";

/// What is said of the request of this answer.
fn explained(app: &App, answer: &Answer) -> Value {
    let id = answer.header("x-amzn-requestid");
    app.get_signed(&format!("{REQUESTS}/{id}")).ok()
}

fn last(explained: &Value) -> Value {
    explained["Passed"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone()
}

#[test]
fn a_request_is_explained_by_the_checks_that_it_passed_and_the_one_that_refused_it() {
    let app = start();
    let ana = json!({"UserPoolId": POOL, "Username": "ana"});
    let said = explained(&app, &app.call("AdminGetUser", &ana));
    assert_eq!(said["RefusedBy"], Value::Null);
    assert_eq!(last(&said), "the operation did what it was asked for");
    let line = &said["Request"];
    assert_eq!(
        (&line["message"], &line["outcome"]),
        (&json!("AdminGetUser"), &json!("ok"))
    );
    assert_eq!(
        (&line["key"], &line["pool"]),
        (&json!("test"), &json!(POOL))
    );

    let key = Key {
        region: "eu-west-1".to_owned(),
        ..Key::default()
    };
    let said = explained(&app, &app.call_as(&key, "AdminGetUser", &ana));
    assert_eq!(said["RefusedBy"], "its signature, which covers its body");
    let reason = said["Request"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("another Region, service or day"),
        "{reason}"
    );
    assert_eq!(
        last(&said),
        "signed operations are answered on this host, and to this page"
    );

    let said = explained(
        &app,
        &app.call("AdminGetUser", &json!({"UserPoolId": POOL})),
    );
    assert_eq!(said["RefusedBy"], "its input, by the API's model");
    assert_eq!(last(&said), "an access key of this server signed it");

    let nobody = json!({"UserPoolId": POOL, "Username": "nobody"});
    let said = explained(&app, &app.call("AdminGetUser", &nobody));
    assert_eq!(said["RefusedBy"], "the operation itself");
    assert_eq!(
        last(&said),
        "the access key is granted the action on the pool"
    );

    let said = explained(&app, &app.call_open("Nothing", &json!({})));
    assert_eq!(said["RefusedBy"], "the operation that it calls");
    assert_eq!(said["Passed"], json!([]));
}

#[test]
fn nothing_that_is_shown_of_a_request_is_a_secret() {
    let app = start();
    let signed_in = sign_in(&app, WEB, "ana");
    let wrong = sign_in_by_password(&app, WEB, "ana", "Wrong-Password-1", &[]);
    let all = app.get_signed(REQUESTS).ok().to_string();
    let one = explained(&app, &wrong).to_string();
    let token = signed_in["AuthenticationResult"]["AccessToken"]
        .as_str()
        .unwrap();
    for secret in [
        PASSWORD,
        "Wrong-Password-1",
        "ana@example.com",
        "\"ana\"",
        token,
    ] {
        assert!(!all.contains(secret) && !one.contains(secret), "{secret}");
    }
    assert!(one.contains("\"flow\":\"USER_PASSWORD_AUTH\""), "{one}");
}

#[test]
fn the_last_requests_are_shown_from_a_number_on() {
    let app = start();
    let list = |after: u64| app.get_signed(&format!("{REQUESTS}?after={after}")).ok();
    let messages = |list: &Value| {
        let all = list["Requests"].as_array().unwrap().clone();
        let message = |line: Value| line["message"].as_str().unwrap().to_owned();
        all.into_iter().map(message).collect::<Vec<_>>()
    };
    app.user("ana");
    app.get_signed("/_poolhouse/outbox").ok();
    let first = list(0);
    assert_eq!(
        messages(&first),
        ["AdminGetUser", "ReadOutbox"],
        "itself it does not show"
    );
    app.user("ana");
    let next = list(first["LastNumber"].as_u64().unwrap());
    assert_eq!(messages(&next), ["AdminGetUser"]);
    let unknown = format!("{REQUESTS}/00000000-0000-4000-8000-000000000000");
    for path in [&unknown, &format!("{REQUESTS}/ana")] {
        app.get_signed(path).refused(
            "ResourceNotFoundException",
            "No request of this id is among the last ones of this server.",
        );
    }
}

#[test]
fn the_command_line_explains_a_request_and_follows_them() {
    let tool = Tool::new();
    let server = tool.serve("--demo --log-format off");
    let client = server.client();
    let nobody = json!({"UserPoolId": "us-east-1_PoolDemo1", "Username": "nobody"});
    let refused = client.call("AdminGetUser", &nobody);
    let id = refused.header("x-amzn-requestid");
    let run = |arguments: &str| tool.run(&format!("{arguments} --listen {}", server.address()));
    let outcome = run(&format!("explain {id}"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("AdminGetUser 400 UserNotFoundException")
            && outcome
                .stdout
                .contains("\npassed   an access key of this server signed it\n")
            && outcome
                .stdout
                .contains("\nrefused  the operation itself: User does not exist."),
        "{outcome:?}"
    );
    let outcome = run("requests");
    assert!(outcome.stdout.contains(id), "{outcome:?}");
    let outcome = run("explain 00000000-0000-4000-8000-000000000000");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("refuses: No request of this id"),
        "{outcome:?}"
    );
}
