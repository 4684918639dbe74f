//! `serve`: its start, its end and its log.

use std::os::unix::net::UnixDatagram;

use serde_json::{Value, json};

use crate::world::{
    INVALID_REFRESH_TOKEN, PASSWORD, POOL, Pool, Server, Tool, User, WEB, device, registry, sign_in,
};

#[test]
fn the_start_says_what_was_taken() {
    let tool = Tool::new();
    let server = tool.serve("--database :memory:");
    assert_eq!(server.told("Database"), ":memory:");
    let port: u16 = server
        .told("Listening")
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert_ne!(port, 0);
    assert!(!tool.path("data").exists());
}

#[test]
fn an_address_in_use_is_reported() {
    let tool = Tool::new();
    let server = tool.serve("--database :memory:");
    let address = server.address().to_owned();
    let outcome = tool.run(&format!("serve --database :memory: --listen {address}"));
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .starts_with(&format!("poolhouse: cannot listen on {address}: ")),
        "{outcome:?}"
    );
    let outcome = tool.run(&format!("serve --listen {address}"));
    assert_eq!(outcome.code, 1);
    assert!(!tool.path("data").exists(), "the new registry is removed");
}

#[test]
fn the_shipped_key_is_refused_beyond_loopback() {
    let outcome = Tool::new().run("serve --listen 0.0.0.0:0 --database :memory:");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome
            .stderr
            .starts_with("poolhouse: settings: listen (--listen): 0.0.0.0:0 can be reached"),
        "{outcome:?}"
    );
}

#[test]
fn sigterm_and_interrupt_end_the_server_well() {
    for signal in ["TERM", "INT"] {
        let tool = Tool::new();
        let mut server = tool.serve("--log-format off");
        server.signal(signal);
        assert_eq!(server.wait(), Some(0));
        assert_eq!(server.next_line(), "Stopping.");
        assert_eq!(tool.run("check").code, 0);
    }
}

