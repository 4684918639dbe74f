//! Devices, from the sign-in that issues them to the one that they prove themselves in, and the refresh tokens bound to them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::app::{Answer, App, POOL, Setup};
use crate::sign_in::at_once;
use crate::srp_client::{
    AppClient, Device, Exchange, Secret, access_token, begin_device, confirm_device, initiate,
    prove_device, respond, sign_in_by_password, sign_in_by_srp, token, with,
};

const PASSWORD: &str = "Tulip-Kettle-4417";
const TEMPORARY: &str = "Walnut-Bridge-9052";
const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");
const OTHER: AppClient<'_> = AppClient::new(POOL, "other000000000000000000001");
/// Tells where its users are.
const TELLING: AppClient<'_> =
    AppClient::new(POOL, "telling0000000000000000001").with_secret("0123456789abcdefghijklmnopqr");
const UNKNOWN: &str = "us-east-1_cccccccc-0000-4000-8000-000000000009";

const NO_DEVICE: (&str, &str) = ("ResourceNotFoundException", "Device does not exist.");
const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");
const NO_SESSION: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const USED_SESSION: (&str, &str) = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
);
const EXPIRED_SESSION: (&str, &str) = (
    "NotAuthorizedException",
    "Invalid session for the user, session is expired.",
);
const INVALID_KEY: (&str, &str) = ("InvalidParameterException", "Invalid device key given.");
const INVALID_REFRESH: (&str, &str) = ("NotAuthorizedException", "Invalid Refresh Token");
const NOT_TRACKED: (&str, &str) = (
    "InvalidUserPoolConfigurationException",
    "Device tracking is not configured for user pool us-east-1_Test00001.",
);

fn setup(devices: Value) -> Setup {
    let flows = [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    let mut pool = json!({"Id": POOL, "AliasAttributes": ["email"]});
    if !devices.is_null() {
        pool["DeviceConfiguration"] = devices;
    }
    Setup::new().seeded(json!({
        "UserPool": pool,
        "Clients": [
            {"ClientId": WEB.id, "ClientName": "web", "ExplicitAuthFlows": flows},
            {"ClientId": OTHER.id, "ClientName": "other", "ExplicitAuthFlows": flows},
            {"ClientId": TELLING.id, "ClientName": "telling", "ExplicitAuthFlows": flows, "ClientSecret": TELLING.secret,
                "EnablePropagateAdditionalUserContextData": true},
        ],
        "Users": [
            {"Username": "ana", "Password": PASSWORD, "UserAttributes": [
                {"Name": "email", "Value": "ana@example.com"}, {"Name": "email_verified", "Value": "true"}]},
            {"Username": "ben", "Password": PASSWORD},
            {"Username": "tom", "TemporaryPassword": TEMPORARY},
        ],
    }))
}

/// A pool that remembers every device.
fn always() -> App {
    setup(json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false}))
        .start()
}

/// A pool that remembers a device when the user asks for it.
fn opt_in() -> App {
    setup(json!({"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true}))
        .start()
}

#[track_caller]
fn refused(answer: &Answer, (code, message): (&str, &str)) {
    answer.refused(code, message);
}

fn milliseconds(app: &App, milliseconds: u64) {
    app.clock.advance(Duration::from_millis(milliseconds));
}

/// Signs in and confirms the device that this issues; the device, and the answer to the sign-in.
fn with_device(app: &App, user: &str) -> (Device, Value) {
    let answer = sign_in_by_password(app, WEB, user, PASSWORD, &[]).ok();
    let device = Device::issued(&answer);
    confirm_device(app, &access_token(&answer), &device).ok();
    (device, answer)
}

/// Signs in with the password and the device's key, up to the answer that asks for the device.
fn asked_for(app: &App, user: &str, device: &Device) -> Value {
    let answer = sign_in_by_srp(app, WEB, user, PASSWORD, &[("DEVICE_KEY", &device.key)]).ok();
    assert_eq!(answer["ChallengeName"], "DEVICE_SRP_AUTH", "{answer}");
    answer
}

/// Answers `DEVICE_SRP_AUTH`; what it asks for then, and the right answer to that.
fn device_claim(app: &App, device: &Device, asked: &Value) -> Value {
    let begun = begin_device(app, WEB, device, asked, "ana").ok();
    let parameters = &begun["ChallengeParameters"];
    let claim = Exchange::new().claim(app, Secret::of_device(device), parameters);
    with(claim, &[("DEVICE_KEY", &device.key)])
}

fn device_verify(app: &App, responses: Value) -> Answer {
    respond(
        app,
        WEB,
        "DEVICE_PASSWORD_VERIFIER",
        &Value::Null,
        responses,
    )
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn metadata(answer: &Value) -> &Value {
    assert!(!access_token(answer).is_empty());
    &answer["AuthenticationResult"]["NewDeviceMetadata"]
}

fn get(app: &App, access: &str, key: &str) -> Answer {
    app.call_open(
        "GetDevice",
        &json!({"AccessToken": access, "DeviceKey": key}),
    )
}

fn by_admin(app: &App, operation: &str, user: &str, key: &str, more: Value) -> Answer {
    let mut input = json!({"UserPoolId": POOL, "Username": user, "DeviceKey": key});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    app.call(operation, &input)
}

fn admin_get(app: &App, user: &str, key: &str) -> Answer {
    by_admin(app, "AdminGetDevice", user, key, json!({}))
}

fn listed(answer: &Answer) -> Vec<String> {
    let answer = answer.ok();
    let devices = answer["Devices"].as_array().unwrap().iter();
    devices
        .map(|device| device["DeviceKey"].as_str().unwrap().to_owned())
        .collect()
}

fn list(app: &App, access: &str) -> Vec<String> {
    listed(&app.call_open("ListDevices", &json!({"AccessToken": access})))
}

fn admin_list(app: &App, user: &str) -> Vec<String> {
    listed(&app.call(
        "AdminListDevices",
        &json!({"UserPoolId": POOL, "Username": user}),
    ))
}

fn update(app: &App, access: &str, key: &str, status: Value) -> Answer {
    app.call_open(
        "UpdateDeviceStatus",
        &json!({"AccessToken": access, "DeviceKey": key, "DeviceRememberedStatus": status}),
    )
}

fn forget(app: &App, access: &str, key: &str) -> Answer {
    app.call_open(
        "ForgetDevice",
        &json!({"AccessToken": access, "DeviceKey": key}),
    )
}

fn attribute(shown: &Value, name: &str) -> Option<String> {
    let attributes = shown["Device"]["DeviceAttributes"].as_array().unwrap();
    let found = attributes
        .iter()
        .find(|attribute| attribute["Name"] == name)?;
    Some(found["Value"].as_str().unwrap().to_owned())
}

/// The dates of creation, last modification and last sign-in.
fn dates(app: &App, key: &str) -> [Value; 3] {
    let shown = admin_get(app, "ana", key).ok();
    [
        "DeviceCreateDate",
        "DeviceLastModifiedDate",
        "DeviceLastAuthenticatedDate",
    ]
    .map(|name| shown["Device"][name].clone())
}

fn track(app: &App, devices: Value) {
    let mut input = json!({"UserPoolId": POOL});
    if !devices.is_null() {
        input["DeviceConfiguration"] = devices;
    }
    app.call("UpdateUserPool", &input).ok();
}

fn refresh(app: &App, client: AppClient<'_>, token: &str, further: &[(&str, &str)]) -> Answer {
    let parameters = with(json!({"REFRESH_TOKEN": token}), further);
    initiate(app, client, "REFRESH_TOKEN_AUTH", parameters)
}

// ---- Issued ----

#[test]
fn every_sign_in_without_a_device_is_issued_one() {
    let app = always();
    let password = json!({"USERNAME": "ana", "PASSWORD": PASSWORD});
    let admin = |flow: &str| {
        let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": flow, "AuthParameters": password});
        app.call("AdminInitiateAuth", &input)
    };
    let temporary = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    assert_eq!(temporary["AuthenticationResult"], Value::Null);
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": PASSWORD});
    let mut seen = std::collections::HashSet::new();
    for answer in [
        sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]),
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]),
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[("DEVICE_KEY", "")]),
        admin("ADMIN_USER_PASSWORD_AUTH"),
        admin("ADMIN_NO_SRP_AUTH"),
        respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &temporary, set),
    ] {
        let answer = answer.ok();
        let metadata = metadata(&answer);
        let key = metadata["DeviceKey"].as_str().unwrap();
        let id = uuid::Uuid::parse_str(key.strip_prefix("us-east-1_").unwrap()).unwrap();
        assert_eq!(key, format!("us-east-1_{id}"));
        let group = metadata["DeviceGroupKey"].as_str().unwrap();
        assert_eq!(group.len(), 9);
        let drawn = group.strip_prefix('-').unwrap();
        assert!(drawn.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(seen.insert(key.to_owned()));
        assert_eq!(claims(&access_token(&answer))["device_key"], key);
        assert!(
            claims(&token(&answer, "IdToken"))
                .get("device_key")
                .is_none()
        );
    }
}

