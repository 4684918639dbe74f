//! `seed generate`.

use serde_json::json;

use crate::world::{
    AppClient, Device, PASSWORD, Tool, WRONG_PASSWORD, access_token, prove_device, sign_in_by_srp,
};

#[test]
fn a_generated_registry_is_the_same_for_the_same_numbers_and_grows_with_them() {
    let (here, there) = (Tool::new(), Tool::new());
    let outcome = here.run("seed generate --create --users 300 --devices-per-user 2");
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 901 created, 0 updated, 0 unchanged in pool us-east-1_Generated\n"
    );
    assert_eq!(outcome.stderr, "100 %  300 users, 600 devices\n");
    there.run("seed generate --create --users 300 --devices-per-user 2");
    let keys = |tool: &Tool| -> Vec<String> {
        let exported = tool.export();
        let users = exported["UserPools"][0]["Users"]
            .as_array()
            .unwrap()
            .clone();
        users
            .iter()
            .flat_map(|user| user["Devices"].as_array().unwrap())
            .map(|device| device["DeviceKey"].to_string())
            .collect()
    };
    assert_eq!(keys(&here).len(), 600);
    assert_eq!(keys(&here), keys(&there));
    let outcome = here.run("seed generate --create --users 301 --devices-per-user 2");
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 3 created, 0 updated, 900 unchanged in pool us-east-1_Generated\n"
    );
    let server = here.serve("--limits off");
    let input = json!({"UserPoolId": "us-east-1_Generated", "Username": "user-00000000", "DeviceKey": keys(&here)[0].trim_matches('"')});
    server.client().call("AdminGetDevice", &input).ok();
}

#[test]
fn generated_users_with_a_password_sign_in_and_their_devices_prove_themselves() {
    let generate =
        format!("seed generate --create --users 3 --devices-per-user 2 --password {PASSWORD}");
    let (here, there) = (Tool::new(), Tool::new());
    let outcome = here.run(&generate);
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 11 created, 0 updated, 0 unchanged in pool us-east-1_Generated\n\
         Client generatedclient0000000001\n"
    );
    assert_eq!(
        here.run(&generate).stdout.lines().next(),
        Some("data/poolhouse.db: 0 created, 0 updated, 9 unchanged in pool us-east-1_Generated")
    );
    there.run(&generate);
    let users = |tool: &Tool| tool.export()["UserPools"][0]["Users"].clone();
    assert_eq!(
        users(&here)[2]["PasswordVerifier"],
        users(&there)[2]["PasswordVerifier"]
    );
    let server = here.serve("--limits off");
    let client = server.client();
    let app = AppClient::new("us-east-1_Generated", "generatedclient0000000001");
    for user in users(&here).as_array().unwrap() {
        let name = user["Username"].as_str().unwrap();
        for device in user["Devices"].as_array().unwrap() {
            let device = Device {
                key: device["DeviceKey"].as_str().unwrap().to_owned(),
                group_key: device["DeviceGroupKey"].as_str().unwrap().to_owned(),
                password: PASSWORD.to_owned(),
            };
            let key = [("DEVICE_KEY", device.key.as_str())];
            let asked = sign_in_by_srp(&client, app, name, PASSWORD, &key).ok();
            if asked["ChallengeName"].is_null() {
                // Every third device is not remembered.
                assert!(!access_token(&asked).is_empty());
            } else {
                assert!(
                    !access_token(&prove_device(&client, app, &device, &asked).ok()).is_empty()
                );
            }
        }
    }
    sign_in_by_srp(&client, app, "user-00000000", "Tulip-Kettle-4418", &[])
        .refused_as(WRONG_PASSWORD);
}

#[test]
fn a_generated_password_is_held_to_the_pools_policy() {
    let tool = Tool::new();
    let outcome = tool.run("seed generate --create --users 1 --password short");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            2,
            "poolhouse: settings: Password did not conform with policy: Password not long enough\n"
        )
    );
    let outcome = tool.run("seed generate --create --users 1 --client-id web");
    assert_eq!(outcome.code, 2, "a client without a password: {outcome:?}");
    assert!(!tool.path("data").exists(), "nothing was made");
    tool.apply_seed(&json!({"UserPools": []}));
    let outcome = tool.run("seed generate --create --users 1 --password short");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let users = tool.export()["UserPools"].as_array().map_or(0, Vec::len);
    assert_eq!(users, 0, "nothing was made");
}

#[test]
fn more_than_a_registry_can_sensibly_hold_is_not_generated() {
    let tool = Tool::new();
    for (numbers, why) in [
        (
            "--users 1 --devices-per-user 1001",
            "--devices-per-user: a user has at most 1,000 devices, and 1,001 are asked for",
        ),
        (
            "--users 100000 --devices-per-user 1000",
            "--users: at most 100,000,000 users and devices are generated, and 100,100,000 are asked for",
        ),
        (
            "--users 18446744073709551615 --devices-per-user 0",
            "--users: at most 100,000,000 users and devices are generated, and 18,446,744,073,709,551,615 are asked for",
        ),
    ] {
        let outcome = tool.run(&format!("seed generate --create {numbers}"));
        assert_eq!(
            (outcome.code, outcome.stderr),
            (2, format!("poolhouse: settings: {why}\n"))
        );
    }
    assert!(!tool.path("data").exists(), "nothing was made");
    let help = tool.run("seed generate --help").stdout;
    assert!(
        help.contains("100,000,000 users and devices") && help.contains("1,000 devices"),
        "{help}"
    );
    let outcome = tool.run("seed generate --create --users 1 --devices-per-user 1000");
    assert_eq!(outcome.code, 0, "{outcome:?}");
}
