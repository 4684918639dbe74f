//! `GetDevice` and `ListDevices`: which devices a user sees, and what of them.

use serde_json::{Value, json};

use super::{
    admin_get, always, by_admin, device_attribute, forget, get, list, listed, opt_in, update,
    with_device,
};
use crate::world::{
    App, Device, NO_DEVICE, PASSWORD, POOL, WEB, access_token, confirm_device, sign_in_by_password,
};

fn admin_list(app: &App, user: &str) -> Vec<String> {
    listed(&app.call(
        "AdminListDevices",
        &json!({"UserPoolId": POOL, "Username": user}),
    ))
}

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
            get(&app, &access, key).refused_as(NO_DEVICE);
        }
        assert_eq!(list(&app, &access).len(), usize::from(by_user));
        if by_admin {
            assert_eq!(admin_get(&app, "ana", key).status, 200);
        } else {
            admin_get(&app, "ana", key).refused_as(NO_DEVICE);
        }
        assert_eq!(admin_list(&app, "ana").len(), usize::from(by_admin));
    };
    seen(false, false);
    // A device that was never confirmed can be neither remembered nor forgotten.
    update(&app, &access, key, json!("remembered")).refused_as(NO_DEVICE);
    forget(&app, &access, key).refused_as(NO_DEVICE);
    by_admin(&app, "AdminForgetDevice", "ana", key, json!({})).refused_as(NO_DEVICE);
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
    update(&app, &access, key, json!("remembered")).refused_as(NO_DEVICE);
    forget(&app, &access, key).refused_as(NO_DEVICE);
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
        device_attribute(&shown, "dev:device_remembered_status").unwrap(),
        "remembered"
    );
    app.call(
        "AdminForgetDevice",
        &json!({"UserPoolId": POOL, "Username": "ana", "DeviceKey": device.key}),
    )
    .done();
    get(&app, &access, &device.key).refused_as(NO_DEVICE);
}

#[test]
fn a_user_sees_the_own_devices_alone_and_less_of_them_than_an_administrator() {
    let app = always();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    let config = device.verifier_config();
    app.milliseconds_pass(1250);
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
    get(&app, &bens, &device.key).refused_as(NO_DEVICE);
    update(&app, &bens, &device.key, json!("not_remembered")).refused_as(NO_DEVICE);
    forget(&app, &bens, &device.key).refused_as(NO_DEVICE);
    admin_get(&app, "ben", &device.key).refused_as(NO_DEVICE);
    assert!(list(&app, &bens).is_empty());
}

#[test]
fn a_device_without_a_name_shows_none() {
    let app = always();
    let (device, answer) = with_device(&app, "ana");
    assert_eq!(
        device_attribute(&admin_get(&app, "ana", &device.key).ok(), "device_name"),
        None
    );
    assert_eq!(
        device_attribute(
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