#[test]
fn no_device_is_issued_where_none_is_tracked_or_one_is_named() {
    let app = setup(Value::Null).start();
    for further in [
        vec![],
        vec![("DEVICE_KEY", UNKNOWN)],
        vec![("DEVICE_KEY", "no key at all")],
    ] {
        let answer = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &further).ok();
        assert_eq!(*metadata(&answer), Value::Null);
        assert!(claims(&access_token(&answer)).get("device_key").is_none());
    }
    let app = opt_in();
    let (device, first) = with_device(&app, "ana");
    let again =
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[("DEVICE_KEY", &device.key)]).ok();
    assert_eq!(*metadata(&again), Value::Null);
    let refreshed = refresh(
        &app,
        WEB,
        &token(&first, "RefreshToken"),
        &[("DEVICE_KEY", &device.key)],
    )
    .ok();
    assert_eq!(*metadata(&refreshed), Value::Null);
    for answer in [again, refreshed] {
        assert_eq!(claims(&access_token(&answer))["device_key"], device.key);
    }
}

#[test]
fn one_property_of_the_configuration_switches_tracking_on() {
    for devices in [
        json!({"ChallengeRequiredOnNewDevice": false}),
        json!({"DeviceOnlyRememberedOnUserPrompt": false}),
    ] {
        let app = setup(devices).start();
        let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
        assert!(metadata(&answer)["DeviceKey"].is_string());
    }
}

// ---- States and who sees them ----

#[test]
fn who_sees_a_device_depends_on_its_state() {
    let app = opt_in();
    let issued = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&issued), Device::issued(&issued));
    let key = device.key.as_str();
    let seen = |by_user: bool, by_admin: bool| {
        if by_user {
            assert_eq!(get(&app, &access, key).status, 200);
        } else {
            refused(&get(&app, &access, key), NO_DEVICE);
        }
        assert_eq!(list(&app, &access).len(), usize::from(by_user));
        if by_admin {
            assert_eq!(admin_get(&app, "ana", key).status, 200);
        } else {
            refused(&admin_get(&app, "ana", key), NO_DEVICE);
        }
        assert_eq!(admin_list(&app, "ana").len(), usize::from(by_admin));
    };
    seen(false, false);
    // What was never confirmed can be neither remembered nor forgotten.
    refused(&update(&app, &access, key, json!("remembered")), NO_DEVICE);
    refused(&forget(&app, &access, key), NO_DEVICE);
    refused(
        &by_admin(&app, "AdminForgetDevice", "ana", key, json!({})),
        NO_DEVICE,
    );
    let confirmed = confirm_device(&app, &access, &device).ok();
    assert_eq!(confirmed, json!({"UserConfirmationNecessary": true}));
    seen(false, true);
    for _ in 0..2 {
        assert_eq!(
            update(&app, &access, key, json!("remembered")).ok(),
            json!({})
        );
        seen(true, true);
        assert_eq!(
            update(&app, &access, key, json!("not_remembered")).ok(),
            json!({})
        );
        seen(false, true);
    }
    forget(&app, &access, key).done();
    seen(false, false);
    refused(&update(&app, &access, key, json!("remembered")), NO_DEVICE);
    refused(&forget(&app, &access, key), NO_DEVICE);
}

#[test]
fn a_pool_that_remembers_every_device_remembers_it_with_the_confirmation() {
    let app = always();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    let confirmed = confirm_device(&app, &access, &device).ok();
    assert_eq!(confirmed, json!({"UserConfirmationNecessary": false}));
    let shown = get(&app, &access, &device.key).ok();
    assert_eq!(shown["Device"]["DeviceKey"], device.key);
    let shown = admin_get(&app, "ana", &device.key).ok();
    assert_eq!(
        attribute(&shown, "dev:device_remembered_status").unwrap(),
        "remembered"
    );
    app.call(
        "AdminForgetDevice",
        &json!({"UserPoolId": POOL, "Username": "ana", "DeviceKey": device.key}),
    )
    .done();
    refused(&get(&app, &access, &device.key), NO_DEVICE);
}

#[test]
fn a_user_sees_the_own_devices_alone_and_less_of_them_than_an_administrator() {
    let app = always();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    let config = device.verifier_config();
    milliseconds(&app, 1250);
    app.call_open(
        "ConfirmDevice",
        &json!({"AccessToken": access, "DeviceKey": device.key, "DeviceName": "Ana's phone",
        "DeviceSecretVerifierConfig": config}),
    )
    .ok();
    let shown = get(&app, &access, &device.key).ok();
    let pair = |name: &str, value: &str| json!({"Name": name, "Value": value});
    let dates = json!({"DeviceCreateDate": 1_795_357_380.5, "DeviceKey": device.key,
        "DeviceLastAuthenticatedDate": 1_795_357_380.0, "DeviceLastModifiedDate": 1_795_357_381.75});
    let mut expected = json!({"Device": dates});
    expected["Device"]["DeviceAttributes"] = json!([
        pair("device_status", "valid"),
        pair("device_name", "Ana's phone"),
        pair("last_ip_used", "127.0.0.1"),
    ]);
    assert_eq!(shown, expected);
    assert_eq!(
        app.call_open("ListDevices", &json!({"AccessToken": access}))
            .ok(),
        json!({"Devices": [expected["Device"]]})
    );
    let owner = format!("ana.{POOL}");
    expected["Device"]["DeviceAttributes"] = json!([
        pair("device_status", "valid"),
        pair("device_name", "Ana's phone"),
        pair(
            "dev:device_arn",
            &format!(
                "arn:aws:cognito-idp:us-east-1:000000000000:owner/{owner}/device/{}",
                device.key
            )
        ),
        pair("dev:device_owner", &owner),
        pair("last_ip_used", "127.0.0.1"),
        pair("dev:device_remembered_status", "remembered"),
        pair("dev:device_sdk", "aws-sdk"),
    ]);
    assert_eq!(
        admin_get(&app, "ana@example.com", &device.key).ok(),
        expected
    );
    let listed = app
        .call(
            "AdminListDevices",
            &json!({"UserPoolId": POOL, "Username": "ana"}),
        )
        .ok();
    assert_eq!(listed, json!({"Devices": [expected["Device"]]}));

    let ben = sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
    let bens = access_token(&ben);
    refused(&get(&app, &bens, &device.key), NO_DEVICE);
    refused(
        &update(&app, &bens, &device.key, json!("not_remembered")),
        NO_DEVICE,
    );
    refused(&forget(&app, &bens, &device.key), NO_DEVICE);
    refused(&admin_get(&app, "ben", &device.key), NO_DEVICE);
    assert!(list(&app, &bens).is_empty());
}

