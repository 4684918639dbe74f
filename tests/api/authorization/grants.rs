//! Access keys narrowed to actions and pools, and keys of other accounts.

use serde_json::{Value, json};

use crate::world::{Answer, App, FOREIGN_POOL, Key, POOL, Setup, UNKNOWN_POOL, UNTRACKED_POOL, access_denied, device, device_of, registry};

const KEYS: &str = r#"
[[access_keys]]
id = "READER"
secret = "reader-secret"
actions = ["cognito-idp:AdminGet*"]
pools = ["us-east-1_Test00001"]

[[access_keys]]
id = "LISTER"
secret = "lister-secret"
actions = ["COGNITO-IDP:adminlistdevices"]
pools = ["us-east-1_Test*"]

[[access_keys]]
id = "FOREIGNER"
secret = "foreign-secret"
account = "111111111111"
"#;

fn start() -> App {
    Setup::new().with_file(KEYS).seeded(registry()).start()
}

fn input(pool: &str) -> Value {
    device_of(pool, "diego", device::REMEMBERED)
}

#[track_caller]
fn denied(answer: &Answer, key: &str, operation: &str, resource: &str) {
    let message = access_denied(key, operation, resource);
    answer.refused("AccessDeniedException", &message);
}

fn arn(pool: &str) -> String {
    format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}")
}

#[test]
fn a_narrowed_key_does_what_it_was_granted_and_nothing_else() {
    let app = start();
    let reader = Key::new("READER", "reader-secret");
    app.call_as(&reader, "AdminGetDevice", &input(POOL)).ok();
    for operation in [
        "AdminListDevices",
        "AdminForgetDevice",
        "AdminUpdateDeviceStatus",
    ] {
        denied(
            &app.call_as(&reader, operation, &input(POOL)),
            "READER",
            operation,
            &arn(POOL),
        );
    }
    app.device("diego", device::REMEMBERED).ok();
}

#[test]
fn a_pool_that_was_not_granted_is_denied_before_it_is_looked_for() {
    let app = start();
    let reader = Key::new("READER", "reader-secret");
    for pool in [UNTRACKED_POOL, FOREIGN_POOL, UNKNOWN_POOL] {
        denied(
            &app.call_as(&reader, "AdminGetDevice", &input(pool)),
            "READER",
            "AdminGetDevice",
            &arn(pool),
        );
    }
}

#[test]
fn actions_ignore_letter_case_and_pools_take_wildcards() {
    let app = start();
    let lister = Key::new("LISTER", "lister-secret");
    app.call_as(&lister, "AdminListDevices", &input(POOL)).ok();
    let (code, _) = app
        .call_as(&lister, "AdminListDevices", &input(UNTRACKED_POOL))
        .refusal();
    assert_eq!(code, "InvalidUserPoolConfigurationException");
    denied(
        &app.call_as(&lister, "AdminGetDevice", &input(POOL)),
        "LISTER",
        "AdminGetDevice",
        &arn(POOL),
    );
}

#[test]
fn an_operation_without_a_pool_needs_a_grant_for_all_pools() {
    let app = start();
    let reader = Key::new("READER", "reader-secret");
    denied(
        &app.call_as(&reader, "ListUserPools", &json!({"MaxResults": 1})),
        "READER",
        "ListUserPools",
        "*",
    );
    assert_eq!(
        app.call("ListUserPools", &json!({"MaxResults": 1})).status,
        200
    );
}

#[test]
fn each_account_reaches_its_own_pools_alone() {
    let app = start();
    let foreigner = Key::new("FOREIGNER", "foreign-secret");
    let answer = app
        .call_as(&foreigner, "AdminGetDevice", &input(FOREIGN_POOL))
        .ok();
    let arn = answer["Device"]["DeviceAttributes"][1]["Value"]
        .as_str()
        .unwrap();
    assert!(
        arn.starts_with("arn:aws:cognito-idp:us-east-1:111111111111:owner/"),
        "{arn}"
    );
    app.call_as(&foreigner, "AdminGetDevice", &input(POOL))
        .refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {POOL}."),
        );
}

#[test]
fn wrong_input_is_named_before_a_missing_grant() {
    let app = start();
    let reader = Key::new("READER", "reader-secret");
    assert_eq!(
        app.call_as(&reader, "AdminForgetDevice", &json!({}))
            .refusal()
            .0,
        "InvalidParameterException"
    );
}