#[test]
fn a_supervisor_is_told_when_requests_are_answered_and_when_no_more() {
    let tool = Tool::new();
    let socket = tool.path("notify");
    let told = UnixDatagram::bind(&socket).unwrap();
    let next = || {
        let mut buffer = [0; 64];
        let length = told.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let mut command = tool.command("serve --listen 127.0.0.1:0 --log-format off");
    command.env("NOTIFY_SOCKET", &socket);
    let mut server = Server::start(command);
    assert_eq!(next(), "READY=1\n");
    server.signal("TERM");
    assert_eq!(next(), "STOPPING=1\n");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_supervisor_that_cannot_be_told_stops_nothing() {
    let tool = Tool::new();
    let mut command = tool.command("serve --listen 127.0.0.1:0 --log-format text");
    command.env("NOTIFY_SOCKET", tool.path("nowhere"));
    let mut server = Server::start(command);
    let line = server.next_line();
    assert!(
        line.contains("NOTIFY_SOCKET cannot be written to"),
        "{line}"
    );
}

#[test]
fn a_request_that_is_under_way_at_sigterm_is_answered() {
    use std::io::{Read, Write};
    let tool = Tool::new();
    let mut server = tool.serve("--log-format off");
    let address = server.address().to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let body = r#"{"AccessToken":"a"}"#;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
         AWSCognitoIdentityProviderService.GetUser\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(
        &go_on, b"HTTP/1.1 100 Continue\r\n\r\n",
        "the request is under way"
    );
    server.signal("TERM");
    assert_eq!(server.next_line(), "Stopping.");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("Invalid Access Token"), "{answer}");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn each_request_writes_one_line_with_the_true_reason_and_no_secrets() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    let mut server = tool.serve("--seed seed.json --log-format json");
    let client = server.client();
    let input =
        |key: &str| json!({"UserPoolId": POOL, "Username": "diego@example.com", "DeviceKey": key});
    let answer = client.call("AdminGetDevice", &input(device::REMEMBERED));
    let line = server.next_line();
    let logged: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(logged["message"], "AdminGetDevice");
    assert_eq!(logged["request_id"], answer.header("x-amzn-requestid"));
    assert_eq!(
        (&logged["pool"], &logged["key"]),
        (&json!(POOL), &json!("test"))
    );
    assert_eq!(
        (&logged["status"], &logged["outcome"]),
        (&json!(200), &json!("ok"))
    );
    assert!(logged["duration_us"].is_u64());
    assert!(!line.contains("diego"), "usernames are sensitive: {line}");
    client.call("AdminGetDevice", &json!({"UserPoolId": "us-east-1_Test00003", "Username": "x", "DeviceKey": device::REMEMBERED}));
    let logged: Value = serde_json::from_str(&server.next_line()).unwrap();
    assert_eq!(logged["outcome"], "NotAuthorizedException");
    assert_eq!(
        logged["reason"],
        "the pool belongs to account 111111111111, the caller to 000000000000"
    );
}

#[test]
fn the_log_tells_why_a_refresh_token_of_a_device_does_not_count() {
    let tool = Tool::new();
    let pool = Pool::new(POOL)
        .tracking(true)
        .client(WEB)
        .user(User::new("ana").password(PASSWORD));
    tool.write_json("seed.json", &pool.into_seed());
    let mut server = tool.serve("--seed seed.json --limits off --log-format json");
    let client = server.client();
    let tokens = sign_in(&client, WEB, "ana")["AuthenticationResult"].clone();
    server.next_line();
    let key = tokens["NewDeviceMetadata"]["DeviceKey"].clone();
    let reasons = |server: &mut Server, key: &Value| {
        let parameters = json!({"REFRESH_TOKEN": tokens["RefreshToken"], "DEVICE_KEY": key});
        let by_flow = json!({"ClientId": WEB.id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters});
        let by_operation =
            json!({"ClientId": WEB.id, "RefreshToken": tokens["RefreshToken"], "DeviceKey": key});
        [
            ("InitiateAuth", by_flow),
            ("GetTokensFromRefreshToken", by_operation),
        ]
        .map(|(operation, input)| {
            let answer = client.call_open(operation, &input);
            answer.refused_as(INVALID_REFRESH_TOKEN);
            let logged: Value = serde_json::from_str(&server.next_line()).unwrap();
            logged["reason"].as_str().unwrap().to_owned()
        })
    };
    let never = "the device that it is bound to was issued and never confirmed";
    let told = reasons(&mut server, &Value::Null);
    let unsent_and_never = format!("no DEVICE_KEY was sent, and {never}");
    assert!(
        told.iter().all(|told| *told == unsent_and_never),
        "{told:?}"
    );
    assert_eq!(reasons(&mut server, &key), [never; 2]);
    let other = json!("us-east-1_cccccccc-0000-4000-8000-000000000009");
    let another = ["it is bound to another device"; 2];
    assert_eq!(reasons(&mut server, &other), another);
    let confirm = json!({"AccessToken": tokens["AccessToken"], "DeviceKey": key});
    client.call_open("ConfirmDevice", &confirm).ok();
    server.next_line();
    let unsent = ["no DEVICE_KEY was sent, and it is bound to a device"; 2];
    assert_eq!(reasons(&mut server, &Value::Null), unsent);
    assert_eq!(reasons(&mut server, &other), another);
}

#[test]
fn a_log_for_people_is_text() {
    let tool = Tool::new();
    let mut server = tool.serve("--log-format text");
    let client = server.client();
    client.call(
        "AdminListDevices",
        &json!({"UserPoolId": POOL, "Username": "x"}),
    );
    let line = server.next_line();
    assert!(
        line.contains(" INFO AdminListDevices status=400 "),
        "{line}"
    );
    assert!(
        line.contains(r#"outcome="ResourceNotFoundException""#),
        "{line}"
    );
}