#[test]
fn a_device_without_a_name_shows_none() {
    let app = always();
    let (device, answer) = with_device(&app, "ana");
    assert_eq!(
        attribute(&admin_get(&app, "ana", &device.key).ok(), "device_name"),
        None
    );
    assert_eq!(
        attribute(
            &get(&app, &access_token(&answer), &device.key).ok(),
            "device_name"
        ),
        None
    );
}

#[test]
fn lists_come_page_by_page_and_their_tokens_are_their_own() {
    let app = opt_in();
    let mut all: Vec<(Device, Value)> = (0..5).map(|_| with_device(&app, "ana")).collect();
    let access = access_token(&all[0].1);
    for (device, _) in &all[1..] {
        update(&app, &access, &device.key, json!("remembered")).ok();
    }
    all.sort_by(|(one, _), (other, _)| one.key.cmp(&other.key));
    let forgotten = all
        .iter()
        .position(|(device, _)| !list(&app, &access).contains(&device.key))
        .unwrap();
    let walk = |operation: &str, base: Value, limit: u32| {
        let (mut keys, mut pages, mut token) = (Vec::new(), 0, Value::Null);
        loop {
            let mut input = base.clone();
            input["Limit"] = limit.into();
            input["PaginationToken"] = token;
            let answer = app.call(operation, &input);
            keys.extend(listed(&answer));
            pages += 1;
            token = answer.ok()["PaginationToken"].clone();
            if token.is_null() {
                return (keys, pages);
            }
        }
    };
    let keys: Vec<String> = all.iter().map(|(device, _)| device.key.clone()).collect();
    let mut remembered = keys.clone();
    remembered.remove(forgotten);
    let (user, admin) = (
        json!({"AccessToken": access}),
        json!({"UserPoolId": POOL, "Username": "ana"}),
    );
    for limit in [1, 2, 3, 4, 5, 60, 0] {
        let page = if limit == 0 { 60 } else { limit };
        assert_eq!(
            walk("ListDevices", user.clone(), limit),
            (remembered.clone(), 4_u32.div_ceil(page))
        );
        assert_eq!(
            walk("AdminListDevices", admin.clone(), limit),
            (keys.clone(), 5_u32.div_ceil(page))
        );
    }
    let token = app.call_open("ListDevices", &with_limit(&user, 1)).ok()["PaginationToken"].clone();
    let bens = access_token(&sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok());
    for (operation, mut input, token) in [
        ("AdminListDevices", admin.clone(), token.clone()),
        ("ListDevices", json!({"AccessToken": bens}), token.clone()),
        ("ListDevices", user.clone(), json!("garbage")),
    ] {
        input["PaginationToken"] = token;
        app.call(operation, &input).refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
    let mut over = user;
    over["Limit"] = 61.into();
    assert_eq!(
        app.call_open("ListDevices", &over).refusal().0,
        "InvalidParameterException"
    );
}

fn with_limit(input: &Value, limit: u32) -> Value {
    let mut input = input.clone();
    input["Limit"] = limit.into();
    input
}

// ---- ConfirmDevice ----

#[test]
fn a_device_is_confirmed_once_and_by_its_own_user() {
    let app = always();
    let first = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let bens = sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
    let device = Device::issued(&first);
    refused(
        &confirm_device(&app, &access_token(&bens), &device),
        INVALID_KEY,
    );
    let unknown = Device {
        key: UNKNOWN.to_owned(),
        ..device.clone()
    };
    refused(
        &confirm_device(&app, &access_token(&first), &unknown),
        INVALID_KEY,
    );
    confirm_device(&app, &access_token(&first), &device).ok();
    let again = confirm_device(&app, &access_token(&first), &device);
    assert_eq!(again.refusal().0, "DeviceKeyExistsException");
    // Forgotten, it cannot be confirmed any more: the key was issued once.
    forget(&app, &access_token(&first), &device.key).done();
    refused(
        &confirm_device(&app, &access_token(&first), &device),
        INVALID_KEY,
    );
}

#[test]
fn any_access_token_of_the_user_serves_for_every_device_of_the_user() {
    let app = opt_in();
    let sign_in = || sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (earlier, later) = (sign_in(), sign_in());
    let access = access_token(&earlier);
    let (of_earlier, device) = (Device::issued(&earlier), Device::issued(&later));
    confirm_device(&app, &access, &device).ok();
    refused(&get(&app, &access, &device.key), NO_DEVICE);
    update(&app, &access, &device.key, json!("remembered")).ok();
    assert_eq!(
        get(&app, &access, &device.key).ok()["Device"]["DeviceKey"],
        device.key
    );
    let asked = asked_for(&app, "ana", &device);
    assert!(!access_token(&prove_device(&app, WEB, &device, &asked).ok()).is_empty());
    // Each refresh token stays bound to the device of its own sign-in.
    let refreshed = |answer: &Value, key: &str| {
        let refresh_token = token(answer, "RefreshToken");
        refresh(&app, WEB, &refresh_token, &[("DEVICE_KEY", key)])
    };
    assert_eq!(refreshed(&later, &device.key).status, 200);
    refused(&refreshed(&earlier, &device.key), INVALID_REFRESH);
    refused(&refreshed(&earlier, &of_earlier.key), INVALID_REFRESH);
    // A later token confirms what an earlier sign-in issued, too, also one of another client and of a sign-in with a device.
    let by_other =
        sign_in_by_password(&app, OTHER, "ana", PASSWORD, &[("DEVICE_KEY", &device.key)]);
    let by_other = access_token(&prove_device(&app, OTHER, &device, &by_other.ok()).ok());
    confirm_device(&app, &by_other, &of_earlier).ok();
    assert_eq!(refreshed(&earlier, &of_earlier.key).status, 200);
    // Forgetting a device ends the refresh tokens that are bound to it, not those of the token that it is forgotten with.
    forget(&app, &access, &device.key).done();
    refused(&refreshed(&later, &device.key), INVALID_REFRESH);
    assert_eq!(refreshed(&earlier, &of_earlier.key).status, 200);
}

#[test]
fn of_the_devices_that_nobody_confirms_the_last_fifty_are_kept() {
    let app = always();
    let (confirmed, first) = with_device(&app, "ana");
    let issued: Vec<Device> = (0..52)
        .map(|_| {
            milliseconds(&app, 1);
            Device::issued(&sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok())
        })
        .collect();
    let access = access_token(&first);
    for gone in &issued[..2] {
        refused(&confirm_device(&app, &access, gone), INVALID_KEY);
    }
    for kept in [&issued[2], &issued[51]] {
        confirm_device(&app, &access, kept).ok();
    }
    assert_eq!(get(&app, &access, &confirmed.key).status, 200);
}

/// A device of a seed, whose keys and password are always the same.
fn seeded_device() -> Device {
    Device {
        key: "us-east-1_dddddddd-0000-4000-8000-000000000001".to_owned(),
        group_key: "-kZc0nGrOuP".to_owned(),
        password: "EGcgpC780w9kSY4kIXGmIixaeP0JU02mYfXC6bnu".to_owned(),
    }
}

#[test]
fn salts_and_verifiers_of_every_length_are_taken_and_proved() {
    let longest = "5".repeat(64);
    for (salt, bytes) in [
        // 15 bytes, whose first bit is set, or not.
        ("d180ecf56132819571bf39d9b7b342", 384),
        ("7180ecf56132819571bf39d9b7b342", 384),
        (longest.as_str(), 384),
        // Of this salt the verifier begins with a zero byte.
        ("49d180ecf56132819571bf39d9b7b342", 383),
    ] {
        let device = seeded_device();
        let seed = json!({
            "UserPool": {"Id": POOL, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}},
            "Clients": [{"ClientId": WEB.id, "ClientName": "web", "ExplicitAuthFlows":
                ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"]}],
            "Users": [{"Username": "ana", "Password": PASSWORD, "Devices": [
                {"DeviceKey": device.key, "DeviceGroupKey": device.group_key, "Confirmed": false}]}],
        });
        let app = Setup::new().seeded(seed).start();
        let config = device.verifier_config_of(salt);
        let verifier = STANDARD.decode(config["PasswordVerifier"].as_str().unwrap());
        let verifier = verifier.unwrap();
        let zeros = verifier.iter().take_while(|byte| **byte == 0).count();
        assert_eq!(verifier.len() - zeros, bytes, "{salt}");
        let access = access_token(&sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok());
        let input = json!({"AccessToken": access, "DeviceKey": device.key, "DeviceSecretVerifierConfig": config});
        app.call_open("ConfirmDevice", &input).ok();
        let asked = asked_for(&app, "ana", &device);
        let proved = prove_device(&app, WEB, &device, &asked).ok();
        assert_eq!(*metadata(&proved), Value::Null, "{salt}");
    }
}

#[test]
fn a_verifier_is_two_numbers_that_are_not_negative() {
    let app = always();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    let config = device.verifier_config();
    let confirm = |config: Value| {
        app.call_open("ConfirmDevice", &json!({"AccessToken": access, "DeviceKey": device.key, "DeviceSecretVerifierConfig": config}))
    };
    let (salt, verifier) = (config["Salt"].clone(), config["PasswordVerifier"].clone());
    let negative = STANDARD.encode([0x8c, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    let beyond = STANDARD.encode([&[0][..], &[0xff; 384]].concat());
    for config in [
        json!({"Salt": salt}),
        json!({"PasswordVerifier": verifier}),
        json!({}),
        json!({"Salt": negative, "PasswordVerifier": verifier}),
        json!({"Salt": salt, "PasswordVerifier": negative}),
        json!({"Salt": salt, "PasswordVerifier": beyond}),
        json!({"Salt": salt, "PasswordVerifier": "AA=="}),
        json!({"Salt": salt, "PasswordVerifier": "no base64!"}),
        json!({"Salt": "", "PasswordVerifier": verifier}),
    ] {
        let refusal = confirm(config.clone()).refusal();
        assert_eq!(refusal.0, "InvalidParameterException", "{config}");
        refused(&admin_get(&app, "ana", &device.key), NO_DEVICE);
    }
    confirm(config).ok();
    let asked = asked_for(&app, "ana", &device);
    assert!(!access_token(&prove_device(&app, WEB, &device, &asked).ok()).is_empty());
}

#[test]
fn a_device_that_was_confirmed_without_a_verifier_proves_nothing() {
    let app = always();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    app.call_open(
        "ConfirmDevice",
        &json!({"AccessToken": access, "DeviceKey": device.key}),
    )
    .ok();
    let asked = asked_for(&app, "ana", &device);
    refused(&prove_device(&app, WEB, &device, &asked), WRONG);
}

// ---- Status and dates ----

#[test]
fn only_what_happens_to_a_device_moves_its_dates() {
    let app = always();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    milliseconds(&app, 1250);
    confirm_device(&app, &access, &device).ok();
    let created = 1_795_357_380.5;
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 1.25), json!(created - 0.5)]
    );
    milliseconds(&app, 10_000);
    // Looking at it, signing in elsewhere, failing and refreshing move nothing.
    get(&app, &access, &device.key).ok();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let asked = asked_for(&app, "ana", &device);
    let stranger = Device {
        password: "another".to_owned(),
        ..device.clone()
    };
    refused(&prove_device(&app, WEB, &stranger, &asked), WRONG);
    refresh(
        &app,
        WEB,
        &token(&answer, "RefreshToken"),
        &[("DEVICE_KEY", &device.key)],
    )
    .ok();
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 1.25), json!(created - 0.5)]
    );
    update(&app, &access, &device.key, json!("remembered")).ok();
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 11.25), json!(created - 0.5)]
    );
    milliseconds(&app, 10_000);
    update(&app, &access, &device.key, Value::Null).ok();
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 21.25), json!(created - 0.5)]
    );
    assert_eq!(list(&app, &access), std::slice::from_ref(&device.key));
    milliseconds(&app, 10_000);
    let asked = asked_for(&app, "ana", &device);
    prove_device(&app, WEB, &device, &asked).ok();
    assert_eq!(
        dates(&app, &device.key),
        [
            json!(created),
            json!(created + 31.25),
            json!(created + 30.5)
        ]
    );
}

