//! `serve --demo`.

use serde_json::json;

use crate::world::{Client, Server, Tool};

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
    let client = server.client();
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
    let client = server.client();
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
    // The demo shows another device of the user instead of the forgotten one, and no password if it is not the user's.
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
    let client = server.client();
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
fn the_demo_tells_where_its_console_is() {
    let server = Tool::new().serve("--demo --log-format text");
    let mut page = ureq::get(server.told("Console")).call().unwrap();
    let page = page.body_mut().read_to_string().unwrap();
    assert!(page.contains("<title>Poolhouse</title>"), "{page}");
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
