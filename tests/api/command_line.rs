//! The command line, as an operator sees it.

use std::process::Command;

use serde_json::{Value, json};

use crate::app::{Client, POOL, device, registry};
use crate::tool::{Server, Tool};

#[test]
fn the_demo_answers_at_once_and_seeds_nothing_twice() {
    let tool = Tool::new();
    let demo = json!({"UserPoolId": "us-east-1_PoolDemo1", "Username": "diego",
        "DeviceKey": "us-east-1_3f2a9c1e-7b64-4d0a-9e55-0c8b1d6f2a47"});
    let server = tool.serve("--demo --log-format text");
    assert_eq!(server.start.last().unwrap(), "Ready.");
    for printed in ["UserPoolId", "Username", "DeviceKey"].map(|name| demo[name].as_str().unwrap())
    {
        assert!(
            server.start.iter().any(|line| line.contains(printed)),
            "{printed} is printed"
        );
    }
    let client = Client::of(server.told("Listening"));
    client.call("AdminGetDevice", &demo).ok();
    assert_eq!(client.call("AdminForgetDevice", &demo).status, 200);
    let sign_in = |client: &Client, password: &str| {
        let parameters = json!({"USERNAME": "diego", "PASSWORD": password});
        client.call(
            "InitiateAuth",
            &json!({"ClientId": "poolhousedemoclient0000001", "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": parameters}),
        )
    };
    assert_eq!(server.told("Client"), "poolhousedemoclient0000001");
    let password = server.told("Password").to_owned();
    let tokens = sign_in(&client, &password).ok()["AuthenticationResult"].clone();
    let change = json!({"AccessToken": tokens["AccessToken"], "PreviousPassword": password,
        "ProposedPassword": "Another-Password-1"});
    client.call("ChangePassword", &change).ok();
    drop(server);
    let server = tool.serve("--demo --log-format text");
    let client = Client::of(server.told("Listening"));
    assert_eq!(
        client.call("AdminGetDevice", &demo).refusal().1,
        "Device does not exist.",
        "what was forgotten stays so"
    );
    assert_eq!(
        sign_in(&client, "Another-Password-1").status,
        200,
        "what was changed stays so"
    );
    // Another device of the user is shown in place of the forgotten one, and no password that is not the user's.
    let other = server.told("Device").to_owned();
    assert_ne!(other, demo["DeviceKey"]);
    let shown =
        json!({"UserPoolId": "us-east-1_PoolDemo1", "Username": "diego", "DeviceKey": other});
    client.call("AdminGetDevice", &shown).ok();
    let lines = server.start.join("\n");
    assert!(
        lines.contains("Password   changed since the demo was seeded"),
        "{lines}"
    );
    assert!(
        !lines.contains(&password) && !lines.contains("initiate-auth"),
        "{lines}"
    );
    assert!(
        lines.contains("delete data/poolhouse.db and start again"),
        "{lines}"
    );
}

#[test]
fn the_demo_prints_what_is_left_of_it() {
    let tool = Tool::new();
    let server = tool.serve("--demo --log-format text");
    assert!(
        !server
            .start
            .join("\n")
            .contains("since the demo was seeded")
    );
    let client = Client::of(server.told("Listening"));
    let pool = "us-east-1_PoolDemo1";
    let user = json!({"UserPoolId": pool, "Username": "diego"});
    client.call("AdminDeleteUser", &user).done();
    let app = json!({"UserPoolId": pool, "ClientId": server.told("Client")});
    client.call("DeleteUserPoolClient", &app).done();
    drop(server);
    let server = tool.serve("--demo --log-format text");
    assert!(server.start.contains(&format!("User pool  {pool}")));
    for gone in ["Client     ", "User       "] {
        assert!(
            server
                .start
                .contains(&format!("{gone}gone since the demo was seeded"))
        );
    }
    let lines = server.start.join("\n");
    assert!(!lines.contains("aws cognito-idp"), "{lines}");
}