#[test]
fn the_address_is_the_one_of_the_last_sign_in_with_the_device() {
    let app = always();
    let ip = |device: &Device| {
        attribute(&admin_get(&app, "ana", &device.key).ok(), "last_ip_used").unwrap()
    };
    let sign_in = |client: AppClient<'_>, told: &str, device: Option<&Device>| {
        let key = device.map_or("", |device| &device.key);
        let hash = client
            .secret
            .map(|secret| crate::srp_client::secret_hash(secret, "ana", client.id))
            .unwrap_or_default();
        let parameters = json!({"USERNAME": "ana", "PASSWORD": PASSWORD, "DEVICE_KEY": key, "SECRET_HASH": hash});
        let input = json!({"ClientId": client.id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters,
            "UserContextData": {"IpAddress": told}});
        app.call_open("InitiateAuth", &input).ok()
    };
    for (client, told, expected) in [
        (TELLING, "2001:db8::17", "2001:db8::17"),
        (TELLING, "192.0.2.7", "192.0.2.7"),
        (TELLING, "<b>nowhere</b>", "127.0.0.1"),
        // Anybody could claim to be anywhere.
        (WEB, "192.0.2.7", "127.0.0.1"),
    ] {
        let answer = sign_in(client, told, None);
        let device = Device::issued(&answer);
        confirm_device(&app, &access_token(&answer), &device).ok();
        assert_eq!(ip(&device), expected);
    }
    let (device, _) = with_device(&app, "ana");
    let asked = sign_in(TELLING, "192.0.2.9", Some(&device));
    assert_eq!(ip(&device), "127.0.0.1");
    let begun = begin_device(&app, TELLING, &device, &asked, "ana").ok();
    let claim = Exchange::new().claim(
        &app,
        Secret::of_device(&device),
        &begun["ChallengeParameters"],
    );
    let hash = crate::srp_client::secret_hash(TELLING.secret.unwrap(), "ana", TELLING.id);
    let responses = with(
        claim,
        &[("DEVICE_KEY", &device.key), ("SECRET_HASH", &hash)],
    );
    app.call_open(
        "RespondToAuthChallenge",
        &json!({"ClientId": TELLING.id, "ChallengeName": "DEVICE_PASSWORD_VERIFIER",
        "ChallengeResponses": responses, "UserContextData": {"IpAddress": "192.0.2.10"}}),
    )
    .ok();
    assert_eq!(ip(&device), "192.0.2.10");
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD},
        "ContextData": {"IpAddress": "198.51.100.4", "ServerName": "s", "ServerPath": "/", "HttpHeaders": []}});
    let answer = app.call("AdminInitiateAuth", &input).ok();
    let device = Device::issued(&answer);
    confirm_device(&app, &access_token(&answer), &device).ok();
    assert_eq!(ip(&device), "198.51.100.4");
}

