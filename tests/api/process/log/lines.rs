//! The line of a request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{address, unfinished};
use crate::world::{
    Client, DISCREET, Key, PASSWORD, POOL, Pool, Server, TEMPORARY, Tool, User, WEB,
    WRONG_PASSWORD, hides_users,
};

/// The members of a request's line, without those that differ from run to run.
fn logged(server: &mut Server) -> Value {
    let line = server.next_line();
    let mut line: Value = serde_json::from_str(&line).unwrap();
    let members = line.as_object_mut().unwrap();
    assert!(members.remove("timestamp").unwrap().is_string());
    assert!(members.remove("duration_us").unwrap().is_u64());
    if let Some(id) = members.remove("request_id") {
        assert_eq!(id.as_str().unwrap().len(), 36);
    }
    line
}

fn served() -> (Tool, Server, Client) {
    let tool = Tool::new();
    let pool = Pool::new(POOL)
        .tracking(true)
        .mfa(json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true},
            "EmailMfaConfiguration": {}}))
        .client(WEB)
        .client_with(DISCREET, hides_users())
        .user(
            User::new("ana")
                .password(PASSWORD)
                .attribute("email", "ana@example.com"),
        )
        .user(User::new("ben").temporary_password(PASSWORD));
    tool.write_json("seed.json", &pool.into_seed());
    let server = tool.serve("--seed seed.json --limits off --log-format json");
    let client = server.client();
    (tool, server, client)
}

#[test]
fn a_line_tells_who_signed_in_through_what_and_how_far() {
    let (_tool, mut server, client) = served();
    let sign_in = |user: &str, password: &str| {
        client.call_open(
            "InitiateAuth",
            &json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": {"USERNAME": user, "PASSWORD": password}}),
        )
    };
    let tokens = sign_in("ana", PASSWORD).ok();
    assert_eq!(
        logged(&mut server),
        json!({"level": "INFO", "message": "InitiateAuth", "status": 200, "outcome": "ok", "source_ip": "127.0.0.1",
            "pool": POOL, "client": WEB.id, "flow": "USER_PASSWORD_AUTH", "next": "tokens"})
    );
    sign_in("ana", "wrong");
    assert_eq!(
        logged(&mut server),
        json!({"level": "INFO", "message": "InitiateAuth", "status": 400, "outcome": "NotAuthorizedException",
            "reason": "the password is wrong", "source_ip": "127.0.0.1", "pool": POOL, "client": WEB.id,
            "flow": "USER_PASSWORD_AUTH"})
    );
    sign_in("nobody", PASSWORD);
    assert_eq!(logged(&mut server)["reason"], "User does not exist.");
    let asked = sign_in("ben", PASSWORD).ok();
    assert_eq!(logged(&mut server)["next"], "NEW_PASSWORD_REQUIRED");
    let answer = json!({"ClientId": WEB.id, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"],
        "ChallengeResponses": {"USERNAME": "ben", "NEW_PASSWORD": TEMPORARY}});
    client.call_open("RespondToAuthChallenge", &answer).ok();
    assert_eq!(
        logged(&mut server),
        json!({"level": "INFO", "message": "RespondToAuthChallenge", "status": 200, "outcome": "ok",
            "source_ip": "127.0.0.1", "pool": POOL, "client": WEB.id, "challenge": "NEW_PASSWORD_REQUIRED",
            "next": "tokens"})
    );
    let access = json!({"AccessToken": tokens["AuthenticationResult"]["AccessToken"]});
    client.call_open("GetUser", &access).ok();
    assert_eq!(
        logged(&mut server),
        json!({"level": "INFO", "message": "GetUser", "status": 200, "outcome": "ok", "source_ip": "127.0.0.1",
            "pool": POOL, "client": WEB.id})
    );
    let unknown =
        json!({"ClientId": "nosuchclient", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {}});
    client.call_open("InitiateAuth", &unknown);
    assert_eq!(
        logged(&mut server),
        json!({"level": "INFO", "message": "InitiateAuth", "status": 400, "outcome": "ResourceNotFoundException",
            "reason": "there is no such client", "source_ip": "127.0.0.1", "flow": "USER_PASSWORD_AUTH"}),
        "an id that is no client's can be anything"
    );
}

