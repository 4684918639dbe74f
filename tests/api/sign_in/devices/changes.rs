//! What changes between the password and the proof of the device.

use serde_json::{Value, json};

use crate::devices::{
    always, asked_for, device_claim, device_verify, forget, get, list, metadata, opt_in, setup,
    track, update, with_device,
};
use crate::world::{
    DISABLED, Device, Exchange, NO_DEVICE, PASSWORD, POOL, Secret, WEB, access_token, begin_device,
    confirm_device, initiate, respond, sign_in_by_password, with,
};

const NOT_TRACKED: (&str, &str) = (
    "InvalidUserPoolConfigurationException",
    "Device tracking is not configured for user pool us-east-1_Test00001.",
);

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
                device_verify(&app, responses).refused_as(NO_DEVICE);
            } else {
                begin_device(&app, WEB, &device, &asked, "ana").refused_as(NO_DEVICE);
                begin_device(&app, WEB, &device, &Value::Null, "ana").refused_as(NO_DEVICE);
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
    begin_device(&app, WEB, &device, &asked, "ana").refused_as(NOT_TRACKED);
    device_verify(&app, responses.clone()).refused_as(NOT_TRACKED);
    let access = access_token(&first);
    confirm_device(&app, &access_token(&issued), &Device::issued(&issued)).refused_as(NOT_TRACKED);
    get(&app, &access, &device.key).refused_as(NOT_TRACKED);
    update(&app, &access, &device.key, json!("remembered")).refused_as(NOT_TRACKED);
    forget(&app, &access, &device.key).refused_as(NOT_TRACKED);
    app.call_open("ListDevices", &json!({"AccessToken": access}))
        .refused_as(NOT_TRACKED);
    // After tracking is on again, everything continues.
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
    device_verify(&app, responses).refused_as(DISABLED);
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