// ---- Signing in with the device ----

#[test]
fn a_remembered_device_proves_itself_with_and_without_the_session() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    for with_session in [true, false] {
        for key_at_first in [true, false] {
            let further = [("DEVICE_KEY", device.key.as_str())];
            let mut asked = if key_at_first {
                sign_in_by_password(&app, WEB, "ana", PASSWORD, &further).ok()
            } else {
                let begun = initiate(
                    &app,
                    WEB,
                    "USER_SRP_AUTH",
                    json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a()}),
                )
                .ok();
                let who = Secret::of_user(POOL, "ana", PASSWORD);
                let responses = Exchange::new().claim(&app, who, &begun["ChallengeParameters"]);
                respond(
                    &app,
                    WEB,
                    "PASSWORD_VERIFIER",
                    &Value::Null,
                    with(responses, &further),
                )
                .ok()
            };
            assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
            assert_eq!(
                asked["ChallengeParameters"],
                json!({"DEVICE_KEY": device.key, "USERNAME": "ana"})
            );
            assert!(asked["Session"].is_string());
            if !with_session {
                asked.as_object_mut().unwrap().remove("Session");
            }
            let begun = begin_device(&app, WEB, &device, &asked, "ana").ok();
            assert_eq!(begun["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
            let parameters = begun["ChallengeParameters"].as_object().unwrap();
            let names: Vec<&String> = parameters.keys().collect();
            assert_eq!(
                names,
                ["DEVICE_KEY", "SALT", "SECRET_BLOCK", "SRP_B", "USERNAME"]
            );
            let claim = Exchange::new().claim(
                &app,
                Secret::of_device(&device),
                &begun["ChallengeParameters"],
            );
            let answer = device_verify(&app, with(claim, &[("DEVICE_KEY", &device.key)])).ok();
            assert_eq!(*metadata(&answer), Value::Null);
            assert_eq!(claims(&access_token(&answer))["device_key"], device.key);
        }
    }
}

#[test]
fn an_administrator_carries_on_with_the_device_too() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let respond = |challenge: &str, asked: &Value, responses: Value| {
        let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "ChallengeName": challenge, "Session": asked["Session"],
            "ChallengeResponses": responses});
        app.call("AdminRespondToAuthChallenge", &input).ok()
    };
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": "ADMIN_NO_SRP_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD, "DEVICE_KEY": device.key}});
    let asked = app.call("AdminInitiateAuth", &input).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    let begun = respond(
        "DEVICE_SRP_AUTH",
        &asked,
        json!({"USERNAME": "ana", "DEVICE_KEY": device.key, "SRP_A": Exchange::new().srp_a()}),
    );
    let claim = Exchange::new().claim(
        &app,
        Secret::of_device(&device),
        &begun["ChallengeParameters"],
    );
    let answer = respond(
        "DEVICE_PASSWORD_VERIFIER",
        &begun,
        with(claim, &[("DEVICE_KEY", &device.key)]),
    );
    assert!(!access_token(&answer).is_empty());
}

#[test]
fn a_device_never_stands_by_itself() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let alone = || begin_device(&app, WEB, &device, &Value::Null, "ana");
    refused(&alone(), NO_SESSION);
    // The sign-in of another client, of another user, or of another device of the user does not count.
    let key = [("DEVICE_KEY", device.key.as_str())];
    sign_in_by_password(&app, OTHER, "ana", PASSWORD, &key).ok();
    refused(&alone(), NO_SESSION);
    let (bens, _) = with_device(&app, "ben");
    asked_for(&app, "ben", &bens);
    refused(&alone(), NO_SESSION);
    refused(
        &begin_device(&app, WEB, &device, &Value::Null, "ben"),
        NO_DEVICE,
    );
    refused(
        &begin_device(&app, WEB, &bens, &Value::Null, "ana"),
        NO_DEVICE,
    );
    let (second, _) = with_device(&app, "ana");
    let of_second = asked_for(&app, "ana", &second);
    refused(&alone(), NO_SESSION);
    refused(
        &begin_device(&app, WEB, &device, &of_second, "ana"),
        NO_SESSION,
    );
    // Nor does one that failed.
    refused(&sign_in_by_password(&app, WEB, "ana", "wrong", &key), WRONG);
    refused(&alone(), NO_SESSION);
    // One that waits serves for its time, and once: until its session is used, or the device has proved itself.
    let asked = asked_for(&app, "ana", &device);
    assert_eq!(alone().status, 200);
    assert_eq!(alone().status, 200);
    assert_eq!(begin_device(&app, WEB, &device, &asked, "ana").status, 200);
    refused(
        &begin_device(&app, WEB, &device, &asked, "ana"),
        USED_SESSION,
    );
    refused(&alone(), NO_SESSION);
    asked_for(&app, "ana", &device);
    milliseconds(&app, 3 * 60_000 + 1);
    refused(&alone(), EXPIRED_SESSION);
    let asked = asked_for(&app, "ana", &device);
    milliseconds(&app, 3 * 60_000 + 1);
    refused(
        &begin_device(&app, WEB, &device, &asked, "ana"),
        EXPIRED_SESSION,
    );
}