#[test]
fn a_line_names_the_pool_that_an_arn_names_unless_it_cannot_be_one_here() {
    let (_tool, mut server, client) = served();
    for (resource, pool, outcome) in [
        (format!("userpool/{POOL}"), json!(POOL), "ok"),
        (
            "userpool/us-east-1_Nowhere01".to_owned(),
            json!("us-east-1_Nowhere01"),
            "ResourceNotFoundException",
        ),
        (
            "userpool/eu-west-1_Elsewhere".to_owned(),
            Value::Null,
            "ResourceNotFoundException",
        ),
        (
            "userpool/us-east-1_A/B".to_owned(),
            Value::Null,
            "InvalidParameterException",
        ),
    ] {
        let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:{resource}");
        client.call("ListTagsForResource", &json!({"ResourceArn": arn}));
        let line = logged(&mut server);
        assert_eq!((&line["pool"], &line["outcome"]), (&pool, &json!(outcome)));
    }
}

#[test]
fn the_log_knows_why_where_the_caller_must_not() {
    let (_tool, mut server, client) = served();
    for (user, reason) in [
        ("ana", "the password is wrong"),
        ("nobody", "there is no such user"),
    ] {
        let input = json!({"ClientId": DISCREET.id, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": user, "PASSWORD": "wrong"}});
        let answer = client.call_open("InitiateAuth", &input);
        answer.refused_as(WRONG_PASSWORD);
        assert_eq!(logged(&mut server)["reason"], reason);
    }
}

#[test]
fn a_wrong_signature_shows_whose_key_was_tried() {
    let (_tool, mut server, client) = served();
    client.call_as(&Key::new("test", "guessed"), "ListUserPools", &json!({}));
    let line = logged(&mut server);
    assert_eq!(line["outcome"], "InvalidSignatureException");
    assert_eq!(line["key"], "test");
    client.call_as(&Key::new("nobody", "guessed"), "ListUserPools", &json!({}));
    let line = logged(&mut server);
    assert_eq!(line["reason"], "unknown access key");
    assert_eq!(line.get("key"), None);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of all endpoints")]
fn every_request_of_every_endpoint_has_a_line() {
    let (_tool, mut server, client) = served();
    let url = server.told("Listening").to_owned();
    let keys = format!("/{POOL}/.well-known/jwks.json");
    let discovery = format!("/{POOL}/.well-known/openid-configuration");
    let unknown = "there is no such path";
    for (method, path, message, status, shown, more) in [
        (
            "GET",
            "/_poolhouse/health",
            "health",
            200,
            "/_poolhouse/health",
            json!({}),
        ),
        (
            "GET",
            "/_poolhouse/ready?x=secret",
            "ready",
            200,
            "/_poolhouse/ready",
            json!({}),
        ),
        ("GET", &keys, "jwks", 200, &keys, json!({"pool": POOL})),
        (
            "GET",
            &discovery,
            "openid-configuration",
            200,
            &discovery,
            json!({"pool": POOL}),
        ),
        (
            "GET",
            "/us-east-1_Nowhere01/.well-known/jwks.json",
            "jwks",
            404,
            "/us-east-1_Nowhere01/.well-known/jwks.json",
            json!({"outcome": "ResourceNotFoundException", "reason": "there is no such pool"}),
        ),
        (
            "GET",
            "/_poolhouse/outbox",
            "ReadOutbox",
            400,
            "/_poolhouse/outbox",
            json!({"outcome": "MissingAuthenticationTokenException", "reason": "Missing Authentication Token"}),
        ),
        (
            "GET",
            "/_poolhouse/import-log",
            "ReadImportLog",
            400,
            "/_poolhouse/import-log",
            json!({"outcome": "MissingAuthenticationTokenException", "reason": "Missing Authentication Token"}),
        ),
        (
            "PUT",
            "/_poolhouse/import/000000000000/us-east-1_Nowhere01/import-aB3dE6gH9j?X-Amz-Signature=secret",
            "UploadImportFile",
            403,
            "/_poolhouse/import/*/us-east-1_Nowhere01/*",
            json!({"outcome": "InvalidSignatureException", "reason": "there is no such job"}),
        ),
        ("OPTIONS", "/", "preflight", 200, "/", json!({})),
        (
            "GET",
            "/wp-login.php?user=ana",
            "unknown",
            404,
            "/wp-login.php",
            json!({"outcome": "UnknownOperationException", "reason": unknown}),
        ),
        (
            "GET",
            "/%ff%1b/x",
            "unknown",
            404,
            "/*/x",
            json!({"outcome": "UnknownOperationException", "reason": unknown}),
        ),
        (
            "PUT",
            "/",
            "unknown",
            404,
            "/",
            json!({"outcome": "UnknownOperationException", "reason": "operations are called by POST"}),
        ),
        (
            "POST",
            "/_poolhouse/health",
            "unknown",
            405,
            "/_poolhouse/health",
            json!({"outcome": "UnknownOperationException", "reason": "the path does not have this method"}),
        ),
        (
            "POST",
            "/",
            "unknown",
            404,
            "/",
            json!({"outcome": "UnknownOperationException", "reason": "the content type is not JSON"}),
        ),
    ] {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{url}{path}"));
        let answer = client.send(request.body(Vec::new()).unwrap());
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("x-amzn-requestid").len(), 36);
        let mut expected = json!({"level": "INFO", "message": message, "status": status, "outcome": "ok",
            "method": method, "path": shown, "source_ip": "127.0.0.1"});
        for (name, value) in more.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(logged(&mut server), expected);
    }
}

#[test]
fn an_operation_that_the_model_does_not_have_is_named() {
    let (_tool, mut server, client) = served();
    let prefix = "AWSCognitoIdentityProviderService.";
    let newer =
        "the API's model, that of botocore 1.44.8 of 2026-11-20, has no operation of this name";
    for (target, named, reason) in [
        (
            format!("{prefix}ListThingsToCome"),
            Some("ListThingsToCome"),
            newer,
        ),
        (
            format!("{prefix}CancelPointInTimeTravel"),
            Some("CancelPointInTimeTravel"),
            newer,
        ),
        (
            format!("{prefix}{PASSWORD}"),
            None,
            "the target names no operation",
        ),
        (
            format!("{prefix}ZenobiaTheHidden"),
            None,
            "the target names no operation",
        ),
        (
            format!("{prefix}List\u{1b}[2J"),
            None,
            "the header X-Amz-Target is missing",
        ),
        (
            "AWSCognitoIdentityService.GetId".to_owned(),
            None,
            "the target is of another service",
        ),
    ] {
        let mut request = client.request("GetUser", "{}");
        let Ok(value) = target.parse() else {
            continue;
        };
        request.headers_mut().insert("x-amz-target", value);
        client.send(request);
        let line = logged(&mut server);
        assert_eq!(line["reason"], reason, "{target}");
        assert_eq!(line["target"].as_str(), named, "{target}");
        assert_eq!(line["message"], "unknown");
    }
}

#[test]
fn a_connection_that_sends_no_whole_request_has_a_line() {
    let (_tool, mut server, _client) = served();
    drop(TcpStream::connect(address(&server)).unwrap());
    let expected = json!({"level": "INFO", "message": "connection", "outcome": "no whole request",
        "source_ip": "127.0.0.1"});
    assert_eq!(logged(&mut server), expected);
    let mut stream = TcpStream::connect(address(&server)).unwrap();
    stream.write_all(b"GET / HTTP/9\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(logged(&mut server), expected);
}

#[test]
fn a_request_whose_client_goes_away_has_a_line() {
    let (_tool, mut server, _client) = served();
    drop(unfinished(&server));
    let line = logged(&mut server);
    assert_eq!(line["message"], "GetUser");
    assert_ne!(line["outcome"], "ok");
}

#[test]
fn start_and_stop_are_json_as_well() {
    let tool = Tool::new();
    let mut command = tool.command("serve --listen 127.0.0.1:0 --demo");
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(tool.path("stderr")).unwrap());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut messages = Vec::new();
    for line in lines.by_ref() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        messages.push(line["message"].as_str().unwrap().to_owned());
        if line["message"] == "Ready." {
            let id = child.id().to_string();
            let sent = std::process::Command::new("kill").arg(id).status();
            assert!(sent.unwrap().success());
        }
    }
    assert_eq!(messages, ["Database", "Listening", "Ready.", "Stopping."]);
    assert!(child.wait().unwrap().success());
    let people = std::fs::read_to_string(tool.path("stderr")).unwrap();
    assert!(people.contains("Paste into another terminal"), "{people}");
}
