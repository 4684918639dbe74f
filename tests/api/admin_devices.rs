//! `AdminGetDevice`, row by row of what it answers, and its three siblings.

use serde_json::{Value, json};

use crate::app::{App, FOREIGN_POOL, POOL, Setup, UNTRACKED_POOL, device, registry};

/// The four operations, each on Diego's remembered device.
const OPERATIONS: [&str; 4] = [
    "AdminGetDevice",
    "AdminListDevices",
    "AdminForgetDevice",
    "AdminUpdateDeviceStatus",
];

fn input(pool: &str, username: &str, device_key: &str) -> Value {
    json!({"UserPoolId": pool, "Username": username, "DeviceKey": device_key})
}

fn attributes(answer: &Value) -> Vec<(&str, &str)> {
    let attributes = answer["Device"]["DeviceAttributes"]
        .as_array()
        .unwrap()
        .iter();
    attributes
        .map(|attribute| {
            (
                attribute["Name"].as_str().unwrap(),
                attribute["Value"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_remembered_device_shows_all_seven_attributes_in_their_order() {
    let app = App::with_devices();
    let answer = app.device("diego", device::REMEMBERED).ok();
    let arn = format!(
        "arn:aws:cognito-idp:us-east-1:000000000000:owner/diego.{POOL}/device/{}",
        device::REMEMBERED
    );
    assert_eq!(
        attributes(&answer),
        [
            ("device_status", "valid"),
            ("device_name", "Diego's phone"),
            ("dev:device_arn", arn.as_str()),
            ("dev:device_owner", format!("diego.{POOL}").as_str()),
            ("last_ip_used", "192.0.2.1"),
            ("dev:device_remembered_status", "remembered"),
            ("dev:device_sdk", "aws-sdk-unknown-unknown"),
        ]
    );
    assert_eq!(answer["Device"]["DeviceKey"], device::REMEMBERED);
}

#[test]
fn members_come_in_alphabetical_order_and_dates_with_their_precision() {
    let app = App::with_devices();
    let body = String::from_utf8(app.device("diego", device::REMEMBERED).body).unwrap();
    let (_, rest) = body.split_once("],").unwrap();
    assert_eq!(
        rest,
        format!(
            r#""DeviceCreateDate":1715100742.022,"DeviceKey":"{}","DeviceLastAuthenticatedDate":1715100742.0,"DeviceLastModifiedDate":1723233651.167}}}}"#,
            device::REMEMBERED
        )
    );
    assert!(body.starts_with(
        r#"{"Device":{"DeviceAttributes":[{"Name":"device_status","Value":"valid"},"#
    ));
}

#[test]
fn a_tracked_device_is_shown_as_not_remembered_and_without_a_name_has_none() {
    let app = App::with_devices();
    let answer = app.device("diego", device::NOT_REMEMBERED).ok();
    let names: Vec<&str> = attributes(&answer).iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "device_status",
            "dev:device_arn",
            "dev:device_owner",
            "last_ip_used",
            "dev:device_remembered_status",
            "dev:device_sdk",
        ]
    );
    assert!(attributes(&answer).contains(&("dev:device_remembered_status", "not_remembered")));
    assert!(attributes(&answer).contains(&("last_ip_used", "2001:db8::17")));
    let device = &answer["Device"];
    assert_eq!(device["DeviceCreateDate"], json!(1_719_830_400.5));
    assert_eq!(device["DeviceLastModifiedDate"], json!(1_719_830_401.25));
    assert_eq!(
        device["DeviceLastAuthenticatedDate"],
        json!(1_719_830_400.0),
        "whole seconds, rounded down"
    );
}

#[test]
fn what_a_device_was_not_given_is_absent() {
    let app = App::with_devices();
    let answer = app.device("mary", device::OF_MARY).ok();
    let names: Vec<&str> = attributes(&answer).iter().map(|(name, _)| *name).collect();
    assert!(
        !names.contains(&"device_name") && !names.contains(&"last_ip_used"),
        "{names:?}"
    );
    assert!(attributes(&answer).contains(&("dev:device_sdk", "aws-sdk")));
}

#[test]
fn a_disabled_user_s_device_is_shown_as_usual() {
    let app = App::with_devices();
    assert_eq!(
        app.device("mary", device::OF_MARY).ok()["Device"]["DeviceKey"],
        device::OF_MARY
    );
}

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
            let mut input = input(POOL, "diego", key);
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
        app.call(operation, &input(POOL, "nobody", device::REMEMBERED))
            .refused(code, "User does not exist.");
    }
}

#[test]
fn an_unknown_pool_does_not_exist() {
    let app = App::with_devices();
    for operation in OPERATIONS {
        app.call(
            operation,
            &input("us-east-1_Nowhere01", "diego", device::REMEMBERED),
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
        app.call(operation, &input(FOREIGN_POOL, "diego", device::REMEMBERED))
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
            app.call(operation, &input(UNTRACKED_POOL, username, key))
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
        let pool = json!({"UserPool": {"Id": POOL, "DeviceConfiguration": configuration}, "Users": [
            {"Username": "diego", "Devices": [{"DeviceKey": device::REMEMBERED}]}
        ]});
        let app = Setup::new().seeded(pool).start();
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
        let file = rusqlite::Connection::open(app.database()).unwrap();
        file.execute(
            &format!("UPDATE pools SET settings = {nonsense} WHERE id = '{POOL}'"),
            [],
        )
        .unwrap();
        for operation in OPERATIONS {
            app.call(operation, &input(POOL, "diego", device::REMEMBERED))
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
    let file = rusqlite::Connection::open(app.database()).unwrap();
    file.execute("ALTER TABLE device_attributes RENAME TO away", [])
        .unwrap();
    for operation in ["AdminGetDevice", "AdminListDevices"] {
        let answer = app.call(operation, &input(POOL, "diego", device::REMEMBERED));
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
    // AWS answers so in a secondary replica Region; there is none here. The other six have a test each.
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

#[test]
fn a_forgotten_device_is_gone_for_every_operation() {
    let app = App::with_devices();
    let forgotten = input(POOL, "diego", device::REMEMBERED);
    let answer = app.call("AdminForgetDevice", &forgotten);
    assert_eq!(
        (answer.status, answer.body.len()),
        (200, 0),
        "an operation without output answers with an empty body"
    );
    for operation in [
        "AdminGetDevice",
        "AdminForgetDevice",
        "AdminUpdateDeviceStatus",
    ] {
        app.call(operation, &forgotten)
            .refused("ResourceNotFoundException", "Device does not exist.");
    }
    assert_eq!(keys(&list(&app, json!({}))), [device::NOT_REMEMBERED]);
}

#[test]
fn a_device_that_is_not_remembered_can_be_forgotten_as_well() {
    let app = App::with_devices();
    assert_eq!(
        app.call(
            "AdminForgetDevice",
            &input(POOL, "diego", device::NOT_REMEMBERED)
        )
        .status,
        200
    );
    app.device("diego", device::NOT_REMEMBERED)
        .refused("ResourceNotFoundException", "Device does not exist.");
}

#[test]
fn the_status_flips_both_ways_and_moves_the_modification_date_alone() {
    let app = App::with_devices();
    let before = app.device("diego", device::NOT_REMEMBERED).ok();
    for status in ["remembered", "not_remembered", "remembered"] {
        app.clock.advance(std::time::Duration::from_millis(1_250));
        let mut input = input(POOL, "diego", device::NOT_REMEMBERED);
        input["DeviceRememberedStatus"] = json!(status);
        assert_eq!(app.call("AdminUpdateDeviceStatus", &input).ok(), json!({}));
        let after = app.device("diego", device::NOT_REMEMBERED).ok();
        assert!(attributes(&after).contains(&("dev:device_remembered_status", status)));
        let now = app.clock.now().timestamp_millis();
        let modified = after["Device"]["DeviceLastModifiedDate"].as_f64().unwrap();
        assert_eq!(
            format!("{modified:.3}"),
            format!("{}.{:03}", now / 1000, now % 1000)
        );
        for date in ["DeviceCreateDate", "DeviceLastAuthenticatedDate"] {
            assert_eq!(after["Device"][date], before["Device"][date]);
        }
    }
}

#[test]
fn without_a_status_a_device_stays_as_it_is() {
    let app = App::with_devices();
    for (key, status) in [
        (device::REMEMBERED, "remembered"),
        (device::NOT_REMEMBERED, "not_remembered"),
    ] {
        assert_eq!(
            app.call("AdminUpdateDeviceStatus", &input(POOL, "diego", key))
                .ok(),
            json!({})
        );
        let after = app.device("diego", key).ok();
        assert!(attributes(&after).contains(&("dev:device_remembered_status", status)));
    }
}

#[test]
fn a_refused_change_changes_nothing() {
    let app = App::with_devices();
    let before = list(&app, json!({}));
    let mut unheard_of = input(POOL, "diego", device::REMEMBERED);
    unheard_of["DeviceRememberedStatus"] = json!("forgotten");
    app.call("AdminUpdateDeviceStatus", &unheard_of).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'forgotten' at 'deviceRememberedStatus' failed to satisfy constraint: Member \
         must satisfy enum value set: [remembered, not_remembered]",
    );
    assert_eq!(list(&app, json!({})), before);
}

fn list(app: &App, more: Value) -> Value {
    let mut input = json!({"UserPoolId": POOL, "Username": "diego"});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    app.call("AdminListDevices", &input).ok()
}

fn keys(list: &Value) -> Vec<&str> {
    list["Devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["DeviceKey"].as_str().unwrap())
        .collect()
}

#[test]
fn a_list_shows_confirmed_devices_remembered_or_not_as_a_single_answer_does() {
    let app = App::with_devices();
    let listed = list(&app, json!({}));
    assert_eq!(keys(&listed), [device::REMEMBERED, device::NOT_REMEMBERED]);
    assert_eq!(
        listed["Devices"][0],
        app.device("diego", device::REMEMBERED).ok()["Device"]
    );
    assert_eq!(
        listed["Devices"][1],
        app.device("diego", device::NOT_REMEMBERED).ok()["Device"]
    );
    assert_eq!(listed.get("PaginationToken"), None);
}

#[test]
fn a_user_without_devices_has_an_empty_list() {
    let pool = json!({"UserPool": {"Id": POOL, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}},
        "Users": [{"Username": "diego"}]});
    let app = Setup::new().seeded(pool).start();
    assert_eq!(list(&app, json!({})), json!({"Devices": []}));
}

/// A user with `count` devices.
fn app_with_many(count: usize) -> App {
    let devices: Vec<Value> = (0..count)
        .map(|number| json!({"DeviceKey": format!("us-east-1_{number:08x}")}))
        .collect();
    let pool = json!({"UserPool": {"Id": POOL, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}},
        "Users": [{"Username": "diego", "Devices": devices}, {"Username": "mary"}]});
    Setup::new().seeded(pool).start()
}

#[test]
fn pages_lose_nothing_and_double_nothing() {
    let app = app_with_many(143);
    for limit in [1, 7, 60] {
        let mut found: Vec<String> = Vec::new();
        let mut token = Value::Null;
        loop {
            let page = list(&app, json!({"Limit": limit, "PaginationToken": token}));
            let of_page = keys(&page).len();
            found.extend(keys(&page).iter().map(|key| (*key).to_owned()));
            token = page["PaginationToken"].clone();
            if token.is_null() {
                break;
            }
            assert_eq!(of_page, limit);
        }
        let expected: Vec<String> = (0..143)
            .map(|number| format!("us-east-1_{number:08x}"))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_page_has_sixty_devices_unless_the_request_says_less() {
    let app = app_with_many(61);
    for limit in [json!(null), json!(0), json!(60)] {
        let page = list(&app, json!({"Limit": limit}));
        assert_eq!(keys(&page).len(), 60);
        assert!(page["PaginationToken"].is_string());
    }
    let exact = app_with_many(60);
    assert_eq!(
        list(&exact, json!({})).get("PaginationToken"),
        None,
        "given only when more follows"
    );
}

#[test]
fn a_page_goes_on_where_it_was_although_its_last_device_is_forgotten() {
    let app = app_with_many(5);
    let page = list(&app, json!({"Limit": 2}));
    app.call("AdminForgetDevice", &input(POOL, "diego", keys(&page)[1]));
    let next = list(
        &app,
        json!({"Limit": 2, "PaginationToken": page["PaginationToken"]}),
    );
    assert_eq!(keys(&next), ["us-east-1_00000002", "us-east-1_00000003"]);
}

#[test]
fn a_token_that_this_list_never_gave_is_refused() {
    let app = app_with_many(3);
    let own = list(&app, json!({"Limit": 1}))["PaginationToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let altered = format!("A{}", &own[1..]);
    for (user, token) in [
        ("diego", "nonsense"),
        ("diego", "bm9uc2Vuc2U"),
        ("diego", altered.as_str()),
        ("mary", own.as_str()),
    ] {
        app.call(
            "AdminListDevices",
            &json!({"UserPoolId": POOL, "Username": user, "PaginationToken": token}),
        )
        .refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
    app.call("AdminListDevices", &json!({"UserPoolId": POOL, "Username": "diego", "Limit": 61})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or \
         equal to 60",
    );
}
