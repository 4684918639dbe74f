//! Devices and tokens: refresh tokens that are bound to a device, and what ends them.

use serde_json::{Value, json};

use super::{
    always, asked_for, by_admin, forget, list, opt_in, refresh, setup, track, with_device,
};
use crate::world::{
    Device, INVALID_ACCESS_TOKEN, INVALID_REFRESH_TOKEN, NEW, NO_DEVICE, PASSWORD, POOL, WEB,
    access_token, confirm_device, device, prove_device, sign_in_by_password, sign_in_by_srp, token,
};

#[test]
fn a_device_operation_needs_a_token() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    for operation in ["GetDevice", "ForgetDevice"] {
        app.call_open(operation, &json!({"DeviceKey": device.key}))
            .refused_as(INVALID_ACCESS_TOKEN);
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
            .refused_as(INVALID_ACCESS_TOKEN);
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
    attempt(Some(&device.key)).refused_as(INVALID_REFRESH_TOKEN);
    confirm_device(&app, &access_token(&first), &device).ok();
    // A confirmed device is enough, remembered or not.
    assert_eq!(attempt(Some(&device.key)).status, 200);
    for key in [None, Some(other.key.as_str()), Some(device::UNKNOWN)] {
        attempt(key).refused_as(INVALID_REFRESH_TOKEN);
    }
    track(&app, Value::Null);
    for key in [None, Some(other.key.as_str()), Some(device.key.as_str())] {
        assert_eq!(attempt(key).status, 200);
    }
    track(&app, json!({"ChallengeRequiredOnNewDevice": true}));
    attempt(None).refused_as(INVALID_REFRESH_TOKEN);
    assert_eq!(attempt(Some(&device.key)).status, 200);
    forget(&app, &access_token(&first), &device.key).done();
    attempt(Some(&device.key)).refused_as(INVALID_REFRESH_TOKEN);
    track(&app, Value::Null);
    attempt(Some(&device.key)).refused_as(INVALID_REFRESH_TOKEN);
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
        refresh(
            &app,
            WEB,
            &token(answer, "RefreshToken"),
            &[("DEVICE_KEY", &lost.key)],
        )
        .refused_as(INVALID_REFRESH_TOKEN);
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
    // The access tokens stay valid until they expire.
    assert_eq!(
        list(&app, &access_token(&later)),
        std::slice::from_ref(&kept.key)
    );
    // The next sign-in issues a new device.
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[("DEVICE_KEY", &lost.key)])
        .refused_as(NO_DEVICE);
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
    app.set_password(POOL, "ana", NEW, true).ok();
    let asked = sign_in_by_srp(&app, WEB, "ana", NEW, &[("DEVICE_KEY", &device.key)]).ok();
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
