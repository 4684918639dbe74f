//! What is shown, and to whom.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    ELSEWHERE, FOREIGN, FOREIGN_POOL, OTHER_POOL, POOL, WEB, read, registry, send_code, setup,
    start, users,
};
use crate::world::{Key, NO_SIGNATURE, NOW_MS, Tool};

#[test]
fn a_message_is_shown_whole() {
    let app = start();
    send_code(&app, WEB, "ana");
    let shown = read(&app, &Key::default(), "").ok();
    let message = &shown["Messages"][0];
    let code = message["Code"].as_str().unwrap();
    let now = 1_795_357_380.5;
    assert_eq!(NOW_MS, 1_795_357_380_500);
    let expected = json!({
        "Id": 1, "UserPoolId": POOL, "Username": "ana", "DeliveryMedium": "EMAIL", "Destination": "ana@example.com",
        "Purpose": "Authentication", "Code": code, "Subject": "Your authentication code",
        "Message": format!("Your authentication code is {code}. "), "CreationDate": now, "ExpirationDate": now + 180.0,
    });
    assert_eq!(shown, json!({"Messages": [expected], "LastId": 1}));
}

#[test]
fn the_newest_message_comes_last_and_pools_and_users_can_be_picked() {
    let app = start();
    for (client, user) in [(WEB, "ben"), (ELSEWHERE, "ana"), (WEB, "ana")] {
        send_code(&app, client, user);
    }
    let picked = |query: &str| read(&app, &Key::default(), query).ok();
    assert_eq!(
        users(&picked("")),
        [(POOL, "ben"), (OTHER_POOL, "ana"), (POOL, "ana")]
    );
    assert_eq!(
        users(&picked("?UserPoolId=us-east-1_Outbox001")),
        [(POOL, "ben"), (POOL, "ana")]
    );
    for name in ["ana", "ana%40example.com"] {
        let query = format!("?Username={name}&UserPoolId={OTHER_POOL}");
        assert_eq!(users(&picked(&query)), [(OTHER_POOL, "ana")], "{name}");
    }
    assert_eq!(users(&picked("?Username=nobody")), []);
}

#[test]
fn only_a_key_that_may_reads_it() {
    let app = start();
    send_code(&app, WEB, "ana");
    let unsigned = http::Request::get(format!("{}/_poolhouse/outbox", app.url()));
    app.send(unsigned.body(Vec::new()).unwrap())
        .refused_as(NO_SIGNATURE);
    let wrong = read(&app, &Key::new("test", "wrong"), "");
    assert_eq!(wrong.refusal().0, "InvalidSignatureException");
    let unknown = read(&app, &Key::new("nobody", "test"), "");
    assert_eq!(unknown.refusal().0, "UnrecognizedClientException");
    let reader = Key::new("READER", "reader-secret");
    let own = format!("?UserPoolId={POOL}");
    assert_eq!(users(&read(&app, &reader, &own).ok()), [(POOL, "ana")]);
    let denied = |key: &str, secret: &str, query: &str, resource: &str| {
        read(&app, &Key::new(key, secret), query).refused(
            "AccessDeniedException",
            &format!(
                "User: arn:aws:iam::000000000000:user/{key} is not authorized to perform: poolhouse:ReadOutbox on resource: \
                 {resource} because no identity-based policy allows the poolhouse:ReadOutbox action"
            ),
        );
    };
    let arn = |pool: &str| format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}");
    denied("READER", "reader-secret", "", "*");
    let other = format!("?UserPoolId={OTHER_POOL}");
    denied("READER", "reader-secret", &other, &arn(OTHER_POOL));
    denied("ADMIN", "admin-secret", &own, &arn(POOL));
    let device = json!({"UserPoolId": POOL, "Username": "ana"});
    let answer = app.call_as(&reader, "AdminGetUser", &device);
    assert_eq!(answer.refusal().0, "AccessDeniedException");
}

#[test]
fn a_signature_counts_for_the_path_and_the_query_that_it_was_made_for() {
    let app = start();
    let key = Key::default();
    let signed = |path: &str| {
        let request = http::Request::get(format!("{}{path}", app.url()));
        key.sign_request(&app, request.body(Vec::new()).unwrap())
    };
    for path in ["/", "/_poolhouse/ready", "/_poolhouse/outbox?Username=ana"] {
        let mut request = signed(path);
        *request.uri_mut() = format!("{}/_poolhouse/outbox", app.url()).parse().unwrap();
        let (code, _) = app.send(request).refusal();
        assert_eq!(code, "InvalidSignatureException", "{path}");
    }
}

#[test]
fn each_account_sees_its_own_pools_alone() {
    let app = start();
    send_code(&app, WEB, "ana");
    send_code(&app, FOREIGN, "ben");
    let foreigner = Key::new("FOREIGNER", "foreign-secret");
    assert_eq!(
        users(&read(&app, &Key::default(), "").ok()),
        [(POOL, "ana")]
    );
    assert_eq!(
        users(&read(&app, &foreigner, "").ok()),
        [(FOREIGN_POOL, "ben")]
    );
    read(&app, &foreigner, &format!("?UserPoolId={POOL}")).refused(
        "NotAuthorizedException",
        &format!("Not authorized to access user pool {POOL}."),
    );
    read(&app, &foreigner, "?UserPoolId=us-east-1_Nowhere01").refused(
        "ResourceNotFoundException",
        "User pool us-east-1_Nowhere01 does not exist.",
    );
    let (code, _) = read(&app, &foreigner, "?Pool=x").refusal();
    assert_eq!(code, "InvalidParameterException");
}

