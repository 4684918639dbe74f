//! Devices, users and pools that do not exist, are not tracked, or belong to another account.

use serde_json::{Value, json};

use crate::world::{
    App, FOREIGN_POOL, POOL, Pool, Setup, UNKNOWN_POOL, UNTRACKED_POOL, User, device, device_of,
    registry,
};

/// The four operations on devices.
const OPERATIONS: [&str; 4] = [
    "AdminGetDevice",
    "AdminListDevices",
    "AdminForgetDevice",
    "AdminUpdateDeviceStatus",
];

#[test]
fn a_device_that_is_not_there_for_the_user_does_not_exist() {
    let app = App::with_devices();
    for (why, key) in [
        ("never issued", device::UNKNOWN),
        ("another user's", device::OF_MARY),
        ("issued but never confirmed", device::UNCONFIRMED),
    ] {
        for operation in [
            "AdminGetDevice",
            "AdminForgetDevice",
            "AdminUpdateDeviceStatus",
        ] {
            let mut input = device_of(POOL, "diego", key);
            for status in [None, Some("remembered")] {
                input["DeviceRememberedStatus"] = json!(status);
                let answer = app.call(operation, &input);
                assert_eq!(
                    answer.refusal(),
                    (
                        "ResourceNotFoundException".into(),
                        "Device does not exist.".into()
                    ),
                    "{operation}, {why}"
                );
            }
        }
    }
    app.device("mary", device::OF_MARY).ok();
}

#[test]
fn a_user_who_is_not_there_is_refused_as_each_operation_declares() {
    let app = App::with_devices();
    for (operation, code) in [
        ("AdminGetDevice", "ResourceNotFoundException"),
        ("AdminListDevices", "ResourceNotFoundException"),
        ("AdminForgetDevice", "UserNotFoundException"),
        ("AdminUpdateDeviceStatus", "UserNotFoundException"),
    ] {
        app.call(operation, &device_of(POOL, "nobody", device::REMEMBERED))
            .refused(code, "User does not exist.");
    }
}

#[test]
fn an_unknown_pool_does_not_exist() {
    let app = App::with_devices();
    for operation in OPERATIONS {
        app.call(
            operation,
            &device_of(UNKNOWN_POOL, "diego", device::REMEMBERED),
        )
        .refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
    }
}

#[test]
fn the_pool_of_another_account_is_not_to_be_had() {
    let app = App::with_devices();
    for operation in OPERATIONS {
        app.call(
            operation,
            &device_of(FOREIGN_POOL, "diego", device::REMEMBERED),
        )
        .refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
}

#[test]
fn a_pool_that_tracks_no_devices_refuses_before_it_looks_for_anybody() {
    let app = App::with_devices();
    let message = format!("Device tracking is not configured for user pool {UNTRACKED_POOL}.");
    for operation in OPERATIONS {
        for (username, key) in [("diego", device::REMEMBERED), ("nobody", device::UNKNOWN)] {
            app.call(operation, &device_of(UNTRACKED_POOL, username, key))
                .refused("InvalidUserPoolConfigurationException", &message);
        }
    }
}

#[test]
fn records_outlast_the_tracking_and_are_readable_once_it_is_on_again() {
    let tracking = |on: bool| {
        let mut seed = registry();
        let pool = &mut seed["UserPools"][0]["UserPool"];
        if !on {
            pool["DeviceConfiguration"] = Value::Null;
        }
        json!({"UserPool": pool})
    };
    let setup = Setup::new().on_disk().seeded(registry());
    let setup = setup.start().stop();
    let app = setup.seeded(tracking(false)).start();
    let (code, _) = app.device("diego", device::REMEMBERED).refusal();
    assert_eq!(code, "InvalidUserPoolConfigurationException");
    let app = app.stop().seeded(tracking(true)).start();
    assert_eq!(
        app.device("diego", device::REMEMBERED).ok()["Device"]["DeviceKey"],
        device::REMEMBERED
    );
}

#[test]
fn any_one_property_of_the_device_configuration_switches_tracking_on() {
    for (configuration, tracks) in [
        (json!({"ChallengeRequiredOnNewDevice": false}), true),
        (json!({"DeviceOnlyRememberedOnUserPrompt": false}), true),
        (json!({}), false),
    ] {
        let app = Pool::new(POOL)
            .with(json!({"DeviceConfiguration": configuration}))
            .user(User::new("diego").device(json!({"DeviceKey": device::REMEMBERED})))
            .start();
        let answer = app.device("diego", device::REMEMBERED);
        assert_eq!(answer.status == 200, tracks, "{configuration}: {answer:?}");
    }
}

#[test]
fn a_stored_configuration_that_does_not_hold_together_is_refused() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let both = r#"json_set(settings, '$.UsernameAttributes', json('["email"]'))"#;
    let unheard_of = r#"json_set(settings, '$.AliasAttributes', json('["shoe_size"]'))"#;
    for nonsense in [both, unheard_of] {
        let file = app.file();
        file.execute(
            &format!("UPDATE pools SET settings = {nonsense} WHERE id = '{POOL}'"),
            [],
        )
        .unwrap();
        for operation in OPERATIONS {
            app.call(operation, &device_of(POOL, "diego", device::REMEMBERED))
                .refused(
                    "InvalidUserPoolConfigurationException",
                    &format!("The configuration of user pool {POOL} is not valid."),
                );
        }
        let before = registry()["UserPools"][0]["UserPool"].to_string();
        file.execute(
            "UPDATE pools SET settings = ?1 WHERE id = ?2",
            [before.as_str(), POOL],
        )
        .unwrap();
        app.device("diego", device::REMEMBERED).ok();
    }
}

#[test]
fn a_fault_of_the_store_is_an_internal_error_and_says_nothing_more() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let file = app.file();
    file.execute("ALTER TABLE device_attributes RENAME TO away", [])
        .unwrap();
    for operation in ["AdminGetDevice", "AdminListDevices"] {
        let answer = app.call(operation, &device_of(POOL, "diego", device::REMEMBERED));
        assert_eq!(answer.status, 500);
        assert_eq!(answer.header("x-amzn-errortype"), "InternalErrorException:");
        assert_eq!(
            answer.refusal(),
            (
                "InternalErrorException".into(),
                "An internal error occurred.".into()
            )
        );
    }
    file.execute("ALTER TABLE away RENAME TO device_attributes", [])
        .unwrap();
    app.device("diego", device::REMEMBERED).ok();
}

#[test]
fn operation_not_enabled_has_no_cause_here() {
    // AWS gives this error in a secondary replica Region, which Poolhouse does not have. Each of the other six has a test.
    let model = poolhouse::api::operation("AdminGetDevice").unwrap();
    let names: Vec<&str> = model.errors.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        names,
        [
            "ResourceNotFoundException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "TooManyRequestsException",
            "OperationNotEnabledException",
            "InternalErrorException",
            "NotAuthorizedException",
        ]
    );
}
