//! `poolhouse copy`: a registry moves to another engine, and nobody notices.

use serde_json::{Value, json};

use crate::world::{
    Client, Device, OwnDatabase, PASSWORD, POOL, Pool, THIRD, Tool, User, WEB, access_token,
    confirm_device, device_of, initiate, prove_device, sign_in, sign_in_by_password, token,
};

const SERVE: &str = "--limits off --log-format off";

fn seed() -> Value {
    Pool::new(POOL)
        .tracking(true)
        .client(WEB)
        .user(
            User::new("ana")
                .password(PASSWORD)
                .verified_email("ana@example.com")
                .attribute("nickname", "a\0b\u{1}c \u{10000}"),
        )
        .user(User::new("ben").password(PASSWORD))
        .into_seed()
}

/// What a client has before the registry moves.
struct Before {
    tokens: Value,
    device: Device,
    /// A challenge that is under way on the device.
    asked: Value,
    /// What the server sent to whoever has forgotten the password.
    code: String,
    shown: Value,
}

impl Before {
    fn of(client: &Client) -> Self {
        let tokens = sign_in(client, WEB, "ana");
        let device = Device::issued(&tokens);
        confirm_device(client, &access_token(&tokens), &device).ok();
        let status = json!({"AccessToken": access_token(&tokens), "DeviceKey": device.key,
            "DeviceRememberedStatus": "remembered"});
        client.call("UpdateDeviceStatus", &status).ok();
        let with_device = [("DEVICE_KEY", device.key.as_str())];
        let asked = sign_in_by_password(client, WEB, "ana", PASSWORD, &with_device).ok();
        let forgotten = json!({"ClientId": WEB.id, "Username": "ana"});
        client.call("ForgotPassword", &forgotten).ok();
        let outbox = client.get_signed("/_poolhouse/outbox?Username=ana").ok();
        let messages = outbox["Messages"].as_array().unwrap();
        let code = messages.last().unwrap()["Code"].as_str().unwrap();
        Self {
            code: code.to_owned(),
            shown: shown(client, &device),
            tokens,
            device,
            asked,
        }
    }
}

/// What is told of Ana and her device.
fn shown(client: &Client, device: &Device) -> Value {
    let ana = json!({"UserPoolId": POOL, "Username": "ana"});
    json!([
        client.call("AdminGetUser", &ana).ok(),
        client
            .call("AdminGetDevice", &device_of(POOL, "ana", &device.key))
            .ok(),
        client
            .call("DescribeUserPool", &json!({"UserPoolId": POOL}))
            .ok(),
    ])
}