#[test]
fn whoever_knows_a_device_key_uses_up_nothing_of_a_sign_in_that_waits() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let stranger = Device {
        password: "guessed".to_owned(),
        ..device.clone()
    };
    let alone =
        json!({"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "ana"}});
    let guess = || refused(&prove_device(&app, WEB, &stranger, &alone), WRONG);
    // With the session.
    let asked = asked_for(&app, "ana", &device);
    guess();
    let claim = device_claim(&app, &device, &asked);
    refused(
        &begin_device(&app, WEB, &stranger, &alone, "ana"),
        NO_SESSION,
    );
    assert_eq!(device_verify(&app, claim).status, 200);
    // And without it.
    let asked = asked_for(&app, "ana", &device);
    guess();
    let claim = device_claim(&app, &device, &alone);
    let other_claim = device_claim(&app, &device, &alone);
    guess();
    assert_eq!(device_verify(&app, claim.clone()).status, 200);
    // The sign-in has ended with it: its session, its row, the proof, and every other exchange.
    refused(
        &begin_device(&app, WEB, &device, &asked, "ana"),
        USED_SESSION,
    );
    refused(&begin_device(&app, WEB, &device, &alone, "ana"), NO_SESSION);
    refused(&device_verify(&app, claim), USED_SESSION);
    refused(&device_verify(&app, other_claim), NO_SESSION);
}

#[test]
fn a_session_that_is_used_ends_the_exchanges_without_it() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let alone =
        json!({"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "ana"}});
    let asked = asked_for(&app, "ana", &device);
    let without = device_claim(&app, &device, &alone);
    let with_session = device_claim(&app, &device, &asked);
    refused(&device_verify(&app, without), NO_SESSION);
    assert_eq!(device_verify(&app, with_session).status, 200);
    // A sign-in that has expired takes no proof, either.
    asked_for(&app, "ana", &device);
    milliseconds(&app, 2 * 60_000);
    let late = device_claim(&app, &device, &alone);
    milliseconds(&app, 60_001);
    refused(&device_verify(&app, late), NO_SESSION);
}

#[test]
fn sign_ins_with_one_device_at_the_same_time_do_not_disturb_each_other() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let alone =
        json!({"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "ana"}});
    for _ in 0..2 {
        asked_for(&app, "ana", &device);
    }
    let claims = [(); 3].map(|()| device_claim(&app, &device, &alone));
    let [first, second, third] = claims;
    let counts = at_once(|| device_verify(&app, first.clone()));
    let used = (400, USED_SESSION.1.to_owned());
    assert_eq!(counts, [((200, String::new()), 1), (used, 15)].into());
    assert_eq!(device_verify(&app, second).status, 200);
    refused(&device_verify(&app, third), NO_SESSION);
}

#[test]
fn the_sessions_of_a_device_are_for_it_alone() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let (bens, _) = with_device(&app, "ben");
    let asked = asked_for(&app, "ana", &device);
    refused(&begin_device(&app, WEB, &device, &asked, "ben"), NO_SESSION);
    refused(&begin_device(&app, WEB, &bens, &asked, "ben"), NO_SESSION);
    refused(
        &begin_device(&app, OTHER, &device, &asked, "ana"),
        NO_SESSION,
    );
    let tom = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    refused(&begin_device(&app, WEB, &device, &tom, "tom"), NO_SESSION);
    let set = json!({"USERNAME": "ana", "NEW_PASSWORD": "Stolen-Account-1"});
    refused(
        &respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &asked, set),
        NO_SESSION,
    );
    // The user's block is no device's, and the other way round.
    let begun = initiate(
        &app,
        WEB,
        "USER_SRP_AUTH",
        json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a(), "DEVICE_KEY": device.key}),
    )
    .ok();
    let responses = Exchange::new().claim(
        &app,
        Secret::of_user(POOL, "ana", PASSWORD),
        &begun["ChallengeParameters"],
    );
    refused(
        &device_verify(&app, with(responses, &[("DEVICE_KEY", &device.key)])),
        WRONG,
    );
    let responses = device_claim(&app, &device, &asked);
    refused(
        &respond(
            &app,
            WEB,
            "PASSWORD_VERIFIER",
            &Value::Null,
            responses.clone(),
        ),
        WRONG,
    );
    refused(
        &respond(
            &app,
            OTHER,
            "DEVICE_PASSWORD_VERIFIER",
            &Value::Null,
            responses.clone(),
        ),
        WRONG,
    );
    assert_eq!(device_verify(&app, responses.clone()).status, 200);
    refused(&device_verify(&app, responses), USED_SESSION);
}

#[test]
fn a_wrong_proof_of_the_device_is_refused_and_the_right_one_is_still_taken() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let (second, _) = with_device(&app, "ana");
    let asked = asked_for(&app, "ana", &device);
    let right = device_claim(&app, &device, &asked);
    for (name, value) in [
        ("PASSWORD_CLAIM_SIGNATURE", "AAAA"),
        ("PASSWORD_CLAIM_SIGNATURE", "no base64!"),
        ("PASSWORD_CLAIM_SECRET_BLOCK", "AAAA"),
        ("DEVICE_KEY", &second.key),
        ("DEVICE_KEY", UNKNOWN),
        ("TIMESTAMP", "Sun Nov 22 14:23:01 UTC 2026"),
    ] {
        refused(
            &device_verify(&app, with(right.clone(), &[(name, value)])),
            WRONG,
        );
    }
    for stranger in [
        Device {
            password: second.password.clone(),
            ..device.clone()
        },
        Device {
            group_key: second.group_key.clone(),
            ..device.clone()
        },
    ] {
        let asked = asked_for(&app, "ana", &device);
        refused(&prove_device(&app, WEB, &stranger, &asked), WRONG);
    }
    refused(
        &device_verify(&app, with(right.clone(), &[("USERNAME", "ben")])),
        NO_SESSION,
    );
    for name in [
        "USERNAME",
        "DEVICE_KEY",
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "PASSWORD_CLAIM_SIGNATURE",
        "TIMESTAMP",
    ] {
        let message = format!("Missing required parameter {name}");
        device_verify(&app, with(right.clone(), &[(name, "")]))
            .refused("InvalidParameterException", &message);
    }
    assert_eq!(device_verify(&app, right).status, 200);
    let asked = asked_for(&app, "ana", &device);
    let responses = device_claim(&app, &device, &asked);
    milliseconds(&app, 3 * 60_000 + 1);
    let late = crate::srp_client::timestamp(&app);
    refused(
        &device_verify(&app, with(responses, &[("TIMESTAMP", &late)])),
        WRONG,
    );
    for (name, value) in [("SRP_A", ""), ("DEVICE_KEY", "")] {
        let responses = with(
            json!({"USERNAME": "ana", "SRP_A": "2", "DEVICE_KEY": device.key}),
            &[(name, value)],
        );
        let message = format!("Missing required parameter {name}");
        respond(&app, WEB, "DEVICE_SRP_AUTH", &Value::Null, responses)
            .refused("InvalidParameterException", &message);
    }
    let asked = asked_for(&app, "ana", &device);
    let responses = json!({"USERNAME": "ana", "SRP_A": "0", "DEVICE_KEY": device.key});
    respond(&app, WEB, "DEVICE_SRP_AUTH", &asked, responses)
        .refused("InvalidParameterException", "Invalid SRP_A given.");
}

#[test]
fn a_device_that_is_not_the_users_is_told_after_the_right_password_only() {
    let app = always();
    let (forgotten, answer) = with_device(&app, "ana");
    forget(&app, &access_token(&answer), &forgotten.key).done();
    let (bens, _) = with_device(&app, "ben");
    let unconfirmed = Device::issued(&sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok());
    for key in [
        UNKNOWN,
        &forgotten.key,
        &bens.key,
        &unconfirmed.key,
        "no key at all",
    ] {
        let further = [("DEVICE_KEY", key)];
        milliseconds(&app, 900_000);
        refused(
            &sign_in_by_password(&app, WEB, "ana", "wrong", &further),
            WRONG,
        );
        refused(&sign_in_by_srp(&app, WEB, "ana", "wrong", &further), WRONG);
        refused(
            &sign_in_by_password(&app, WEB, "ana", PASSWORD, &further),
            NO_DEVICE,
        );
        // In both requests, as public clients send it, and in the second alone. They answer the refusal by asking once more
        // without the key, or with none.
        for first in [&further[..], &[][..]] {
            let parameters = json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a()});
            let begun = initiate(&app, WEB, "USER_SRP_AUTH", with(parameters, first)).ok();
            let who = Secret::of_user(POOL, "ana", PASSWORD);
            let claim = Exchange::new().claim(&app, who, &begun["ChallengeParameters"]);
            let verify =
                |responses| respond(&app, WEB, "PASSWORD_VERIFIER", &Value::Null, responses);
            refused(&verify(with(claim.clone(), &further)), NO_DEVICE);
            let mut without = claim.clone();
            if !first.is_empty() {
                without["DEVICE_KEY"] = Value::Null;
            }
            let answer = verify(without).ok();
            assert!(metadata(&answer)["DeviceKey"].is_string());
        }
    }
}