#[test]
fn the_demo_follows_the_settings() {
    let tool = Tool::new();
    let server =
        tool.serve("--demo --log-format text --region eu-central-1 --account 123456789012");
    let lines = server.start.join("\n");
    assert!(
        lines.contains("--region eu-central-1") && lines.contains("eu-central-1_PoolDemo1"),
        "{lines}"
    );
    let mut command =
        tool.command("serve --demo --listen 127.0.0.1:0 --database own.db --log-format text");
    command
        .env("POOLHOUSE_ACCESS_KEY_ID", "AKIAOWN")
        .env("POOLHOUSE_SECRET_ACCESS_KEY", "my-own-secret");
    let lines = Server::start(command).start.join("\n");
    assert!(
        lines.contains("AKIAOWN") && !lines.contains("my-own-secret"),
        "a secret of one's own is not printed: {lines}"
    );
}

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
    let address = server
        .told("Listening")
        .trim_start_matches("http://")
        .to_owned();
    let outcome = tool.run(&format!("serve --database :memory: --listen {address}"));
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .starts_with(&format!("poolhouse: cannot listen on {address}: ")),
        "{outcome:?}"
    );
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
fn a_request_that_is_under_way_at_sigterm_is_answered() {
    use std::io::{Read, Write};
    let tool = Tool::new();
    let mut server = tool.serve("--log-format off");
    let address = server
        .told("Listening")
        .trim_start_matches("http://")
        .to_owned();
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
    let client = Client::of(server.told("Listening"));
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
    const CLIENT: &str = "web00000000000000000000001";
    let tool = Tool::new();
    let seed = json!({
        "UserPool": {"Id": POOL, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}},
        "Clients": [{"ClientId": CLIENT, "ClientName": "web", "ExplicitAuthFlows":
            ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}],
        "Users": [{"Username": "ana", "Password": "Tulip-Kettle-4417"}],
    });
    tool.write_json("seed.json", &seed);
    let mut server = tool.serve("--seed seed.json --limits off --log-format json");
    let client = Client::of(server.told("Listening"));
    let parameters = json!({"USERNAME": "ana", "PASSWORD": "Tulip-Kettle-4417"});
    let input =
        json!({"ClientId": CLIENT, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let tokens = client.call_open("InitiateAuth", &input).ok()["AuthenticationResult"].clone();
    server.next_line();
    let key = tokens["NewDeviceMetadata"]["DeviceKey"].clone();
    let reasons = |server: &mut Server, key: &Value| {
        let parameters = json!({"REFRESH_TOKEN": tokens["RefreshToken"], "DEVICE_KEY": key});
        let by_flow = json!({"ClientId": CLIENT, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters});
        let by_operation =
            json!({"ClientId": CLIENT, "RefreshToken": tokens["RefreshToken"], "DeviceKey": key});
        [
            ("InitiateAuth", by_flow),
            ("GetTokensFromRefreshToken", by_operation),
        ]
        .map(|(operation, input)| {
            let answer = client.call_open(operation, &input);
            answer.refused("NotAuthorizedException", "Invalid Refresh Token");
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
    let client = Client::of(server.told("Listening"));
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

#[test]
fn health_asks_a_running_server() {
    let tool = Tool::new();
    let server = tool.serve("--database :memory:");
    let address = server
        .told("Listening")
        .trim_start_matches("http://")
        .to_owned();
    let outcome = tool.run(&format!("health --listen {address}"));
    assert_eq!(
        (outcome.code, outcome.stdout),
        (0, format!("{address} answers requests.\n"))
    );
    drop(server);
    let outcome = tool.run(&format!("health --listen {address}"));
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .starts_with(&format!("poolhouse: no answer from {address}: ")),
        "{outcome:?}"
    );
}

#[test]
fn a_server_that_cannot_read_its_registry_is_not_ready() {
    let tool = Tool::new();
    let server = tool.serve("--log-format off");
    let file = rusqlite::Connection::open(tool.path("data/poolhouse.db")).unwrap();
    file.execute("ALTER TABLE pools RENAME TO away", [])
        .unwrap();
    let address = server.told("Listening").trim_start_matches("http://");
    let outcome = tool.run(&format!("health --listen {address}"));
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("is not ready: HTTP/1.1 503"),
        "{outcome:?}"
    );
}

#[test]
fn check_says_what_it_found() {
    let tool = Tool::new();
    let outcome = tool.run("check");
    assert_eq!(outcome.code, 0);
    assert!(
        outcome.stdout.contains(
            "data/poolhouse.db: there is no such file; `poolhouse serve` makes it if it can"
        ),
        "{outcome:?}"
    );
    assert!(!tool.path("data").exists(), "checking changes nothing");
    tool.write_json("seed.json", &registry());
    let outcome = tool.run("check --database seed.json/no.db");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome.stdout.contains("there is no such file"),
        "{outcome:?}"
    );
    tool.run("seed apply --create seed.json");
    let outcome = tool.run("check");
    assert_eq!(outcome.code, 0);
    assert!(
        outcome
            .stdout
            .contains("ok: schema version 12, 3 pools, 4 users, 6 devices\n"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains(&format!("Pool       {POOL} ok\n")));
    let outcome = tool.run("check --region eu-west-1");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stdout
            .contains(&format!("{POOL} is not of Region eu-west-1")),
        "{outcome:?}"
    );
    let file = rusqlite::Connection::open(tool.path("data/poolhouse.db")).unwrap();
    let both = r#"UPDATE pools SET settings = json_set(settings, '$.AliasAttributes', json('["email"]'), '$.UsernameAttributes', json('["email"]'))"#;
    file.execute(both, []).unwrap();
    let outcome = tool.run("check");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stdout
            .contains("Only one of the aliasAttributes or usernameAttributes"),
        "{outcome:?}"
    );
    assert_eq!(
        outcome.stderr,
        "poolhouse: 3 pools have a configuration that cannot be served\n"
    );
}

/// The operations that have a handler.
const SERVED: &[&str] = &[
    "AddCustomAttributes",
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDeleteSoftwareToken",
    "AdminDeleteUser",
    "AdminDeleteUserAttributes",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminForgetDevice",
    "AdminGetDevice",
    "AdminGetUser",
    "AdminInitiateAuth",
    "AdminListDevices",
    "AdminRespondToAuthChallenge",
    "AdminSetUserMFAPreference",
    "AdminSetUserPassword",
    "AdminUpdateDeviceStatus",
    "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut",
    "AssociateSoftwareToken",
    "ChangePassword",
    "ConfirmDevice",
    "CreateUserPool",
    "CreateUserPoolClient",
    "DeleteUser",
    "DeleteUserAttributes",
    "DeleteUserPool",
    "DeleteUserPoolClient",
    "DescribeUserPool",
    "DescribeUserPoolClient",
    "ForgetDevice",
    "GetDevice",
    "GetTokensFromRefreshToken",
    "GetUser",
    "GetUserPoolMfaConfig",
    "GlobalSignOut",
    "InitiateAuth",
    "ListDevices",
    "ListUserPoolClients",
    "ListUserPools",
    "ListUsers",
    "RespondToAuthChallenge",
    "RevokeToken",
    "SetUserMFAPreference",
    "SetUserPoolMfaConfig",
    "UpdateDeviceStatus",
    "UpdateUserAttributes",
    "UpdateUserPool",
    "UpdateUserPoolClient",
    "VerifySoftwareToken",
];

#[test]
fn operations_lists_all_153_and_says_which_are_served() {
    let tool = Tool::new();
    let all = tool.run("operations").stdout;
    assert_eq!(all.lines().count(), 1 + 153 + 1);
    let count = format!(
        "{} of 153 operations are served. The API is that of botocore 1.44.8 of 2026-11-20.",
        SERVED.len()
    );
    let heading: Vec<&str> = all.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        heading,
        ["Operation", "Served", "Signed", "Quota", "category"]
    );
    assert_eq!(all.lines().last(), Some(count.as_str()));
    let served = tool.run("operations --served").stdout;
    let names: Vec<&str> = served
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(&names[1..names.len() - 1], SERVED);
    assert_eq!(names.last(), Some(&SERVED.len().to_string().as_str()));
}

#[test]
fn every_command_explains_itself() {
    let tool = Tool::new();
    for command in [
        "",
        "serve",
        "backup",
        "check",
        "compact",
        "health",
        "operations",
        "outbox",
        "seed",
        "seed apply",
        "seed export",
        "seed generate",
    ] {
        let outcome = tool.run(&format!("{command} --help"));
        assert_eq!(outcome.code, 0, "{command}");
        assert!(
            outcome.stdout.contains("Usage: poolhouse") && outcome.stdout.lines().count() > 5,
            "{outcome:?}"
        );
    }
    assert_eq!(
        tool.run("--version").stdout,
        format!("poolhouse {}\n", env!("CARGO_PKG_VERSION"))
    );
    for usage in [
        "",
        "nonsense",
        "serve --nonsense",
        "seed generate --users many",
    ] {
        assert_eq!(tool.run(usage).code, 2, "{usage}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let tool = Tool::new();
    let binary = env!("CARGO_BIN_EXE_poolhouse");
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{binary} operations | head -1"))
        .output()
        .unwrap();
    assert!(
        status.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&status.stderr)
    );
    drop(tool);
}
