//! `ConfirmDevice`: once, by the device's own user, with a verifier.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{
    OTHER, admin_get, always, asked_for, forget, get, metadata, opt_in, refresh, setup, update,
    with_device,
};
use crate::world::{
    Device, INVALID_REFRESH_TOKEN, NO_DEVICE, PASSWORD, POOL, Pool, User, WEB, WRONG_PASSWORD,
    access_token, confirm_device, device, prove_device, sign_in, sign_in_by_password, token,
};

const INVALID_KEY: (&str, &str) = ("InvalidParameterException", "Invalid device key given.");

#[test]
fn a_device_is_confirmed_once_and_by_its_own_user() {
    let app = always();
    let first = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let bens = sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
    let device = Device::issued(&first);
    confirm_device(&app, &access_token(&bens), &device).refused_as(INVALID_KEY);
    let unknown = Device {
        key: device::UNKNOWN.to_owned(),
        ..device.clone()
    };
    confirm_device(&app, &access_token(&first), &unknown).refused_as(INVALID_KEY);
    confirm_device(&app, &access_token(&first), &device).ok();
    let again = confirm_device(&app, &access_token(&first), &device);
    assert_eq!(again.refusal().0, "DeviceKeyExistsException");
    // A forgotten device cannot be confirmed any more: its key was issued once.
    forget(&app, &access_token(&first), &device.key).done();
    confirm_device(&app, &access_token(&first), &device).refused_as(INVALID_KEY);
}

#[test]
fn any_access_token_of_the_user_serves_for_every_device_of_the_user() {
    let app = opt_in();
    let sign_in = || sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (earlier, later) = (sign_in(), sign_in());
    let access = access_token(&earlier);
    let (of_earlier, device) = (Device::issued(&earlier), Device::issued(&later));
    confirm_device(&app, &access, &device).ok();
    get(&app, &access, &device.key).refused_as(NO_DEVICE);
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
    refreshed(&earlier, &device.key).refused_as(INVALID_REFRESH_TOKEN);
    refreshed(&earlier, &of_earlier.key).refused_as(INVALID_REFRESH_TOKEN);
    // A later token confirms the device of an earlier sign-in, also a token of another client or of a sign-in with a device.
    let by_other =
        sign_in_by_password(&app, OTHER, "ana", PASSWORD, &[("DEVICE_KEY", &device.key)]);
    let by_other = access_token(&prove_device(&app, OTHER, &device, &by_other.ok()).ok());
    confirm_device(&app, &by_other, &of_earlier).ok();
    assert_eq!(refreshed(&earlier, &of_earlier.key).status, 200);
    // Forgetting a device ends the refresh tokens that are bound to it, not those of the sign-in that forgets it.
    forget(&app, &access, &device.key).done();
    refreshed(&later, &device.key).refused_as(INVALID_REFRESH_TOKEN);
    assert_eq!(refreshed(&earlier, &of_earlier.key).status, 200);
}

#[test]
fn of_the_devices_that_nobody_confirms_the_last_fifty_are_kept() {
    let app = always();
    let (confirmed, first) = with_device(&app, "ana");
    let issued: Vec<Device> = (0..52)
        .map(|_| {
            app.milliseconds_pass(1);
            Device::issued(&sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok())
        })
        .collect();
    let access = access_token(&first);
    for gone in &issued[..2] {
        confirm_device(&app, &access, gone).refused_as(INVALID_KEY);
    }
    for kept in [&issued[2], &issued[51]] {
        confirm_device(&app, &access, kept).ok();
    }
    assert_eq!(get(&app, &access, &confirmed.key).status, 200);
}

/// A device with fixed keys and a fixed password.
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
        // Salts of 15 bytes, whose first bit is set or not.
        ("d180ecf56132819571bf39d9b7b342", 384),
        ("7180ecf56132819571bf39d9b7b342", 384),
        (longest.as_str(), 384),
        // With this salt the verifier begins with a zero byte.
        ("49d180ecf56132819571bf39d9b7b342", 383),
    ] {
        let device = seeded_device();
        let app = Pool::new(POOL)
            .tracking(true)
            .client(WEB)
            .user(User::new("ana").password(PASSWORD).device(
                json!({"DeviceKey": device.key, "DeviceGroupKey": device.group_key, "Confirmed": false}),
            ))
            .start();
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
        admin_get(&app, "ana", &device.key).refused_as(NO_DEVICE);
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
    prove_device(&app, WEB, &device, &asked).refused_as(WRONG_PASSWORD);
}

#[test]
fn a_device_that_is_not_confirmed_for_a_day_goes_with_the_next_sign_in() {
    for (hours, is_there) in [(23, true), (25, false)] {
        let app = setup(json!({"ChallengeRequiredOnNewDevice": false})).start();
        let device = Device::issued(&sign_in(&app, WEB, "ana"));
        app.clock.advance(Duration::from_hours(hours));
        let access = access_token(&sign_in(&app, WEB, "ana"));
        let confirmed = confirm_device(&app, &access, &device);
        assert_eq!(confirmed.status == 200, is_there, "{confirmed:?}");
    }
}