#[test]
fn a_key_of_the_first_request_counts_while_it_is_a_confirmed_device_of_the_user() {
    let app = always();
    let (device, first) = with_device(&app, "ana");
    let begin = |key: &Value| {
        let parameters =
            json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a(), "DEVICE_KEY": key});
        let begun = initiate(&app, WEB, "USER_SRP_AUTH", parameters).ok();
        let who = Secret::of_user(POOL, "ana", PASSWORD);
        Exchange::new().claim(&app, who, &begun["ChallengeParameters"])
    };
    let verify = |responses| respond(&app, WEB, "PASSWORD_VERIFIER", &Value::Null, responses).ok();
    // Nothing is said by an absent key or by null, in either request.
    let answer = verify(with(begin(&Value::Null), &[]));
    assert!(metadata(&answer)["DeviceKey"].is_string());
    let mut null = begin(&json!(device.key));
    null["DEVICE_KEY"] = Value::Null;
    assert_eq!(verify(null)["ChallengeName"], "DEVICE_SRP_AUTH");
    let claims = [begin(&json!(device.key)), begin(&json!(device.key))];
    forget(&app, &access_token(&first), &device.key).done();
    let [once, again] = claims;
    assert!(metadata(&verify(once))["DeviceKey"].is_string());
    // Named by the answer itself, it is refused.
    let answer = respond(
        &app,
        WEB,
        "PASSWORD_VERIFIER",
        &Value::Null,
        with(again, &[("DEVICE_KEY", &device.key)]),
    );
    refused(&answer, NO_DEVICE);
    // One that has never been.
    let answer = verify(begin(&json!(UNKNOWN)));
    assert!(metadata(&answer)["DeviceKey"].is_string());
    let parameters = json!({"USERNAME": "ana", "PASSWORD": PASSWORD, "DEVICE_KEY": null});
    let answer = initiate(&app, WEB, "USER_PASSWORD_AUTH", parameters).ok();
    assert!(metadata(&answer)["DeviceKey"].is_string());
}

#[test]
fn a_device_that_is_forgotten_before_the_new_password_is_a_new_one() {
    let app = always();
    let (device, first) = with_device(&app, "ana");
    let input =
        json!({"UserPoolId": POOL, "Username": "ana", "Password": TEMPORARY, "Permanent": false});
    app.call("AdminSetUserPassword", &input).ok();
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, WEB, "ana", TEMPORARY, &key).ok();
    forget(&app, &access_token(&first), &device.key).done();
    let responses = json!({"USERNAME": "ana", "NEW_PASSWORD": PASSWORD});
    let answer = respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &asked, responses).ok();
    assert!(metadata(&answer)["DeviceKey"].is_string());
}

#[test]
fn a_device_that_is_not_remembered_signs_in_as_if_it_were_none() {
    let app = opt_in();
    let (device, first) = with_device(&app, "ana");
    let before = dates(&app, &device.key);
    milliseconds(&app, 5000);
    let further = [("DEVICE_KEY", device.key.as_str())];
    let answer = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &further).ok();
    assert_eq!(*metadata(&answer), Value::Null);
    assert_eq!(dates(&app, &device.key), before);
    refused(
        &begin_device(&app, WEB, &device, &Value::Null, "ana"),
        NO_DEVICE,
    );
    update(
        &app,
        &access_token(&first),
        &device.key,
        json!("remembered"),
    )
    .ok();
    let asked = asked_for(&app, "ana", &device);
    assert!(!access_token(&prove_device(&app, WEB, &device, &asked).ok()).is_empty());
    // Switched off and on again, the device still knows its password.
    for status in ["not_remembered", "remembered"] {
        update(&app, &access_token(&first), &device.key, json!(status)).ok();
    }
    let asked = asked_for(&app, "ana", &device);
    assert!(!access_token(&prove_device(&app, WEB, &device, &asked).ok()).is_empty());
}

#[test]
fn a_temporary_password_is_replaced_before_the_device_proves_itself() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let set_temporary = |password: &str| {
        let input = json!({"UserPoolId": POOL, "Username": "ana", "Password": password, "Permanent": false});
        app.call("AdminSetUserPassword", &input).ok();
    };
    let replace = |asked: &Value| {
        assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let set = json!({"USERNAME": "ana", "NEW_PASSWORD": PASSWORD});
        respond(&app, WEB, "NEW_PASSWORD_REQUIRED", asked, set).ok()
    };
    set_temporary(TEMPORARY);
    let further = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, WEB, "ana", TEMPORARY, &further).ok();
    let asked = replace(&asked);
    let responses = device_claim(&app, &device, &asked);
    // Set now, it comes before the tokens as well.
    set_temporary(TEMPORARY);
    let asked = replace(&device_verify(&app, responses).ok());
    let answer = prove_device(&app, WEB, &device, &asked).ok();
    assert_eq!(*metadata(&answer), Value::Null);
}

// ---- What changes in between ----

#[test]
fn a_device_that_is_forgotten_or_not_remembered_in_between_gets_no_further() {
    let app = opt_in();
    for gone in ["forgotten", "not remembered"] {
        for begun in [false, true] {
            let (device, first) = with_device(&app, "ana");
            let access = access_token(&first);
            update(&app, &access, &device.key, json!("remembered")).ok();
            let asked = asked_for(&app, "ana", &device);
            let responses = begun.then(|| device_claim(&app, &device, &asked));
            if gone == "forgotten" {
                forget(&app, &access, &device.key).done();
            } else {
                update(&app, &access, &device.key, json!("not_remembered")).ok();
            }
            if let Some(responses) = responses {
                refused(&device_verify(&app, responses), NO_DEVICE);
            } else {
                refused(&begin_device(&app, WEB, &device, &asked, "ana"), NO_DEVICE);
                refused(
                    &begin_device(&app, WEB, &device, &Value::Null, "ana"),
                    NO_DEVICE,
                );
            }
        }
    }
}