#[test]
fn old_messages_go_by_themselves_a_day_after_their_codes() {
    let app = setup().with("store_expiry_seconds", "1").start();
    send_code(&app, WEB, "ana");
    app.milliseconds_pass(1);
    send_code(&app, WEB, "ben");
    app.clock
        .advance(Duration::from_mins(3) + Duration::from_hours(24));
    // The first is a millisecond older than that; nobody signs in meanwhile.
    while users(&read(&app, &Key::default(), "").ok()) != [(POOL, "ben")] {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn of_a_users_messages_the_newest_fifty_are_kept() {
    let app = start();
    send_code(&app, WEB, "ben");
    let codes = || -> Vec<String> {
        let shown = read(&app, &Key::default(), "?Username=ana").ok();
        let messages = shown["Messages"].as_array().unwrap();
        let codes = messages.iter().map(|message| message["Code"].to_string());
        codes.collect()
    };
    let mut sent = Vec::new();
    for _ in 0..53 {
        send_code(&app, WEB, "ana");
        sent.push(codes().pop().unwrap());
    }
    assert_eq!(codes(), sent[3..]);
    let shown = read(&app, &Key::default(), "?Username=ben").ok();
    assert_eq!(shown["Messages"].as_array().unwrap().len(), 1);
}

#[test]
fn deleting_a_user_deletes_the_messages() {
    let app = start();
    send_code(&app, WEB, "ana");
    send_code(&app, WEB, "ben");
    let input = json!({"UserPoolId": POOL, "Username": "ana"});
    app.call("AdminDeleteUser", &input).done();
    assert_eq!(
        users(&read(&app, &Key::default(), "").ok()),
        [(POOL, "ben")]
    );
    app.call("DeleteUserPool", &json!({"UserPoolId": POOL}))
        .done();
    assert_eq!(users(&read(&app, &Key::default(), "").ok()), []);
}

#[test]
fn the_command_line_shows_it_beside_a_running_server() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    let mut server = tool.serve("--seed seed.json --limits off --log-format json");
    let client = server.client();
    send_code(&client, WEB, "ana");
    send_code(&client, ELSEWHERE, "ben");
    let printed = |arguments: &str| {
        let outcome = tool.run(&format!("outbox {arguments}"));
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.stdout
    };
    let shown: Value = serde_json::from_str(&printed("--json")).unwrap();
    assert_eq!(users(&shown), [(POOL, "ana"), (OTHER_POOL, "ben")]);
    let code = shown["Messages"][0]["Code"].as_str().unwrap();
    let lines = printed("");
    let first = lines.lines().next().unwrap();
    assert!(
        first.ends_with(&format!(
            "  {POOL}  ana  EMAIL ana@example.com  Authentication  {code}"
        )),
        "{first}"
    );
    assert_eq!(lines.lines().count(), 2);
    assert_eq!(printed(&format!("--pool {POOL}")), format!("{first}\n"));
    assert_eq!(printed("--username ana@example.com"), format!("{first}\n"));
    for nobody in [
        "--pool us-east-1_Nowhere01",
        "--username nobody",
        "--pool us-east-1_Outbox001 --username nobody",
    ] {
        let outcome = tool.run(&format!("outbox {nobody}"));
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (1, ""),
            "{outcome:?}"
        );
        let name = nobody.split(' ').next_back().unwrap();
        assert!(
            outcome.stderr.contains("there is no user") && outcome.stderr.contains(name),
            "{outcome:?}"
        );
    }
    let outcome = tool.run(&format!("outbox --pool {POOL} --username ben@example.org"));
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, ""),
        "{outcome:?}"
    );
    assert!(outcome.stderr.starts_with("No message."), "{outcome:?}");
    let empty: Value =
        serde_json::from_str(&printed(&format!("--json --pool {POOL} --username ben"))).unwrap();
    assert_eq!(empty, json!({"Messages": [], "LastId": 0}));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = server.rest();
    assert!(log.contains("InitiateAuth") && !log.contains(code), "{log}");
    assert_eq!(printed("").lines().count(), 2);
}

#[test]
fn a_registry_that_cannot_be_read_is_reported() {
    let tool = Tool::new();
    let outcome = tool.run("outbox");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(!tool.path("data").exists(), "reading creates nothing");
    let outcome = tool.run("outbox --database :memory:");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let path = tool.path("old.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(
        "PRAGMA application_id = 1349480300; PRAGMA user_version = 4; CREATE TABLE pools (id TEXT)",
    )
    .unwrap();
    let outcome = tool.run("outbox --database old.db");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("schema version 4, made by an older Poolhouse"),
        "{outcome:?}"
    );
}