/// Has the registry copied.
fn copy(tool: &Tool, from: &str, to: &str) {
    let outcome = tool.run(&format!("copy --from {from} --to {to}"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let agree = "the numbers and digests of both agree\n";
    assert!(outcome.stdout.ends_with(agree), "{outcome:?}");
    let users = outcome
        .stdout
        .lines()
        .find(|line| line.starts_with("users "));
    assert!(users.unwrap().contains(" 2 rows, "), "{outcome:?}");
}

fn export(tool: &Tool, database: &str) -> String {
    let outcome = tool.run(&format!("seed export --with-keys --database {database}"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.stdout
}

fn check(tool: &Tool, database: &str) {
    let outcome = tool.run(&format!("check --deep --database {database}"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

/// Refreshes the client's token.
fn refresh(client: &Client, before: &Before) {
    let parameters = json!({"REFRESH_TOKEN": token(&before.tokens, "RefreshToken"), "DEVICE_KEY": before.device.key});
    let fresh = initiate(client, WEB, "REFRESH_TOKEN_AUTH", parameters).ok();
    let access_token = json!({"AccessToken": access_token(&fresh)});
    client.call_open("GetUser", &access_token).ok();
}

#[test]
fn who_was_signed_in_stays_so_where_the_registry_moves_to_postgresql_and_back() {
    let tool = Tool::new();
    tool.apply_seed(&seed());
    let mut server = tool.serve(SERVE);
    let before = Before::of(&server.client());
    server.signal("TERM");
    server.wait();
    let database = OwnDatabase::empty();
    copy(&tool, "data/poolhouse.db", &database.address);
    check(&tool, &database.address);
    let exported = export(&tool, "data/poolhouse.db");
    assert_eq!(export(&tool, &database.address), exported);

    let mut server = tool.serve(&format!("{SERVE} --database {}", database.address));
    let client = server.client();
    assert_eq!(shown(&client, &before.device), before.shown);
    refresh(&client, &before);
    let proved = prove_device(&client, WEB, &before.device, &before.asked);
    access_token(&proved.ok());
    let recovered = json!({"ClientId": WEB.id, "Username": "ana", "ConfirmationCode": before.code, "Password": THIRD});
    client.call("ConfirmForgotPassword", &recovered).ok();
    let messages = client.get_signed("/_poolhouse/outbox?Username=ana").ok();
    let last_id = messages["LastId"].as_i64().unwrap();
    for name in ["eva", "ida"] {
        let created = json!({"UserPoolId": POOL, "Username": name, "MessageAction": "SUPPRESS"});
        client.call("AdminCreateUser", &created).ok();
    }
    let gone = json!({"UserPoolId": POOL, "Username": "ben"});
    client.call("AdminDeleteUser", &gone).done();
    let gone = json!({"UserPoolId": POOL, "Username": "ida"});
    client.call("AdminDeleteUser", &gone).done();
    server.signal("TERM");
    server.wait();

    copy(&tool, &database.address, "back.db");
    check(&tool, "back.db");
    assert_eq!(export(&tool, "back.db"), export(&tool, &database.address));
    let server = tool.serve(&format!("{SERVE} --database back.db"));
    let client = server.client();
    sign_in_by_password(&client, WEB, "ana", THIRD, &[]).ok();
    let forgotten = json!({"ClientId": WEB.id, "Username": "ana"});
    client.call("ForgotPassword", &forgotten).ok();
    let messages = client.get_signed("/_poolhouse/outbox?Username=ana").ok();
    assert!(messages["LastId"].as_i64().unwrap() > last_id);
}

#[test]
fn a_registry_is_copied_to_where_nothing_is() {
    let tool = Tool::new();
    tool.apply_seed(&seed());
    let database = OwnDatabase::empty();
    let address = &database.address;
    copy(&tool, "data/poolhouse.db", address);
    copy(&tool, address, "other.db");
    let before = export(&tool, address);
    for (from, to, named) in [
        ("data/poolhouse.db", address.as_str(), "/registry_"),
        (address.as_str(), "other.db", "other.db: "),
        ("other.db", "other.db", "other.db: "),
    ] {
        let outcome = tool.run(&format!("copy --from {from} --to {to}"));
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(outcome.stderr.contains(named), "{outcome:?}");
        let why = "it is not empty (table pools); a registry is copied to a new file or an empty database";
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
    assert_eq!(export(&tool, address), before);
    // A file that was made for nothing goes again.
    let outcome = tool.run("copy --from missing.db --to new.db");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(
        outcome.stderr.contains("missing.db: there is no such file"),
        "{outcome:?}"
    );
    tool.write("other", "no database");
    let outcome = tool.run("copy --from other --to new.db");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(!tool.path("new.db").exists());
    let outcome = tool.run("copy");
    assert_eq!(outcome.code, 2, "{outcome:?}");
}

#[test]
fn the_setting_names_the_end_that_is_not_given() {
    let tool = Tool::new();
    tool.apply_seed(&seed());
    let database = OwnDatabase::empty();
    let mut command = tool.command("copy --from data/poolhouse.db");
    command.env("POOLHOUSE_DATABASE", &database.address);
    assert!(command.output().unwrap().status.success());
    let exported = export(&tool, "data/poolhouse.db");
    assert_eq!(export(&tool, &database.address), exported);
}