#[test]
fn tracking_that_is_switched_off_in_between_ends_the_devices_part() {
    let app = always();
    let on =
        json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false});
    let (device, first) = with_device(&app, "ana");
    let issued = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let begun = initiate(
        &app,
        WEB,
        "USER_SRP_AUTH",
        json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a(), "DEVICE_KEY": device.key}),
    )
    .ok();
    let claim = Exchange::new().claim(
        &app,
        Secret::of_user(POOL, "ana", PASSWORD),
        &begun["ChallengeParameters"],
    );
    let (asked, to_verify) = (
        asked_for(&app, "ana", &device),
        asked_for(&app, "ana", &device),
    );
    let responses = device_claim(&app, &device, &to_verify);
    track(&app, Value::Null);
    let answer = respond(&app, WEB, "PASSWORD_VERIFIER", &Value::Null, claim).ok();
    assert_eq!(*metadata(&answer), Value::Null);
    refused(
        &begin_device(&app, WEB, &device, &asked, "ana"),
        NOT_TRACKED,
    );
    refused(&device_verify(&app, responses.clone()), NOT_TRACKED);
    let access = access_token(&first);
    refused(
        &confirm_device(&app, &access_token(&issued), &Device::issued(&issued)),
        NOT_TRACKED,
    );
    refused(&get(&app, &access, &device.key), NOT_TRACKED);
    refused(
        &update(&app, &access, &device.key, json!("remembered")),
        NOT_TRACKED,
    );
    refused(&forget(&app, &access, &device.key), NOT_TRACKED);
    refused(
        &app.call_open("ListDevices", &json!({"AccessToken": access})),
        NOT_TRACKED,
    );
    // Switched on again, everything goes on where it was.
    track(&app, on);
    assert_eq!(begin_device(&app, WEB, &device, &asked, "ana").status, 200);
    assert_eq!(device_verify(&app, responses).status, 200);
    assert_eq!(list(&app, &access), [device.key]);
}

#[test]
fn a_user_who_is_disabled_in_between_gets_no_further() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let responses = device_claim(&app, &device, &asked_for(&app, "ana", &device));
    app.call(
        "AdminDisableUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    refused(
        &device_verify(&app, responses),
        ("NotAuthorizedException", "User is disabled."),
    );
}

#[test]
fn a_sign_in_with_a_device_goes_on_after_a_restart() {
    let app = setup(json!({"ChallengeRequiredOnNewDevice": true}))
        .on_disk()
        .start();
    let (device, _) = with_device(&app, "ana");
    asked_for(&app, "ana", &device);
    let app = app.stop().start();
    let begun = begin_device(&app, WEB, &device, &Value::Null, "ana").ok();
    let app = app.stop().start();
    let claim = Exchange::new().claim(
        &app,
        Secret::of_device(&device),
        &begun["ChallengeParameters"],
    );
    let answer = device_verify(&app, with(claim, &[("DEVICE_KEY", &device.key)])).ok();
    assert!(!access_token(&answer).is_empty());
}

// ---- Tokens and devices ----

#[test]
fn a_device_operation_needs_a_token() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    for operation in ["GetDevice", "ForgetDevice"] {
        app.call_open(operation, &json!({"DeviceKey": device.key}))
            .refused("NotAuthorizedException", "Invalid Access Token");
    }
    for operation in [
        "GetDevice",
        "ForgetDevice",
        "UpdateDeviceStatus",
        "ListDevices",
        "ConfirmDevice",
    ] {
        let input = json!({"DeviceKey": device.key, "AccessToken": "THIS_IS_NOT_VALID_TOKEN"});
        app.call_open(operation, &input)
            .refused("NotAuthorizedException", "Invalid Access Token");
    }
}

#[test]
fn a_refresh_token_is_bound_to_the_confirmed_device() {
    let app = opt_in();
    let first = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (device, refresh_token) = (Device::issued(&first), token(&first, "RefreshToken"));
    let (other, _) = with_device(&app, "ana");
    let attempt = |key: Option<&str>| {
        let further: Vec<(&str, &str)> = key.map(|key| ("DEVICE_KEY", key)).into_iter().collect();
        let by_flow = refresh(&app, WEB, &refresh_token, &further);
        let input = json!({"ClientId": WEB.id, "RefreshToken": refresh_token, "DeviceKey": key});
        let by_operation = app.call_open("GetTokensFromRefreshToken", &input);
        assert_eq!(by_flow.status, by_operation.status);
        if by_flow.status != 200 {
            assert_eq!(by_flow.refusal(), by_operation.refusal());
        }
        by_flow
    };
    // Not before it is confirmed.
    refused(&attempt(Some(&device.key)), INVALID_REFRESH);
    confirm_device(&app, &access_token(&first), &device).ok();
    // Confirmed is enough, remembered or not.
    assert_eq!(attempt(Some(&device.key)).status, 200);
    for key in [None, Some(other.key.as_str()), Some(UNKNOWN)] {
        refused(&attempt(key), INVALID_REFRESH);
    }
    track(&app, Value::Null);
    for key in [None, Some(other.key.as_str()), Some(device.key.as_str())] {
        assert_eq!(attempt(key).status, 200);
    }
    track(&app, json!({"ChallengeRequiredOnNewDevice": true}));
    refused(&attempt(None), INVALID_REFRESH);
    assert_eq!(attempt(Some(&device.key)).status, 200);
    forget(&app, &access_token(&first), &device.key).done();
    refused(&attempt(Some(&device.key)), INVALID_REFRESH);
    track(&app, Value::Null);
    refused(&attempt(Some(&device.key)), INVALID_REFRESH);
}

#[test]
fn a_sign_in_of_the_time_before_tracking_is_bound_to_no_device() {
    let app = setup(Value::Null).start();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    track(&app, json!({"ChallengeRequiredOnNewDevice": true}));
    assert_eq!(
        refresh(&app, WEB, &token(&answer, "RefreshToken"), &[]).status,
        200
    );
}

#[test]
fn forgetting_a_device_ends_its_refresh_tokens_and_no_others() {
    let app = always();
    let (lost, of_lost) = with_device(&app, "ana");
    let (kept, of_kept) = with_device(&app, "ana");
    let (bens, of_bens) = with_device(&app, "ben");
    let asked = asked_for(&app, "ana", &lost);
    let later = prove_device(&app, WEB, &lost, &asked).ok();
    by_admin(&app, "AdminForgetDevice", "ana", &lost.key, json!({})).done();
    for answer in [&of_lost, &later] {
        refused(
            &refresh(
                &app,
                WEB,
                &token(answer, "RefreshToken"),
                &[("DEVICE_KEY", &lost.key)],
            ),
            INVALID_REFRESH,
        );
    }
    for (device, answer) in [(&kept, &of_kept), (&bens, &of_bens)] {
        assert_eq!(
            refresh(
                &app,
                WEB,
                &token(answer, "RefreshToken"),
                &[("DEVICE_KEY", &device.key)]
            )
            .status,
            200
        );
    }
    // The access tokens live on to their end.
    assert_eq!(
        list(&app, &access_token(&later)),
        std::slice::from_ref(&kept.key)
    );
    // The next sign-in is a new device's.
    refused(
        &sign_in_by_password(&app, WEB, "ana", PASSWORD, &[("DEVICE_KEY", &lost.key)]),
        NO_DEVICE,
    );
    let again = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    assert_ne!(Device::issued(&again).key, lost.key);
}

#[test]
fn signing_out_and_a_new_password_leave_the_devices() {
    let app = always();
    let (device, answer) = with_device(&app, "ana");
    app.call_open(
        "GlobalSignOut",
        &json!({"AccessToken": access_token(&answer)}),
    )
    .ok();
    let input = json!({"UserPoolId": POOL, "Username": "ana", "Password": "Copper-Lantern-3381", "Permanent": true});
    app.call("AdminSetUserPassword", &input).ok();
    let asked = sign_in_by_srp(
        &app,
        WEB,
        "ana",
        "Copper-Lantern-3381",
        &[("DEVICE_KEY", &device.key)],
    )
    .ok();
    let answer = prove_device(&app, WEB, &device, &asked).ok();
    assert_eq!(list(&app, &access_token(&answer)), [device.key]);
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .done();
    app.call(
        "AdminListDevices",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .refused("ResourceNotFoundException", "User does not exist.");
}
